"""All sessions of the sync end, and a new login works."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("expired session")
@dataclasses.dataclass(frozen=True)
class ExpiredSession(Fault):
    """No parameters."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("token", "login", "auth", "401", "session", "expired")
    sentence: ClassVar[str] = "the CRM refused the sync's sessions until it logged in again"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.RevokeSessions(login="works")
        return (FakeRule(rule.wire()),)
