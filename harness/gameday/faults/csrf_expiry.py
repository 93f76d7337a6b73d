"""The ERP ends all sessions, and with them the tokens that every write needs; new ones can be had."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("csrf expiry")
@dataclasses.dataclass(frozen=True)
class CsrfExpiry(Fault):
    """``every_s`` is how often, in seconds (0: once, when the fault begins)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("token", "session", "403", "expired")
    sentence: ClassVar[str] = "the ERP refused writes until the sync had fetched a new CSRF token"

    every_s: float = 0.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = order_rules.ExpireCsrf(every_s=self.every_s)
        return (FakeRule(rule.wire()),)
