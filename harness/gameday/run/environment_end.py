"""Takes an environment down: every step is carried out, even if others fail; the first error is raised at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from gameday.base.errors import GamedayError
from gameday.run.guardian import Guardian
from gameday.run.healing_calls import Calls
from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import OF_ENVIRONMENT, ClosePassThrough


async def take_down(
    steps: Iterable[Callable[[], Awaitable[None]]], rollback: RollbackLog, guardian: Guardian | None, *, died: bool
) -> None:
    """Carry out the steps, then what the log still lists of the environment, and let the guardian end.

    Of a run that ``died`` the guardian opens the stack's way to its sandbox tenants, if there is to be one.
    """
    problems: list[Exception] = []
    for step in steps:
        async with _going_on(problems):
            await step()
    calls = Calls()
    for key, entry in rollback.outstanding().items():
        if isinstance(entry, OF_ENVIRONMENT) and not (died and isinstance(entry, ClosePassThrough)):
            async with _going_on(problems):
                await asyncio.to_thread(entry.act, calls)
                rollback.done(key)
    healed = rollback.settled
    rollback.close()
    if guardian is not None:
        await asyncio.to_thread(guardian.release, healed=healed)
    if problems:
        raise problems[0]


@contextlib.asynccontextmanager
async def _going_on(problems: list[Exception]) -> AsyncIterator[None]:
    """Keep an error of the block for later."""
    try:
        yield
    except (GamedayError, OSError) as problem:
        problems.append(problem)
