"""Sessions and refresh tokens are revoked, and no new login works until the fault is healed."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("revoked token")
@dataclasses.dataclass(frozen=True)
class RevokedToken(Fault):
    """No parameters."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm", "erp")
    reasons: ClassVar[tuple[str, ...]] = ("token", "login", "auth", "401", "session", "credential")
    sentence: ClassVar[str] = "{system} refused the sync's tokens and logins"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.RevokeTokens()
        return (FakeRule(rule.wire()),)
