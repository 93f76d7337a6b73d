"""The clocks of the sync and the ERP drift apart: signatures look too old, and are refused."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("clock skew")
@dataclasses.dataclass(frozen=True)
class ClockSkew(Fault):
    """``by_s`` in seconds of the clock that requests are signed with; up to 5 minutes are accepted."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("clock", "timestamp", "signature", "login", "auth", "401", "token")
    sentence: ClassVar[str] = "the ERP refused requests because their timestamps were {by_s:g} s off"
    strength: ClassVar[tuple[str, ...]] = ("by_s",)

    by_s: float = 360.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.SkewClock(by_s=self.by_s)
        return (FakeRule(rule.wire()),)
