"""Legal has put customers on hold, as in a dispute: their orders are refused until it releases them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("legal hold")
@dataclasses.dataclass(frozen=True)
class LegalHold(Fault):
    """``share`` of the orders (0 to 1), each ``times`` times (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("legal",)
    sentence: ClassVar[str] = "the ERP refused orders of customers that legal had put on hold"

    operation: str = "order.write"
    share: float = 0.2
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="legal_hold", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
