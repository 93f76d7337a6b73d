"""The connection closes after a number of bytes, so a reply is cut off."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("limited data")
@dataclasses.dataclass(frozen=True)
class LimitedData(Fault):
    """``bytes`` that pass."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "connections to {system} closed after {bytes:,} bytes"

    bytes: int = 512
    toxicity: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (Toxic(link_of(target), "limit_data", {"bytes": self.bytes}, toxicity=self.toxicity),)
