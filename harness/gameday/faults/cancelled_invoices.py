"""Somebody in the ERP cancels invoices by hand: their orders no longer hold, and no event of the CRM tells of it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("cancelled invoices")
@dataclasses.dataclass(frozen=True)
class CancelledInvoices(Fault):
    """``share`` of the invoices (0 to 1), each once, ``after_s`` seconds after it was posted."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("missing", "mismatch", "reconcil")
    sentence: ClassVar[str] = "the invoices of some orders were cancelled in the ERP by hand"
    needs: ClassVar[tuple[str, ...]] = ("invoices",)
    unannounced: ClassVar[bool] = True

    share: float = 0.2
    after_s: float = 10.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = order_rules.CancelInvoices(share=self.share, after_s=self.after_s)
        return (FakeRule(rule.wire()),)
