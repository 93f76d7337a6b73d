"""Somebody else holds the record: writes to it are refused for a while."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("record lock")
@dataclasses.dataclass(frozen=True)
class RecordLock(Fault):
    """``share`` of the orders is locked, each for ``times`` attempts (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("lock",)
    sentence: ClassVar[str] = "{system} refused requests for records that somebody else had locked"

    operation: str = "order.write"
    share: float = 0.3
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="locked", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
