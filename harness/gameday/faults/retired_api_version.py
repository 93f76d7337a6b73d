"""The vendor retires the API version that the sync calls: its requests are answered with 410."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("retired API version")
@dataclasses.dataclass(frozen=True)
class RetiredApiVersion(Fault):
    """``share`` of the keys (0 to 1), each ``times`` times (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("version", "410", "gone", "retired", "no longer available", "refused")
    sentence: ClassVar[str] = "the CRM refused requests because their API version was retired"

    operation: str = "*"
    share: float = 1.0
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="gone", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
