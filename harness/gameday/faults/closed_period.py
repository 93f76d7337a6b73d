"""Finance closes the accounting period: orders are accepted, their invoices are refused."""

from __future__ import annotations

import dataclasses
import datetime
from typing import ClassVar

from gameday.base.errors import GamedayError
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

    def __post_init__(self) -> None:
        """Raise GamedayError for a period that no calendar has."""
        try:
            datetime.date.fromisoformat(f"{self.period or '2000-01'}-01")
        except ValueError:
            hint = "write YYYY-MM, or leave it empty for every open one"
            raise GamedayError(f"no such accounting period: {self.period!r}", hint=hint) from None

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.ClosePeriod(self.period)
        return (FakeRule(rule.wire()),)
