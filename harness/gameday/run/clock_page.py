"""The page that a run shares with the processes of its accelerated stack: what they wait for, and skips ahead.

On its first page, which the processes only read, stands by how much the run has skipped: a number of eight bytes that
only grows, so nobody reads half of it. Behind it each thread states until when it waits (``stack_clock_page.h``). A
wait is carried out in slices of 10 ms, so a skip that ends a little before the first of them makes none of them late.

What is not stated there is looked up in ``/proc``: a thread that is at work, or waits with a limit of its own that the
library does not end, is no stack to skip with. In doubt there is none.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from gameday.run.idle_threads import Idle, idle

NAME = "stack-timers.page"
_MARK = 0x31304B4C434447
_PAGE = 4096
_SLOTS = 2048
_SLOT = struct.Struct("=iiIIq")
_HEAD = struct.Struct("=II")
_SIZE = _PAGE * (2 + (_HEAD.size + _SLOTS * _SLOT.size) // _PAGE)


class Wait(NamedTuple):
    """A thread waits until so much of the stack's time has passed; ``state`` counts how often it began or ended to."""

    state: int
    until_ns: int


class Look(NamedTuple):
    """What the stack's threads were about at one moment: equal looks mean that none of them has done anything.

    ``threads`` has each by process and thread. ``why_not`` says what stands against a skip, in a clause; empty if
    nothing does.
    """

    threads: dict[tuple[int, int], Wait | Idle]
    why_not: str = ""

    @property
    def due_ns(self) -> int | None:
        """How much of the stack's time has passed when the first wait ends; None if all wait without a limit."""
        return min((each.until_ns for each in self.threads.values() if isinstance(each, Wait)), default=None)


class ClockPage:
    """The page of one run; only the harness writes to its first part."""

    def __init__(self, path: Path) -> None:
        """Make it. Raises OSError."""
        self.path = path
        # Not readable for others: who writes to it decides what the stack takes for the present.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.truncate(descriptor, _SIZE)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        # As a whole number of the machine: its eight bytes are written at once.
        self._skipped = ctypes.c_int64.from_buffer(self._map, 8)
        ctypes.c_int64.from_buffer(self._map, 0).value = _MARK

    @property
    def skipped_ns(self) -> int:
        """By how much the stack's time is ahead of its line."""
        return self._skipped.value

    def skip(self, seconds: float) -> None:
        """Let the stack's time go ahead by so many of its seconds, at once and for all its processes."""
        self._skipped.value += round(seconds * 1e9)

    def processes(self) -> set[int]:
        """The processes that follow and still run. What ended ones have left is cleared."""
        found = set()
        for number, (process, thread, *_) in self._slots():
            where = Path(f"/proc/{process}/task/{thread}" if thread else f"/proc/{process}")
            if process and not where.exists():
                self._map[(at := self._offset(number)) : at + _SLOT.size] = bytes(_SLOT.size)
            elif process and not thread:
                found.add(process)
        return found

    def look(self, processes: Collection[int]) -> Look:
        """What the threads of these processes are about."""
        slots = {(process, thread): (state, until) for _, (process, thread, state, _, until) in self._slots()}
        threads: dict[tuple[int, int], Wait | Idle] = {}
        for process in processes:
            if (process, 0) not in slots:
                return Look({}, f"process {process} has not loaded the page of the run")
            if slots[process, 0][0]:
                return Look({}, f"process {process} has armed a timer of the kernel")
            try:
                tasks = [int(each.name) for each in Path(f"/proc/{process}/task").iterdir()]
            except OSError:
                # It has just ended.
                return Look({}, f"process {process} ends")
            for thread in tasks:
                state, until_ns = slots.get((process, thread), (0, 0))
                found = Wait(state, until_ns) if state % 2 else idle(process, thread)
                if isinstance(found, str):
                    return Look({}, found)
                threads[process, thread] = found
        return Look(threads)

    def _slots(self) -> list[tuple[int, tuple[int, int, int, int, int]]]:
        used = min(_HEAD.unpack_from(self._map, _PAGE)[0], _SLOTS)
        whole = self._map[self._offset(0) : self._offset(used)]
        return list(enumerate(_SLOT.iter_unpack(whole)))

    @staticmethod
    def _offset(number: int) -> int:
        return _PAGE + _HEAD.size + number * _SLOT.size
