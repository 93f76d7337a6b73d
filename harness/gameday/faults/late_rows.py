"""Queries see changes late: the index behind them is brought up to date only now and then."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("late rows")
@dataclasses.dataclass(frozen=True)
class LateRows(Fault):
    """``every_s``: how often queries get to see what has changed, in scenario seconds."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = (
        "late",
        "lag",
        "missing",
        "missed",
        "inconsisten",
        "add up",
        "stale",
        "reconcil",
    )
    sentence: ClassVar[str] = "the CRM's queries had no changes of up to the last {every_s:g} s"
    strength: ClassVar[tuple[str, ...]] = ("every_s",)

    every_s: float = 60.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DelayIndex(every_s=self.every_s)
        return (FakeRule(rule.wire()),)
