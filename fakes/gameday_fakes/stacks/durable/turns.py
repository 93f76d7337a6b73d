"""What is done again and again while the stack runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gameday_fakes.stacks.durable.store import StoreError
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


async def repeat(act: Callable[[], Awaitable[None]], period_real_s: float, *, at_once: bool = False) -> None:
    """Run ``act`` every so many real seconds, until cancelled. A failure is logged and does not end the schedule."""
    while True:
        if not at_once:
            await asyncio.sleep(period_real_s)
        at_once = False
        try:
            await act()
        except (Trouble, StoreError) as trouble:
            _log.warning("%s: %s", getattr(act, "__qualname__", act), trouble)
        except Exception:  # noqa: BLE001 - one failed turn must not end the schedule
            _log.exception("%s", getattr(act, "__qualname__", act))
