"""Events arrive late."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults


@faults.register("delayed delivery")
@dataclasses.dataclass(frozen=True)
class DelayedDelivery(Fault):
    """``share`` of the deals (0 to 1); durations in scenario seconds."""

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("late", "lag", "missed", "missing", "reconcil")

    share: float = 1.0
    delay_s: float = 300.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule({"kind": "delay_delivery", "share": self.share, "delay_s": self.delay_s}),)
