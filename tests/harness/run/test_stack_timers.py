"""A run skips ahead with an accelerated stack by what its threads state, and not while anything is in doubt."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gameday.model.events import Skipped
from gameday.run.clock_library import clock_environment
from gameday.run.clock_page import ClockPage
from gameday.run.connections import outside_connection
from gameday.run.recorder import Recorder
from gameday.run.stack_timers import LOOK_S, Landed, StackTimers
from gameday_fakes.clock import Clock, WallClock
from support.skipped_fakes import Fakes

pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler")]

PACE = 60.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
#: How far a moment may be off on a busy machine (scenario seconds).
OFF_S = 1.0 * PACE


class Day:
    """A pass through an environment whose stack is one real process."""

    def __init__(self, page: ClockPage, wall: WallClock) -> None:
        self.page = page
        self.fakes = Fakes(Clock(PACE, wall.origin_s, wall))
        self.clock = Clock(PACE, wall.origin_s, wall)
        self.network = SimpleNamespace(delays=False)
        self.stack = SimpleNamespace(batch_running=False, children=[])
        self.skips: list[tuple[str, Skipped]] = []
        environment = SimpleNamespace(
            stack=self.stack, fakes=self.fakes, network=self.network, servers=SimpleNamespace(children=[])
        )
        recorder = SimpleNamespace(environment=environment, clock=self.clock, record=self._record, margin_s=OFF_S)
        self.timers = StackTimers(cast(Recorder, recorder), page)

    def _record(self, event: Skipped, outcome: str) -> None:
        self.skips.append((outcome, event))

    async def looked(self, *, skips: int = 0) -> float:
        """Let it look for half a second, or until it has skipped so often; the scenario second then."""
        watching = asyncio.create_task(self.timers.watch())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20 if skips else 0.5):
                while not skips or len(self.skips) < skips:
                    await asyncio.sleep(LOOK_S)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        return self.clock.now_s()


@contextlib.asynccontextmanager
async def day_with(folder: Path, code: str, *, scenario_s: float = 9 * DAY_S) -> AsyncIterator[Day]:
    """A day whose stack runs this code once it has said that it is ready; the scenario waits for its own operation."""
    page = ClockPage(folder / "stack-timers.page")
    wall = WallClock(1_927_000_000.0, time.monotonic(), PACE)
    command = [sys.executable, "-uc", f"import time; print('ready')\n{code}"]
    variables = {**os.environ, **clock_environment(wall, os.environ, page.path)}
    with subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        day = Day(page, wall)
        day.clock.call_later(scenario_s - day.clock.now_s(), lambda: None)
        yield day
        process.kill()


@pytest.mark.parametrize(
    ("stack_s", "scenario_s", "fakes_s"),
    [(DAY_S, 2 * DAY_S, None), (2 * DAY_S, DAY_S, None), (2 * DAY_S, 3 * DAY_S, DAY_S), (None, DAY_S, None)],
)
def test_a_run_skips_to_shortly_before_the_first_that_is_due(
    tmp_path: Path, stack_s: float | None, scenario_s: float, fakes_s: float | None
) -> None:
    async def check() -> None:
        code = "input()" if stack_s is None else f"time.sleep({stack_s})"
        async with day_with(tmp_path, code, scenario_s=scenario_s) as day:
            if fakes_s is not None:
                day.fakes.clock.call_later(fakes_s - day.fakes.clock.now_s(), lambda: None)
            await day.looked(skips=1)
            outcome, skipped = day.skips[0]
            assert outcome == "ok" and DAY_S - OFF_S < skipped.until_s < DAY_S + OFF_S
            clocks = [day.clock.now_s(), day.fakes.clock.now_s(), day.clock.wall_s() - 1_927_000_000.0]
            assert max(clocks) - min(clocks) < OFF_S

    asyncio.run(check())


def test_each_timer_of_the_stack_goes_off_in_its_time(tmp_path: Path) -> None:
    code = f"""
for hour in range(1, 6):
    time.sleep(max(0, began + hour * {HOUR_S} - time.monotonic()))
    print(time.monotonic() - began)
input()"""

    async def check() -> None:
        async with day_with(tmp_path, f"began = time.monotonic()\n{code}", scenario_s=5 * HOUR_S + 600) as day:
            assert await day.looked(skips=6) > 5 * HOUR_S
            assert {outcome for outcome, _ in day.skips} == {"ok"}
            landed = [skipped.until_s for _, skipped in day.skips]
            assert all(abs(at_s - hour * HOUR_S) < OFF_S for hour, at_s in enumerate(landed[:5], start=1))

    asyncio.run(check())


IN_DOUBT = {
    "the stack works": "[0 for _ in iter(int, 1)]",
    "a timer of the kernel is armed": "import signal; signal.setitimer(signal.ITIMER_REAL, 90000); time.sleep(90000)",
    "a child has its own clock": "import os, subprocess; subprocess.run(['sleep', '90000'], env="
    "{k: v for k, v in os.environ.items() if k != 'GAMEDAY_CLOCK_PAGE'})",
}


@pytest.mark.parametrize("code", IN_DOUBT.values(), ids=IN_DOUBT)
def test_nothing_is_skipped_while_the_stack_may_be_at_work(tmp_path: Path, code: str) -> None:
    async def check() -> None:
        async with day_with(tmp_path, code) as day:
            assert await day.looked() < HOUR_S
            assert day.skips == []

    asyncio.run(check())


@pytest.mark.parametrize("what", ["asked", "operating", "between", "batch", "delayed"])
def test_nothing_is_skipped_while_anything_else_is_under_way(tmp_path: Path, what: str) -> None:
    async def check() -> None:
        async with day_with(tmp_path, "time.sleep(90000)") as day:
            day.fakes.clock.busy = what == "asked"
            day.clock.busy = what == "operating"
            day.stack.batch_running = what == "batch"
            day.network.delays = what == "delayed"
            for timer in list(day.clock.timers) if what == "between" else ():
                timer.cancel()
            assert await day.looked() < HOUR_S
            assert day.skips == []

    asyncio.run(check())


def test_nothing_is_skipped_while_the_stack_is_connected_with_another(tmp_path: Path) -> None:
    async def check() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            code = f"import socket; s = socket.create_connection({other.getsockname()!r}); s.recv(1)"
            async with day_with(tmp_path, code) as day:
                assert await day.looked() < HOUR_S

    asyncio.run(check())


def test_a_stack_that_acts_without_a_timer_is_found_out(tmp_path: Path) -> None:
    async def check() -> None:
        async with day_with(tmp_path, "time.sleep(90000)", scenario_s=DAY_S) as day:
            landed = Landed(due_s=DAY_S, requests=5)
            assert not day.timers.over(landed, await day.fakes.quiet())
            day.fakes.stats[200] += 1
            assert day.timers.over(landed, await day.fakes.quiet())
        [(outcome, wrong)] = day.skips
        assert outcome == "fail" and wrong.why.startswith("the stack sent a request at ")

    asyncio.run(check())


def test_a_stack_that_did_something_while_the_run_skipped_has_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check() -> None:
        async with day_with(tmp_path, "input()\ntime.sleep(90000)", scenario_s=DAY_S) as day:
            [pid] = day.page.processes()
            go = Path(f"/proc/{pid}/fd/0")
            skip_page = day.page.skip

            def wake(seconds: float) -> None:
                with go.open("wb") as file:
                    file.write(b"\n")
                while not day.page.look([pid]).due_ns:
                    time.sleep(0.001)
                skip_page(seconds)

            monkeypatch.setattr(day.page, "skip", wake)
            await day.looked(skips=2)
            outcome, wrong = day.skips[0]
            assert (outcome, wrong.why) == ("fail", "the stack did something while the run skipped")

    asyncio.run(check())


@contextlib.contextmanager
def process(code: str) -> Iterator[tuple[int, str]]:
    """A process of its own, for that of the tests has connections of other tests: its id, and what it says first."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-uc", f"import socket; {code}"], stdin=pipe, stdout=pipe) as started:
        assert started.stdout is not None
        yield started.pid, started.stdout.readline().decode().strip()
        started.kill()


def test_a_connection_with_a_server_of_the_run_or_among_the_stack_is_none_with_an_outsider() -> None:
    serve = "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1]); s.accept()[0].recv(1)"
    with process(serve) as (server, port):
        connect = f"s = socket.create_connection(('127.0.0.1', {port})); print('ready'); s.recv(1)"
        with process(connect) as (client, _):
            assert f"port {port}" in outside_connection([client], [])
            assert outside_connection([client], [server]) == ""
            assert outside_connection([client, server], []) == ""


def test_the_other_end_of_a_unix_socket_may_be_an_outsider(tmp_path: Path) -> None:
    name = str(tmp_path / "s")
    serve = f"s = socket.socket(1); s.bind({name!r}); s.listen(); print('ready'); c, _ = s.accept(); c.recv(1)"
    with process(serve) as (server, _):
        connect = f"s = socket.socket(1); s.connect({name!r}); print('ready'); s.recv(1)"
        with process(connect) as (client, _):
            assert "Unix socket" in outside_connection([client], [])
            # The server may not have accepted it yet.
            while outside_connection([client, server], []):
                time.sleep(0.01)
