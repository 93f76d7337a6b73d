"""Events arrive late."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules, said_rules


@faults.register("delayed delivery")
@dataclasses.dataclass(frozen=True)
class DelayedDelivery(Fault):
    """``share`` of the deals (0 to 1); of each, the first ``times`` events (0: all); durations in scenario seconds.

    ``events``: ``all``, or of one kind: ``first`` (a deal is won), ``amendment``, ``void``.
    """

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("late", "lag", "missed", "missing", "reconcil")
    sentence: ClassVar[str] = "events from the CRM arrived late"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)
    strength: ClassVar[tuple[str, ...]] = ("delay_s",)

    share: float = 1.0
    delay_s: float = 300.0
    times: int = 0
    events: str = "all"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DelayDelivery(
            share=self.share, delay_s=self.delay_s, times=self.times or None, events=said_rules.events_of(self.events)
        )
        return (FakeRule(rule.wire()),)
