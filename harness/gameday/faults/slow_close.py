"""Connections close late."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("slow close")
@dataclasses.dataclass(frozen=True)
class SlowClose(Fault):
    """``delay_s`` in scenario seconds."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "connections to {system} closed late"
    strength: ClassVar[tuple[str, ...]] = ("delay_s",)

    delay_s: float = 30.0
    toxicity: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (
            Toxic(
                link_of(target),
                "slow_close",
                {"delay": round(self.delay_s * 1000)},
                toxicity=self.toxicity,
                scaled=("delay",),
            ),
        )
