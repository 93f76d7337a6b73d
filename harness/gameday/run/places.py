"""How many environments a session brings up at a time.

A run has its control beside it. If every scenario that a machine carries at a time began with its control, it would
have to carry twice as many, and what its timing shows would prove nothing. So each environment waits for a place. To
start one takes a core for a second, so they are started in turn: several at once would take the processors from
those that run. While one starts its stack, the next one already starts its servers: with one start at a time, a library
of short scenarios would wait for nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import filelock

from gameday.run.environment import Environment
from gameday.run.running import running
from gameday.run.setup import Setup

#: The pause between two looks for a free place, and for the turn (real seconds).
LOOK_S = 0.1
TURN_LOOK_S = 0.02


@contextlib.asynccontextmanager
async def running_in_place(setup: Setup, folder: Path, count: int) -> AsyncIterator[Environment]:
    """An environment that is up, started in its turn, in one of ``count`` places. Raises GamedayError."""
    async with place(folder, count), contextlib.AsyncExitStack() as turn:

        async def next_turn(name: str) -> None:
            """Give up the last turn once this one has come."""
            before = turn.pop_all()
            async with before:
                await turn.enter_async_context(_held(folder, [name] if count else [], look_s=TURN_LOOK_S))

        await next_turn("servers turn")
        async with running(setup, connecting=lambda: next_turn("stack turn")) as environment:
            await turn.aclose()
            yield environment


def place(folder: Path, count: int) -> contextlib.AbstractAsyncContextManager[None]:
    """Wait for one of ``count`` places, which all processes share that know ``folder``, and hold it; 0: no limit.

    The place of a process that is killed is free again.
    """
    return _held(folder, [f"place-{number}" for number in range(1, count + 1)])


@contextlib.asynccontextmanager
async def _held(folder: Path, names: Sequence[str], look_s: float | None = None) -> AsyncIterator[None]:
    """Wait until one of these locks is free, and hold it; with none, wait for nothing."""
    if not names:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    locks = [filelock.FileLock(folder / name, blocking=False) for name in names]
    held = _first_free(locks)
    while held is None:
        await asyncio.sleep(LOOK_S if look_s is None else look_s)
        held = _first_free(locks)
    try:
        yield
    finally:
        held.release()


def _first_free(locks: list[filelock.FileLock]) -> filelock.FileLock | None:
    """The first lock that nobody holds, now held; None if there is none."""
    for lock in locks:
        with contextlib.suppress(filelock.Timeout):
            lock.acquire()
            return lock
    return None
