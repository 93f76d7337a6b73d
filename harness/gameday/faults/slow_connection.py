"""Every reply is slow: latency on the connection, with jitter."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, Toxic, faults, link_of


@faults.register("slow connection")
@dataclasses.dataclass(frozen=True)
class SlowConnection(Fault):
    """``latency_s`` and ``jitter_s`` in scenario seconds, added to every chunk that the target answers with."""

    layer: ClassVar[Layer] = "network"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets", "stack")
    reasons: ClassVar[tuple[str, ...]] = ("slow", "latency", "timeout", "backlog", "unavailable", "timed out", "lag")
    sentence: ClassVar[str] = "the network delayed replies from {system} by about {latency_s:g} s"
    strength: ClassVar[tuple[str, ...]] = ("latency_s", "jitter_s")

    latency_s: float = 10.0
    jitter_s: float = 0.0
    toxicity: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        attributes = {"latency": round(self.latency_s * 1000), "jitter": round(self.jitter_s * 1000)}
        link = link_of(target)
        return (Toxic(link, "latency", attributes, toxicity=self.toxicity, scaled=("latency", "jitter")),)
