"""No data passes, and the connection closes after a while."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("stalled connection")
@dataclasses.dataclass(frozen=True)
class StalledConnection(Fault):
    """``timeout_s`` in scenario seconds; 0: as long as the fault lasts."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "connections to {system} stalled and no data arrived"

    timeout_s: float = 60.0
    toxicity: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (
            Toxic(
                link_of(target),
                "timeout",
                {"timeout": round(self.timeout_s * 1000)},
                toxicity=self.toxicity,
                scaled=("timeout",),
            ),
        )
