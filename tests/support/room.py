"""Game days of tests have the machine: few at a time, and whatever else the suite computes gives way to them.

What a run in real time comes to depends on whether the machine keeps up, and the judge rightly decides nothing where it
did not. So a test that demands a verdict must not compete with the others. Two things see to that: commands that carry
out runs wait until there is room for theirs, over all workers and suites of a machine (locks on files, which the system
gives back when their holder dies); and the workers lower their own priority, which the commands do not inherit
(support/commands.py).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import filelock

from gameday.base.processors import scenarios_at_a_time

#: By how much a worker and what it starts give way (``nice``): to a tenth of the weight of a process of a run.
#: https://man7.org/linux/man-pages/man7/sched.7.html
GIVE_WAY = 10
#: The longest wait for room: longer than any test of game days takes.
LIMIT_S = 900.0


class Room:
    """How many runs and controls this machine has room for, and how many of these places this process has."""

    def __init__(self, folder: Path, runs: int) -> None:
        """``folder``: the one of all processes that share room for ``runs`` runs and controls."""
        self._folder = folder
        # A test may give its commands from several threads.
        self._queue, *self._places = (
            filelock.FileLock(folder / name, thread_local=False) for name in ("queue", *map(str, range(runs)))
        )
        self._taking = threading.Lock()
        self._mine: list[filelock.BaseFileLock] = []

    def take(self, runs: int, limit_s: float = LIMIT_S) -> None:
        """Wait for room for so many runs, or for as many as there is room for at all, unless this process has some.

        Raises TimeoutError if there is none in time.
        """
        with self._taking:
            if self._mine:
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            deadline_s = time.monotonic() + limit_s
            try:
                # Whoever is first gets what comes free until it is enough, so that two do not wait for each other.
                with self._queue.acquire(timeout=limit_s):
                    while len(self._mine) < min(runs, len(self._places)):
                        self._take_one(deadline_s)
            except filelock.Timeout:
                self._release()
                message = f"no room for a game day in {limit_s:g} s: who has the files in {self._folder} open?"
                raise TimeoutError(message) from None

    def give_back(self) -> None:
        """Let others have it."""
        with self._taking:
            self._release()

    def _take_one(self, deadline_s: float) -> None:
        for place in self._places:
            if place not in self._mine and _free(place):
                self._mine.append(place)
                return
        if time.monotonic() > deadline_s:
            raise filelock.Timeout(str(self._folder))
        time.sleep(0.05)

    def _release(self) -> None:
        while self._mine:
            self._mine.pop().release()


def _free(place: filelock.BaseFileLock) -> bool:
    """Take it, if nobody has it."""
    try:
        place.acquire(blocking=False)
    except filelock.Timeout:
        return False
    return True


#: That of this process: of a worker, or of the one process of a suite without workers.
ROOM = Room(Path(tempfile.gettempdir()) / f"gameday-tests-room-{os.getuid()}", scenarios_at_a_time())


def give_way() -> None:
    """Lower the priority of this process, and of what it starts from now on."""
    os.nice(GIVE_WAY)
