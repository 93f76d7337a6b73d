"""The clock of the fakes skips ahead: what waits on it follows, and nothing that is due or under way is passed over."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from gameday_fakes.clock import Abandoned, Clock, WallClock
from gameday_fakes.declared import ControlError
from gameday_fakes.quiet import quiet, skip

HOUR_S = 3600.0


async def sleeping(clock: Clock, *lengths_s: float) -> list[asyncio.Task[None]]:
    """Tasks that sleep on a clock."""
    tasks = [asyncio.create_task(clock.sleep(length_s)) for length_s in lengths_s]
    await asyncio.sleep(0)
    return tasks


def test_a_sleep_ends_when_the_clock_skips_to_its_end_and_not_before() -> None:
    async def check() -> None:
        clock = Clock()
        short, long = await sleeping(clock, HOUR_S, 3 * HOUR_S)
        clock.skip(HOUR_S - 60)
        await asyncio.sleep(0)
        assert not short.done()
        assert clock.due_s is not None and 0 < clock.due_s - clock.now_s() <= 60
        clock.skip(60)
        await asyncio.wait_for(short, 1)
        assert not long.done()
        long.cancel()
        await asyncio.gather(long, return_exceptions=True)
        assert clock.timers == set()

    asyncio.run(check())


def test_what_waits_when_everything_starts_again_does_not_happen() -> None:
    async def check() -> None:
        clock, happened = Clock(pace=1e6), []
        (waiting,) = await sleeping(clock, HOUR_S)
        clock.call_later(HOUR_S, lambda: happened.append("late"))
        clock.abandon()
        assert clock.due_s is None
        with pytest.raises(Abandoned):
            await waiting
        assert waiting.cancelled()
        await clock.sleep(2 * HOUR_S)
        assert not happened

    asyncio.run(check())


def test_a_skip_moves_what_the_stack_sees_of_the_time_too_and_a_new_run_begins_without() -> None:
    clock = Clock(pace=60.0)
    clock.skip(60 * HOUR_S)
    assert clock.now_s() >= 60 * HOUR_S
    assert clock.wall_s() - time.time() == pytest.approx(HOUR_S, abs=1)
    clock.restart(1.0)
    assert clock.wall_s() - time.time() == pytest.approx(0, abs=1)


def test_a_skip_moves_the_date_of_an_accelerated_stack_as_far_and_none_goes_back() -> None:
    clock = Clock(pace=60.0, wall=WallClock(1_927_000_000.0, time.monotonic(), 60.0))
    clock.skip(72 * HOUR_S)
    assert clock.wall_s() - 1_927_000_000.0 == pytest.approx(72 * HOUR_S, abs=60)
    with pytest.raises(ValueError, match="back"):
        Clock().skip(-1)


@pytest.mark.parametrize(
    ("body", "busy", "message"),
    [
        ({"seconds": 10, "requests": 2}, 0, "a request has come, or is under way"),
        ({"seconds": 10, "requests": 3}, 1, "a request has come, or is under way"),
        ({"seconds": 3 * HOUR_S, "requests": 3}, 0, "cannot skip over what is due at 3600"),
        ({"seconds": "soon", "requests": 3}, 0, "a skip is not understood: Expected `float`, got `str`"),
        ({"seconds": 10}, 0, "a skip is not understood: Object missing required field `requests`"),
    ],
)
def test_the_fakes_refuse_to_skip_over_what_is_due_or_under_way(body: Any, busy: int, message: str) -> None:
    async def check() -> None:
        clock, fakes = Clock(busy=busy), {"netsuite": SimpleNamespace(stats={"order.write": Counter({204: 3})})}
        tasks = await sleeping(clock, HOUR_S)
        with pytest.raises(ControlError, match=message):
            skip(clock, fakes, body)
        assert clock.now_s() < 60
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(check())


def test_the_fakes_skip_where_all_is_quiet() -> None:
    fakes = {"netsuite": SimpleNamespace(stats={"order.write": Counter({204: 3})})}
    clock = Clock()
    found = skip(clock, fakes, {"seconds": HOUR_S, "requests": 3})
    assert found.now_s >= HOUR_S and found.requests == 3 and found.due_s is None
    assert quiet(clock, fakes).busy == 0
