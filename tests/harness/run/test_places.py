"""No more environments are up at a time than there are places."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gameday.run.places import place

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


@pytest.mark.parametrize(("count", "most"), [(1, 1), (3, 3), (0, 7)])
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
