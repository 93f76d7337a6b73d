"""Customers or items of some orders have been made inactive in the ERP."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("inactive reference")
@dataclasses.dataclass(frozen=True)
class InactiveReference(Fault):
    """``share`` of the references."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("inactive", "reference", "customer", "item", "invalid")
    sentence: ClassVar[str] = "the ERP refused orders for customers or items that had been made inactive"

    share: float = 0.1

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.InactiveReference(share=self.share)
        return (FakeRule(rule.wire()),)
