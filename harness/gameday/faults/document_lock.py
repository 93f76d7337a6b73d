"""A user of the ERP has documents open: they cannot be changed, and no order of their customer is taken."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("document lock")
@dataclasses.dataclass(frozen=True)
class DocumentLock(Fault):
    """``share`` of the orders is locked by ``user``, each for ``times`` attempts (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("lock",)
    sentence: ClassVar[str] = "the ERP refused to change documents that a user had open"

    share: float = 0.3
    times: int = 0
    user: str = "MILLER"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = order_rules.LockDocument(share=self.share, times=self.times or None, user=self.user)
        return (FakeRule(rule.wire()),)
