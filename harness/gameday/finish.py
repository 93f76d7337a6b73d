"""Taking down what was put up, also while being cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def finish(ending: Coroutine[Any, Any, None]) -> None:
    """Await to the very end, however often the caller is cancelled meanwhile; the cancellation follows then.

    A plain ``asyncio.shield`` lets the caller go at once, and the loop may close before the rest is done.
    """
    task = asyncio.create_task(ending)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as problem:
            cancelled = problem
        except Exception:  # noqa: BLE001 - raised below, once, from the task
            break
    if cancelled is not None:
        raise cancelled
    task.result()
