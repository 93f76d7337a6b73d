"""The ERP saves orders, with success, under a credit block, and bills them once the credit team has released them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("credit block")
@dataclasses.dataclass(frozen=True)
class CreditBlock(Fault):
    """``share`` of the orders (0 to 1). A ``credit hold`` refuses them instead."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("credit",)
    sentence: ClassVar[str] = "the ERP saved orders under a credit block"

    share: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = order_rules.BlockCredit(share=self.share)
        return (FakeRule(rule.wire()),)
