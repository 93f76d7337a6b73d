"""Saves both ledgers every few seconds, so that a run which does not come to its end has a result until then.

With them goes what the stack has parked, so that a deal that waits for a person is not taken for a lost one.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

from gameday.base.errors import GamedayError
from gameday.model.checker import DeadLetter
from gameday.run.recorder import Recorder
from gameday.scoring.digests import Growing
from gameday.scoring.run_folder import HISTORY_FILE
from gameday.scoring.seal import Until, seal

#: The pause between two times (real seconds), and how many times as long as saving itself.
SAVE_S = 3.0
SAVE_REST = 20.0
#: How long the last time may take, once a run has been ended (real seconds).
LAST_S = 1.0
#: How long the stack may take to list what it has parked (real seconds): a fault may have stopped it.
LETTERS_S = 0.4


class SavedLedgers:
    """The ledgers of a run as last saved, in one sealed file with the digest of its history up to then."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._run_dir = recorder.environment.setup.run_dir
        self._history = Growing(self._run_dir / HISTORY_FILE)
        #: A thread goes on when the task that waits for it is cancelled.
        self._writing = threading.Lock()
        self._letters: tuple[DeadLetter, ...] = ()

    async def watch(self) -> None:
        """Save until cancelled. What fails once is tried again the next time."""
        while True:
            # Before the clock is read: a stack that does not answer makes saving no more costly.
            await self._ask_letters()
            began_s = time.monotonic()
            with contextlib.suppress(GamedayError, OSError):
                await self._save()
            await asyncio.sleep(max(SAVE_S, SAVE_REST * (time.monotonic() - began_s)))

    async def last(self) -> None:
        """Save once more after the run was ended, if the fakes still answer."""
        with contextlib.suppress(GamedayError, OSError, TimeoutError):
            async with asyncio.timeout(LAST_S):
                await self._ask_letters()
                await self._save()

    async def complete(self) -> None:
        """Seal a run whose ledgers are written, while it still waits for its control."""
        await asyncio.to_thread(self._write, None)

    async def _ask_letters(self) -> None:
        """Learn what the stack has parked; if it does not say so in time, what it said last still counts."""
        with contextlib.suppress(GamedayError, OSError, TimeoutError):
            async with asyncio.timeout(LETTERS_S):
                self._letters = await self._recorder.environment.stack.dead_letters()

    async def _save(self) -> None:
        snapshot = await self._recorder.environment.snapshot()
        # What led to these ledgers is in the history, too.
        await self._recorder.fetch()
        if self._recorder.environment.rollback.written_by_others:
            # The faults were healed from outside: from then on nothing is as the scenario says.
            return
        until = Until(len(self._recorder.operations), snapshot.crm, snapshot.erp, self._letters)
        await asyncio.to_thread(self._write, until)

    def _write(self, until: Until | None) -> None:
        with self._writing:
            known = {HISTORY_FILE: self._history.digest(until.operations if until is not None else None)}
            seal(self._run_dir, "unfinished run", known=known, until=until)
