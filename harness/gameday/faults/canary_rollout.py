"""The stack's other version is rolled out to some of the deals: a bad one, to see whether the rollout stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from gameday.model.fault import Action, Fault, Layer, RollOut, faults


@faults.register("canary rollout")
@dataclasses.dataclass(frozen=True)
class CanaryRollout(Fault):
    """``percent`` of the deals are written by the other version, by the stack's hooks ``roll_out`` and ``roll_back``.

    Until it ends the stack itself should stop the rollout when it does harm. The expectation "canary" judges that.
    """

    layer: ClassVar[Layer] = "process"
    targets: ClassVar[tuple[str, ...]] = ("stack",)
    reasons: ClassVar[tuple[str, ...]] = ("version", "mismatch")
    sentence: ClassVar[str] = "the sync had another version rolled out to {percent:g}% of the deals"
    strength: ClassVar[tuple[str, ...]] = ("percent",)
    judged_by: ClassVar[tuple[str, str, Mapping[str, Any]] | None] = (
        "canary",
        "a rollout harms at most 20% of the deals and stops within 2 minutes of the first harm",
        {"percent": 20.0, "within_s": 120.0},
    )

    percent: float = 20.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (RollOut(self.percent),)
