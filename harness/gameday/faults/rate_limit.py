"""The vendor's request limit is exhausted: requests are refused with the vendor's own error."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("rate limit")
@dataclasses.dataclass(frozen=True)
class RateLimit(Fault):
    """``share`` of the orders is refused, each ``times`` times (0: as long as the fault lasts)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("rate", "limit", "429", "throttl", "concurrency")
    sentence: ClassVar[str] = "{system} refused requests because its rate limit was used up"

    operation: str = "*"
    share: float = 1.0
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error="rate_limited", operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
