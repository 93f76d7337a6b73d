"""Events are held back and arrive unchanged after later ones."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules, said_rules


@faults.register("reordered delivery")
@dataclasses.dataclass(frozen=True)
class ReorderedDelivery(Fault):
    """``share`` of the deals (0 to 1); of each, the first ``times`` events (0: all).

    ``events``: ``all``, or of one kind: ``first`` (a deal is won), ``amendment``, ``void``.
    """

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("order", "stale", "version")
    sentence: ClassVar[str] = "events from the CRM arrived out of order"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)
    strength: ClassVar[tuple[str, ...]] = ("hold_s",)

    share: float = 0.5
    hold_s: float = 120.0
    times: int = 1
    events: str = "all"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.ReorderDelivery(
            share=self.share, hold_s=self.hold_s, times=self.times or None, events=said_rules.events_of(self.events)
        )
        return (FakeRule(rule.wire()),)
