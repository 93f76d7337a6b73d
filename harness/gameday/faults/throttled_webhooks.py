"""The CRM throttles its webhooks: events wait for the next request, and come late and many at a time."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import crm_rules


@faults.register("throttled webhooks")
@dataclasses.dataclass(frozen=True)
class ThrottledWebhooks(Fault):
    """``every_s``: at most one request in so many scenario seconds."""

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("late", "lag", "missed", "missing", "reconcil", "backlog")
    sentence: ClassVar[str] = "the CRM sent events at most every {every_s:g} s, many at a time"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)
    strength: ClassVar[tuple[str, ...]] = ("every_s",)

    every_s: float = 60.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule(crm_rules.ThrottleWebhooks(every_s=self.every_s).wire()),)
