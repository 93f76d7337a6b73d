"""The ERP takes only so many requests at a time: those beyond are refused with the vendor's own error."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes.rules import ConcurrencyLimit as Limit


@faults.register("concurrency limit")
@dataclasses.dataclass(frozen=True)
class ConcurrencyLimit(Fault):
    """At most ``limit`` requests are under way; each counts as such for ``busy_s`` (scenario seconds)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("rate", "limit", "429", "throttl", "concurrency")
    sentence: ClassVar[str] = "the ERP refused requests beyond {limit} at a time"

    limit: int = 1
    busy_s: float = 1.0

    def no_effect(self) -> str:
        return "a time of 0 for each request" if self.busy_s == 0 else super().no_effect()

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule(Limit(self.limit, self.busy_s).wire()),)
