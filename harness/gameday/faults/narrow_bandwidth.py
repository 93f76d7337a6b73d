"""The connection has little bandwidth."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of

#: From which rate on a connection carries all that a sync sends at once.
WIDE_KIB_S = 10_240


@faults.register("narrow bandwidth")
@dataclasses.dataclass(frozen=True)
class NarrowBandwidth(Fault):
    """``rate_kib_s`` in KiB a real second."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "connections to {system} carried at most {rate_kib_s:,} KiB per second"

    rate_kib_s: int = 1
    toxicity: float = 1.0

    def no_effect(self) -> str:
        wide = self.rate_kib_s >= WIDE_KIB_S
        return super().no_effect() or (f"rate kib s {self.rate_kib_s} (all that a sync sends)" if wide else "")

    def actions(self, target: str) -> tuple[Action, ...]:
        return (Toxic(link_of(target), "bandwidth", {"rate": self.rate_kib_s}, toxicity=self.toxicity),)
