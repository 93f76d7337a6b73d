"""Runs cleanup to its end, even while being cancelled or interrupted."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_interruptible(main: Coroutine[Any, Any, T]) -> T:
    """Like ``asyncio.run``, but every interruption only cancels; KeyboardInterrupt is raised at the end.

    Ctrl-C reaches a command and its workers, and the command also passes it on to them. At the second one,
    ``asyncio.run`` would drop everything, even the healing of faults.
    """
    interrupted = False

    async def cancellable() -> T:
        task = asyncio.current_task()

        def interrupt() -> None:
            nonlocal interrupted
            interrupted = True
            if task is not None:
                task.cancel()

        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
        return await main

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise


async def finish(ending: Coroutine[Any, Any, None]) -> None:
    """Await ``ending`` to its end, however often the caller is cancelled; then raise the cancellation.

    A plain ``asyncio.shield`` returns to the caller at once, and the loop may close before the work is done.
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
