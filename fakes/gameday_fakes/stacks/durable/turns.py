"""What is done again and again while the stack runs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from gameday_fakes.stacks.durable.store import StoreError
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


Timetable = dict[Callable[[], Awaitable[None]], float]
"""When each job has its next turn, on the monotonic clock; 0 during one."""


async def repeat(
    act: Callable[[], Awaitable[None]],
    period_real_s: float,
    *,
    at_once: bool = False,
    timetable: Timetable | None = None,
) -> None:
    """Run ``act`` every so many real seconds, until cancelled. A failure is logged and does not end the schedule.

    Its next turn is noted in ``timetable``.
    """
    noted: Timetable = {} if timetable is None else timetable
    while True:
        if not at_once:
            noted[act] = time.monotonic() + period_real_s
            await asyncio.sleep(period_real_s)
        at_once = False
        noted[act] = 0.0
        try:
            await act()
        except (Trouble, StoreError) as trouble:
            _log.warning("%s: %s", getattr(act, "__qualname__", act), trouble)
        except Exception:  # noqa: BLE001 - one failed turn must not end the schedule
            _log.exception("%s", getattr(act, "__qualname__", act))
