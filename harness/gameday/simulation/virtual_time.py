"""Virtual time: it stands while anything is left to do now, and jumps to the next timer.

``install`` replaces ``time.time`` and ``time.monotonic`` for the whole process. It has to come before the modules that
bind these functions, as default arguments do; so a process that simulates begins with it and does nothing else.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

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


class _Handle:
    """A callback that is to be run: what asyncio uses of ``asyncio.TimerHandle``."""

    __slots__ = ("args", "callback", "context", "is_cancelled", "when_s")

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context | None, when_s: float
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = context or contextvars.copy_context()
        self.is_cancelled = False
        self.when_s = when_s

    def cancel(self) -> None:
        self.is_cancelled = True
        # What it would have called need not live until its time.
        self.callback, self.args = _nothing, ()

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.when_s


def _nothing() -> None:
    """What is left of a callback that was cancelled."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop on virtual time, without threads and sockets: only tasks, futures and timers.

    asyncio's own loop asks the system for news at each turn and compares its timers one by one in Python, which
    takes a fifth of a simulated run. Timers of the same moment fire in the order in which they were set.
    """

    def __init__(self, clock: VirtualTime) -> None:
        self._clock = clock
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._set = 0
        self._running = False
        self._closed = False

    def time(self) -> float:
        return self._clock.now_s

    def call_soon(  # type: ignore[override]  # a handle of our own
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> _Handle:
        handle = _Handle(callback, args, context, 0.0)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]  # there is one thread

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> _Handle:
        return self.call_at(self._clock.now_s + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> _Handle:
        handle = _Handle(callback, args, context, when)
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_until_complete(self, future: Coroutine[Any, Any, T]) -> T:  # type: ignore[override]
        """The result of a coroutine. Raises what it raises, and Stuck if it waits for ever."""
        task = self.create_task(future)
        self._running = True
        asyncio._set_running_loop(self)
        try:
            self._turn_until(task.done)
        finally:
            asyncio._set_running_loop(None)
            self._running = False
        return task.result()

    def _turn_until(self, is_over: Callable[[], bool]) -> None:
        """Run what is ready, again and again; the time passes until the next timer if nothing is."""
        ready, timers, clock = self._ready, self._timers, self._clock
        while not is_over():
            while timers and timers[0][2].is_cancelled:
                heapq.heappop(timers)
            if not ready:
                if not timers:
                    raise Stuck("every task waits, and no timer is set")
                # Nothing comes from outside, so nothing has to be waited for.
                clock.now_s = max(clock.now_s, timers[0][0])
            now_s = clock.now_s
            while timers and timers[0][0] <= now_s:
                ready.append(heapq.heappop(timers)[2])
            for _ in range(len(ready)):
                handle = ready.popleft()
                handle.context.run(handle.callback, *handle.args)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nobody reads what a task failed with that nobody waits for: what it broke is in the ledgers."""

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._ready.clear()
        self._timers.clear()
        self._closed = True
