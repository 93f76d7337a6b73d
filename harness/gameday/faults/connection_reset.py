"""Connections are reset by the peer."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("connection reset")
@dataclasses.dataclass(frozen=True)
class ConnectionReset(Fault):
    """``after_s`` in scenario seconds."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "timeout", "slow", "unavailable", "network", "reset")
    sentence: ClassVar[str] = "connections to {system} were reset"

    after_s: float = 0.0
    toxicity: float = 1.0

    @property
    def onset_s(self) -> float:
        return self.after_s

    def actions(self, target: str) -> tuple[Action, ...]:
        return (
            Toxic(
                link_of(target),
                "reset_peer",
                {"timeout": round(self.after_s * 1000)},
                toxicity=self.toxicity,
                scaled=("timeout",),
            ),
        )
