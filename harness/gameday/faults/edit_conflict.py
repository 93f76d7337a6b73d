"""Somebody else has changed the record since the sync read it: the write is refused."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("edit conflict")
@dataclasses.dataclass(frozen=True)
class EditConflict(Fault):
    """``share`` of the orders, each for ``times`` attempts (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("lock", "conflict", "changed")
    sentence: ClassVar[str] = "the ERP refused writes of records that somebody else had changed"

    operation: str = "order.write"
    share: float = 0.3
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="record_changed", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
