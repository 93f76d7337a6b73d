"""Finance closes the accounting period: orders are accepted, their invoices are refused."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("closed period")
@dataclasses.dataclass(frozen=True)
class ClosedPeriod(Fault):
    """``period`` as YYYY-MM; empty for every open one."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("period", "closed")
    sentence: ClassVar[str] = "the ERP refused postings into the closed accounting period"

    period: str = ""

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.ClosePeriod(self.period)
        return (FakeRule(rule.wire()),)
