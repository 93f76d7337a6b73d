"""Coroutines of tests on virtual time: what they wait for comes at once, in its order, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gameday.simulation.virtual_time import VirtualLoop, VirtualTime


def virtually(check: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Carry out a test whose tasks wait only for each other and for timers. Raises Stuck if one waits for ever.

    ``time.monotonic`` shows the virtual time meanwhile; who bound it earlier, as a default, has to be given it.
    """
    clock = VirtualTime()
    loop = VirtualLoop(clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", clock.monotonic)
        loop.run_until_complete(check())
    loop.close()
