"""The CRM counts an event as delivered that never arrives."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules, said_rules


@faults.register("dropped delivery")
@dataclasses.dataclass(frozen=True)
class DroppedDelivery(Fault):
    """``share`` of the deals (0 to 1); of each, the first ``times`` events (0: all).

    ``events``: ``all``, or of one kind: ``first`` (a deal is won), ``amendment``, ``void``.
    """

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("missing", "missed", "reconcil", "lost")
    sentence: ClassVar[str] = "events that the CRM marked as sent never arrived"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)

    share: float = 1.0
    times: int = 0
    events: str = "all"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DropDelivery(share=self.share, times=self.times or None, events=said_rules.events_of(self.events))
        return (FakeRule(rule.wire()),)
