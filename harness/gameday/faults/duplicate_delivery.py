"""The CRM delivers the same event more than once."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules, said_rules


@faults.register("duplicate delivery")
@dataclasses.dataclass(frozen=True)
class DuplicateDelivery(Fault):
    """``share`` of the deals (0 to 1); of each, the first ``times`` events (0: all); durations in scenario seconds.

    ``events``: ``all``, or of one kind: ``first`` (a deal is won), ``amendment``, ``void``.
    """

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("duplicate",)
    sentence: ClassVar[str] = "the CRM sent events more than once"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)
    strength: ClassVar[tuple[str, ...]] = ("copies",)

    share: float = 1.0
    copies: int = 1
    gap_s: float = 5.0
    times: int = 0
    events: str = "all"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DuplicateDelivery(
            share=self.share,
            copies=self.copies,
            gap_s=self.gap_s,
            times=self.times or None,
            events=said_rules.events_of(self.events),
        )
        return (FakeRule(rule.wire()),)
