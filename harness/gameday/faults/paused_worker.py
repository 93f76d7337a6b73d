"""The stack's process pauses (a long garbage collection, a stuck disk) and continues when the fault ends."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, StackAct, faults


@faults.register("paused worker")
@dataclasses.dataclass(frozen=True)
class PausedWorker(Fault):
    """``process`` is one of several processes of the stack; without it, all."""

    process: str = ""

    layer: ClassVar[Layer] = "process"
    targets: ClassVar[tuple[str, ...]] = ("stack",)
    reasons: ClassVar[tuple[str, ...]] = ("paused", "lag", "backlog", "slow", "timeout")
    sentence: ClassVar[str] = "the sync did nothing because its process was paused"

    def actions(self, target: str) -> tuple[Action, ...]:
        return (StackAct("pause", self.process),)
