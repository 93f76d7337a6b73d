"""Takes the commands of the operators at the live board, and records them."""

from __future__ import annotations

import asyncio
from typing import Any

from gameday.base.errors import GamedayError
from gameday.live.channel import Command, Commands
from gameday.live.obey import obey, take
from gameday.model.events import HistoryClosed, Note, Remark, Revealed, Stopped
from gameday.run.recorder import Recorder

_REMARKS: dict[str, type[Remark]] = {kind.f: kind for kind in (Note, Revealed, Stopped)}


class Operators:
    """The operators' side of a run, from its start until its history is closed."""

    def __init__(self, recorder: Recorder, commands: Commands) -> None:
        self._recorder = recorder
        self._commands = commands

    async def obey(self) -> None:
        """Take commands until cancelled. Raises RunError when an operator stops the run."""
        await obey(self._commands, self._recorder.clock, self._record)

    async def obey_until(self, control: asyncio.Task[Any] | None) -> None:
        """Take notes until the control is over as well, then close the history."""
        if control is not None:
            obeying = asyncio.create_task(self.obey())
            try:
                await asyncio.wait((obeying, control), return_when=asyncio.FIRST_COMPLETED)
            finally:
                obeying.cancel()
            [ended] = await asyncio.gather(obeying, return_exceptions=True)
            if isinstance(ended, GamedayError):
                raise ended
        self._recorder.record(HistoryClosed())
        # What was sent before the board could know that the history is closed.
        take(self._commands, self._recorder.clock, self._record)

    def _record(self, command: Command, at_s: float) -> None:
        self._recorder.record(_REMARKS[command.act](command.by, command.text), time_s=at_s)
