"""Change Data Capture says which record has changed and not how: the sync has to read it by itself."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("gap events")
@dataclasses.dataclass(frozen=True)
class GapEvents(Fault):
    """``share`` of the deals (0 to 1); of each, the first ``times`` events (0: all)."""

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("missed", "missing", "reconcil", "never")
    sentence: ClassVar[str] = "events named the record and not what had changed"

    share: float = 1.0
    times: int = 0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.GapEvents(share=self.share, times=self.times or None)
        return (FakeRule(rule.wire()),)
