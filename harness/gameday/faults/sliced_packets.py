"""Data arrives in small pieces."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of

#: A read of a connection is not longer than this, so it is never cut into larger pieces.
WHOLE_BYTES = 65_536


@faults.register("sliced packets")
@dataclasses.dataclass(frozen=True)
class SlicedPackets(Fault):
    """Sizes in bytes, ``delay_us`` in real microseconds between pieces."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "data from {system} arrived in pieces of about {average_bytes:,} bytes"

    average_bytes: int = 64
    variation_bytes: int = 32
    delay_us: int = 10
    toxicity: float = 1.0

    def no_effect(self) -> str:
        whole = self.average_bytes >= WHOLE_BYTES
        return super().no_effect() or (f"average bytes {self.average_bytes} (nothing is longer)" if whole else "")

    def actions(self, target: str) -> tuple[Action, ...]:
        return (
            Toxic(
                link_of(target),
                "slicer",
                {"average_size": self.average_bytes, "size_variation": self.variation_bytes, "delay": self.delay_us},
                toxicity=self.toxicity,
            ),
        )
