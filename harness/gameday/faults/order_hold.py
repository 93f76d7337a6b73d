"""The ERP takes orders, with success, and puts them on hold: nobody fulfills or bills them until they are released."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("order hold")
@dataclasses.dataclass(frozen=True)
class OrderHold(Fault):
    """``share`` of the orders (0 to 1), by a hold with a ``code`` of the ERP; released when the fault ends."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("hold",)
    sentence: ClassVar[str] = "the ERP saved orders on hold"

    share: float = 1.0
    code: str = "CREDIT_REVIEW"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = order_rules.HoldOrders(share=self.share, code=self.code)
        return (FakeRule(rule.wire()),)
