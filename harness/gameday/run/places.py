"""How many environments a session brings up at a time.

A run has its control beside it. If every scenario that a machine carries at a time began with its control, it would
have to carry twice as many, and what its timing shows would prove nothing. So each environment waits for a place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import filelock

#: The pause between two looks for a free place (real seconds).
LOOK_S = 0.1


@contextlib.asynccontextmanager
async def place(folder: Path, count: int) -> AsyncIterator[None]:
    """Wait for one of ``count`` places, which all processes share that know ``folder``, and hold it; 0: no limit.

    The place of a process that is killed is free again.
    """
    if not count:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    locks = [filelock.FileLock(folder / f"place-{number}", blocking=False) for number in range(1, count + 1)]
    held = _first_free(locks)
    while held is None:
        await asyncio.sleep(LOOK_S)
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
