"""Virtual time: it stands while anything is left to do now, and jumps to the next timer.

``install`` replaces ``time.time`` and ``time.monotonic`` for the whole process. It has to come before the modules that
bind these functions, as default arguments do; so a process that simulates begins with it and does nothing else.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Mapping
from typing import Any

#: What the clocks show when a run begins: 2026-06-30 12:00 UTC, and a reading of the monotonic clock.
EPOCH_S = 1_782_820_800.0
BEGIN_S = 1_000.0


class VirtualTime:
    """The clocks of a process that simulates (seconds)."""

    def __init__(self) -> None:
        self.now_s = BEGIN_S

    def monotonic(self) -> float:
        """What ``time.monotonic`` gives."""
        return self.now_s

    def time(self) -> float:
        """What ``time.time`` gives."""
        return EPOCH_S + self.now_s - BEGIN_S

    def install(self) -> None:
        """Give this process these clocks."""
        time.monotonic = self.monotonic
        time.time = self.time

    def restart(self) -> None:
        """Begin another run, at the same moment."""
        self.now_s = BEGIN_S


class Stuck(Exception):
    """Nothing is left that could happen: a task waits for ever."""


class _Jumping(selectors.BaseSelector):
    """A selector that does not wait: it lets the time pass that it was asked to wait for."""

    def __init__(self, clock: VirtualTime) -> None:
        self._clock = clock
        self._inner = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits, and no timer is set")
        # Nothing comes from outside, so the system need not be asked.
        self._clock.now_s += max(0.0, timeout)
        return []

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, without threads and sockets."""

    def __init__(self, clock: VirtualTime) -> None:
        super().__init__(_Jumping(clock))
