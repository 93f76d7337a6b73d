"""Takes the commands of the operators at the live board, and records them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from gameday.analysis.observations import open_alerts
from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.live.channel import Asked, Command
from gameday.live.obey import obey, take
from gameday.model.events import HistoryClosed, Note, Remark, Revealed, Stopped
from gameday.model.remarks import ACKNOWLEDGED
from gameday.run.recorder import Recorder

#: The note of an operator who confirms that the run is watched.
CONFIRMED = "the run is watched"
_REMARKS: dict[str, type[Remark]] = {kind.f: kind for kind in (Note, Revealed, Stopped)}


class Operators:
    """The operators' side of a run, from its start until its history is closed."""

    def __init__(self, recorder: Recorder, commands: Asked) -> None:
        self._recorder = recorder
        self._commands = commands
        self._acting: set[asyncio.Task[None]] = set()

    async def obey(self) -> None:
        """Take commands until cancelled. Raises RunAborted when an operator stops the run."""
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
        if command.act == "acknowledge":
            # The pager answers in its own time, and the next command need not wait for it.
            task = asyncio.create_task(self._acknowledge(command, at_s))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
            return
        if command.act == "confirm":
            # An operator's note is a confirmation too (gameday.aborts.renewal).
            command = msgspec.structs.replace(command, act="note", text=command.text or CONFIRMED)
        self._recorder.record(_REMARKS[command.act](command.by, command.text), time_s=at_s)

    async def _acknowledge(self, command: Command, at_s: float) -> None:
        """Acknowledge every open alert at the pager, as the person on call would."""
        await self._recorder.fetch()
        environment = self._recorder.environment
        keys = sorted({key for _, key in open_alerts(self._recorder.operations)})
        try:
            for key in keys:
                await environment.fakes.operate(environment.fakes_by_role["pager"], "acknowledge", key, {})
        except GamedayError as problem:
            self._recorder.note(f"the alerts were not acknowledged: {problem}")
            return
        text = f"{ACKNOWLEDGED} {plural(len(keys), 'open alert')}" if keys else "no alert is open"
        self._recorder.record(Note(command.by, text), time_s=at_s)
