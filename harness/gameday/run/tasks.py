"""Waiting in an event loop: until a condition holds, and for the error that ended a group of tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from gameday.base.errors import GamedayError, RunAborted, ServerEnded


async def until(condition: Callable[[], Awaitable[bool]], *, timeout_s: float, poll_s: float) -> bool:
    """Check a condition until it holds; False if it did not within the timeout. Both are in real seconds."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if await condition():
            return True
        await asyncio.sleep(max(0.0, min(poll_s, deadline_s - time.monotonic())))
    return False


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to report for a group of failed tasks: a GamedayError, which is one line, if there is one.

    If a server of ours has ended, that comes first, then that the run was aborted: the others follow from it.
    """
    kinds = (ServerEnded, RunAborted, GamedayError)
    error: BaseException = next((found for kind in kinds if (found := group.subgroup(kind))), group)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
