"""Somebody works on a record: whatever writes to it is refused, also a part of a batch or of a bulk job."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes.rules import LockRecord


@faults.register("held record")
@dataclasses.dataclass(frozen=True)
class HeldRecord(Fault):
    """``share`` of the deals (CRM) or orders (ERP) is held, each for ``times`` attempts (0: all)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("lock",)
    sentence: ClassVar[str] = "{system} refused writes to records that somebody worked on"

    share: float = 0.3
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule(LockRecord(self.share, self.times or None).wire()),)
