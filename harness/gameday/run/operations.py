"""Carries out the workload: every business operation at its time."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.model.workload import BusinessOperation
from gameday.run.recorder import Recorder


class TimedOperations:
    """Operations that are carried out at their own scenario seconds, whatever the stack makes of them."""

    def __init__(self, recorder: Recorder, operations: Sequence[BusinessOperation]) -> None:
        self._recorder = recorder
        self._operations = operations

    async def carry_out(self) -> None:
        """Carry out all of them, in order."""
        clock = self._recorder.clock
        for operation in self._operations:
            await clock.sleep(operation.at_s - clock.now_s())
            with clock.working():
                await self._recorder.operate(operation)
