"""The stack's process is killed without warning; it is started again when the fault ends."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, Fault, Layer, StackAct, faults


@faults.register("killed worker")
@dataclasses.dataclass(frozen=True)
class KilledWorker(Fault):
    """``process`` is one of several processes of the stack; without it, all. The duration is how long it stays dead."""

    process: str = ""

    layer: ClassVar[Layer] = "process"
    targets: ClassVar[tuple[str, ...]] = ("stack",)
    reasons: ClassVar[tuple[str, ...]] = ("restart", "down", "killed", "backlog", "lag")
    sentence: ClassVar[str] = "the sync was down because its process had been killed"

    def actions(self, target: str) -> tuple[Action, ...]:
        return (StackAct("kill", self.process),)
