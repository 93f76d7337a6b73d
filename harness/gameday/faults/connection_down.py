"""The server no longer listens: connections are refused."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("connection down")
@dataclasses.dataclass(frozen=True)
class ConnectionDown(Fault):
    """No parameters."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("connection", "refused", "unavailable", "down", "network")
    sentence: ClassVar[str] = "connections to {system} were refused"

    def actions(self, target: str) -> tuple[Action, ...]:
        return (Toxic(link_of(target), "down"),)
