"""The address of the API has moved: requests are answered with a redirect and nothing else."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("moved address")
@dataclasses.dataclass(frozen=True)
class MovedAddress(Fault):
    """``share`` of the keys (0 to 1), each ``times`` times (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = (
        "redirect",
        "moved",
        "301",
        "address",
        "url",
        "connect",
        "unavailable",
        "outage",
    )
    sentence: ClassVar[str] = "{system} answered requests with a redirect to another address"

    operation: str = "*"
    share: float = 1.0
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="moved", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
