"""No more environments are up at a time than there are places."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest

from gameday.run.places import place, running_in_place
from gameday.run.setup import Setup

WAITING = """
import asyncio, sys
from pathlib import Path
from gameday.run.places import place

async def hold():
    async with place(Path(sys.argv[1]), 1):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday.run.places.LOOK_S", 0.01)
    monkeypatch.setattr("gameday.run.places.TURN_LOOK_S", 0.001)


@pytest.mark.parametrize(("count", "most"), [(1, 1), (3, 3), (0, 7)])
@pytest.mark.slow
def test_as_many_are_inside_as_there_are_places_and_0_means_no_limit(tmp_path: Path, count: int, most: int) -> None:
    inside: set[int] = set()
    seen: list[int] = []

    async def stay(number: int) -> None:
        async with place(tmp_path, count):
            inside.add(number)
            seen.append(len(inside))
            await asyncio.sleep(0.02)
            inside.remove(number)

    async def all_of_them() -> None:
        await asyncio.gather(*(stay(number) for number in range(7)))

    asyncio.run(all_of_them())
    assert len(seen) == 7
    assert max(seen) == most


def test_a_place_is_free_again_after_an_error(tmp_path: Path) -> None:
    async def fail_and_come_back() -> None:
        with pytest.raises(ZeroDivisionError):
            async with place(tmp_path, 1):
                raise ZeroDivisionError
        async with asyncio.timeout(30), place(tmp_path, 1):
            pass

    asyncio.run(fail_and_come_back())


def started_in_turn(monkeypatch: pytest.MonkeyPatch, folder: Path, *, places: int) -> set[tuple[int, int]]:
    """How many of five environments started their servers, and how many their stack, each time that one began to."""
    busy = {"servers": 0, "stack": 0}
    seen: set[tuple[int, int]] = set()

    async def step(name: str) -> None:
        busy[name] += 1
        seen.add((busy["servers"], busy["stack"]))
        await asyncio.sleep(0.02)
        busy[name] -= 1

    @contextlib.asynccontextmanager
    async def running(setup: object, *, connecting: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        await step("servers")
        await connecting()
        await step("stack")
        yield

    async def start() -> None:
        async with running_in_place(cast(Setup, None), folder, places):
            pass

    async def all_of_them() -> None:
        await asyncio.gather(*(start() for _ in range(5)))

    monkeypatch.setattr("gameday.run.places.running", running)
    asyncio.run(all_of_them())
    return seen


def test_one_environment_at_a_time_starts_its_servers_and_one_its_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {most for step in started_in_turn(monkeypatch, tmp_path, places=5) for most in step} == {0, 1}


def test_an_environment_starts_its_servers_while_another_starts_its_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (1, 1) in started_in_turn(monkeypatch, tmp_path, places=5)


def test_without_a_limit_all_start_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (5, 0) in started_in_turn(monkeypatch, tmp_path, places=0)


@pytest.mark.slow
def test_the_place_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    async def wait_for_it(holder: subprocess.Popen[str]) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), place(tmp_path, 1):
                pass
        holder.send_signal(signal.SIGKILL)
        async with asyncio.timeout(30), place(tmp_path, 1):
            pass

    command = [sys.executable, "-c", WAITING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        asyncio.run(wait_for_it(holder))
