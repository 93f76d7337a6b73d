"""The ERP's price list moves away from the prices that the CRM sold at."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("price drift")
@dataclasses.dataclass(frozen=True)
class PriceDrift(Fault):
    """``percent`` is added to the price of ``share`` of the items."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("price", "pricebook", "tolerance", "drift")
    sentence: ClassVar[str] = "the ERP's list prices of {share:.0%} of the items were {percent:g}% higher"
    strength: ClassVar[tuple[str, ...]] = ("percent",)

    percent: float = 12.0
    share: float = 0.3

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.PriceDrift(percent=Decimal(str(self.percent)), share=self.share)
        return (FakeRule(rule.wire()),)
