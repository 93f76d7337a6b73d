"""Processes on an accelerated clock follow when the run skips ahead, and the page says when they are due next."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gameday.model.events import ClockIgnored
from gameday.run.clock_library import PAGE_VARIABLE, clock_environment
from gameday.run.clock_page import ClockPage, Look
from gameday.run.clock_probe import FOLDER, PARTS
from gameday.run.clock_watch import WITHOUT_PAGE, ClockWatch, ignores
from gameday.run.idle_threads import unlimited
from gameday.run.recorder import Recorder
from gameday_fakes.clock import Clock, WallClock

pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler")]

RATE = 60.0
HOUR_S = 3600.0
#: How long before the first wait ends a skip ends, and how late a wait may end on a busy machine (stack seconds).
MARGIN_S = 0.05 * RATE
LATE_S = 1.0 * RATE


class Processes:
    """What is started on a clock with a page."""

    def __init__(self, folder: Path) -> None:
        self.page = ClockPage(folder / "stack-timers.page")
        self.wall = WallClock(1_927_000_000.0, time.monotonic(), RATE)

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, **clock_environment(self.wall, os.environ, self.page.path)}

    @contextlib.contextmanager
    def started(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A process that is killed at the end."""
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=self.variables, stdin=pipe, stdout=pipe, text=True) as process:
            yield process
            process.kill()

    def python(self, code: str) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
        return self.started(sys.executable, "-uc", textwrap.dedent(code))

    @property
    def passed_s(self) -> float:
        """How much of the stack's time has passed."""
        return (time.monotonic() - self.wall.origin_s) * RATE + self.page.skipped_ns / 1e9

    @property
    def date_s(self) -> float:
        return self.wall.epoch_s + self.passed_s

    def look(self) -> Look:
        return self.page.look(self.page.processes())

    def quiet(self, *, most_s: float = 20.0) -> Look:
        """The look at which nothing has happened since the one before it."""
        before, until_s = None, time.monotonic() + most_s
        while time.monotonic() < until_s:
            look = self.look()
            if look.threads and look == before:
                return look
            before = look
            time.sleep(0.02)
        raise AssertionError(look.why_not or "it is never quiet")

    def skip_to_next(self) -> bool:
        """Skip to shortly before the first wait ends, if nothing is under way."""
        before = self.look()
        time.sleep(0.02)
        look = self.look()
        if look.why_not or look != before or look.due_ns is None:
            return False
        gain_s = look.due_ns / 1e9 - self.passed_s - MARGIN_S
        if gain_s > 0:
            self.page.skip(gain_s)
        return gain_s > 0


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(tmp_path)


def skipping(processes: Processes, process: subprocess.Popen[str]) -> Callable[[], None]:
    """Skip whenever that is possible, in a thread, until the returned function is called."""
    over = threading.Event()

    def skip() -> None:
        while not over.is_set() and process.poll() is None:
            processes.skip_to_next()

    thread = threading.Thread(target=skip)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end


@pytest.mark.parametrize(
    ("command", "wait_s"),
    [
        pytest.param((sys.executable, "-I", str(FOLDER / "clock.py")), HOUR_S, id="python"),
        # Its lock waits for a condition, which is waited for in full: 4 s.
        pytest.param(("node", str(FOLDER / "clock.js")), 240.0, id="node", marks=pytest.mark.needs("node")),
        pytest.param(("ruby", str(FOLDER / "clock.rb")), 240.0, id="ruby", marks=pytest.mark.needs("ruby")),
        pytest.param(("php", "-n", str(FOLDER / "clock.php")), 240.0, id="php", marks=pytest.mark.needs("php")),
    ],
)
def test_every_wait_of_a_runtime_ends_in_its_time_when_the_run_skips(
    processes: Processes, command: tuple[str, ...], wait_s: float
) -> None:
    with processes.started(*command, f"{wait_s:g}") as process:
        end = skipping(processes, process)
        found = {}
        assert process.stdout is not None
        try:
            for line in process.stdout:
                part, waited_s, date_s = line.split()
                found[part] = (float(waited_s), float(date_s) - processes.date_s)
        finally:
            end()
    assert tuple(found) == tuple(PARTS)
    assert processes.page.skipped_ns / 1e9 > 2 * wait_s
    for part, (waited_s, off_s) in found.items():
        assert abs(off_s) < LATE_S, part
        assert part == "wall" or wait_s * 0.999 <= waited_s < wait_s + LATE_S, part


@pytest.mark.needs("java")
def test_java_is_never_quiet(processes: Processes) -> None:
    """Its machine waits for conditions all the time, in threads of its own."""
    with processes.started("java", str(FOLDER / "Clock.java"), "600") as process:
        assert process.stdout is not None
        process.stdout.readline()
        looks = [processes.look() for _ in range(20)]
        assert all(look.why_not for look in looks)


WAITS = {
    "select": "import select; select.select([], [], [], 3600)",
    "poll": "import select; p = select.poll(); p.poll(3600_000)",
    "epoll": "import select; select.epoll().poll(3600)",
    "lock": "import threading; l = threading.Lock(); l.acquire(); l.acquire(timeout=3600)",
    "condition": "import threading; c = threading.Condition(); c.acquire(); c.wait(3600)",
    "asyncio": "import asyncio; asyncio.run(asyncio.sleep(3600))",
    "signal": "import signal; signal.pthread_sigmask(0, [10]); signal.sigtimedwait([10], 3600)",
    "join": "import threading, time; t = threading.Thread(target=time.sleep, args=[3600]); t.start(); t.join()",
    "child": "import subprocess; subprocess.run(['sleep', '3600'])",
    "fork": "import os, time; p = os.fork(); p and os.waitpid(p, 0) or time.sleep(3600)",
}


@pytest.mark.parametrize("code", WAITS.values(), ids=WAITS)
def test_a_wait_is_stated_and_ends_when_its_time_has_come(processes: Processes, code: str) -> None:
    script = f"import time; a = time.time(); m = time.monotonic()\n{code}\nprint(time.time() - a, time.monotonic() - m)"
    with processes.python(script) as process:
        look = processes.quiet()
        assert look.due_ns is not None
        assert 0 < look.due_ns / 1e9 - processes.passed_s <= HOUR_S
        assert processes.skip_to_next()
        # What is not due yet goes on.
        assert process.poll() is None
        assert process.stdout is not None
        waited_s = [float(word) for word in process.stdout.readline().split()]
        assert all(HOUR_S * 0.999 <= each < HOUR_S + LATE_S for each in waited_s)


DO_NOT_FOLLOW = {
    "timer": "import signal; signal.setitimer(signal.ITIMER_REAL, 3600); print(); time.sleep(7200)",
    "alarm": "import signal; signal.alarm(3600); print(); time.sleep(7200)",
    "socket": """
        import socket, struct; s = socket.socketpair()[0]
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 3600, 0)); print(); s.recv(1)""",
    "work": "print(); [0 for _ in iter(int, 1)]",
}


@pytest.mark.parametrize("name", DO_NOT_FOLLOW)
def test_what_does_not_follow_a_skip_stands_against_it(processes: Processes, name: str) -> None:
    code = textwrap.dedent(DO_NOT_FOLLOW[name])
    with processes.python(f"import time\n{code}") as process:
        assert process.stdout is not None
        process.stdout.readline()
        looks = [processes.look() for _ in range(5)]
        assert all(look.why_not for look in looks), looks


def test_a_process_that_has_not_loaded_the_page_is_recognised(processes: Processes) -> None:
    variables = {name: value for name, value in processes.variables.items() if name != PAGE_VARIABLE}
    command = [sys.executable, "-uc", "print('ready'); input()"]
    with subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "has not loaded the page" in processes.page.look([process.pid]).why_not
        assert ignores(process.pid, processes.page.path)[1] == WITHOUT_PAGE
        assert ignores(process.pid)[1] == ""
        process.kill()


def test_a_process_without_the_page_is_no_harm_until_the_run_has_skipped_ahead(processes: Processes) -> None:
    variables = {name: value for name, value in processes.variables.items() if name != PAGE_VARIABLE}
    with subprocess.Popen(["sleep", "60"], env=variables) as process:
        ignored: list[ClockIgnored] = []
        child = SimpleNamespace(identity=SimpleNamespace(pid=process.pid))
        recorder = SimpleNamespace(
            clock=Clock(wall=processes.wall),
            environment=SimpleNamespace(clock_page=processes.page, stack=SimpleNamespace(children=[child])),
            record=ignored.append,
        )
        found = []
        for _ in range(2):
            watch = ClockWatch(cast(Recorder, recorder))
            while "gameday-clock-" not in Path(f"/proc/{process.pid}/maps").read_text():
                time.sleep(0.01)
            for _ in range(3):
                watch.look()
            found.append([each.why for each in ignored])
            processes.page.skip(HOUR_S)
        process.kill()
    assert found == [[], [WITHOUT_PAGE]]


def test_a_process_that_is_killed_and_started_again_goes_on_at_the_present(processes: Processes) -> None:
    code = "import time; print(time.time()); time.sleep(3600)"
    for _ in range(3):
        with processes.python(code) as process:
            assert process.stdout is not None
            date_s = float(process.stdout.readline())
            assert abs(date_s - processes.date_s) < LATE_S
            processes.quiet()
            assert processes.skip_to_next()
            process.send_signal(signal.SIGKILL)
        assert processes.page.processes() == set()
    assert processes.page.skipped_ns / 1e9 > 2.5 * HOUR_S


def test_a_lock_that_is_released_after_a_skip_is_had_at_once(processes: Processes) -> None:
    code = """
        import sys, threading
        held = threading.Lock(); held.acquire()
        threading.Thread(target=lambda: (sys.stdin.readline(), held.release())).start()
        print(held.acquire(timeout=36000))"""
    with processes.python(code) as process:
        processes.quiet()
        processes.page.skip(HOUR_S)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True\n"


def test_the_page_does_not_grow_with_the_threads_that_have_ended(processes: Processes) -> None:
    code = """
        import threading, time
        for _ in range(3000):
            t = threading.Thread(target=time.sleep, args=[0.01]); t.start(); t.join()
        time.sleep(3600)"""
    with processes.python(code):
        clearing = time.monotonic() + 20
        while time.monotonic() < clearing and not processes.look().due_ns:
            processes.page.processes()
            time.sleep(0.01)
        assert processes.quiet().due_ns is not None


def test_a_call_with_a_limit_is_distinguished_from_one_without() -> None:
    rows = {
        "running": False,
        "202 0x7f 0x189 0x0 0x0 0x0 0xffffffff 0x7ffd 0x7f47": True,
        "202 0x7f 0x189 0x0 0x7ffd 0x0 0xffffffff 0x7ffd 0x7f47": False,
        "202 0x7f 0x186 0x0 0x0 0x0 0x0 0x7ffd 0x7f47": False,
        "232 0xd 0x7ffd 0x400 0xffffffff 0x0 0x0 0x7ffd 0x7f47": True,
        "232 0xd 0x7ffd 0x400 0xffffffffffffffff 0x0 0x0 0x7ffd 0x7f47": True,
        "232 0xd 0x7ffd 0x400 0x1388 0x0 0x0 0x7ffd 0x7f47": False,
        "271 0x7ffd 0x1 0x0 0x0 0x8 0x0 0x7ffd 0x7f47": True,
        "0 0x0 0x7ffd 0x1000 0x0 0x0 0x0 0x7ffd 0x7f47": True,
        "1 0x1 0x7ffd 0x1000 0x0 0x0 0x0 0x7ffd 0x7f47": False,
        "230 0x0 0x0 0x7ffd 0x7ffd 0x0 0x0 0x7ffd 0x7f47": False,
        "-1 0x7ffd 0x7f47": False,
        "": False,
    }
    assert {call: unlimited(call, "x86_64") for call in rows} == rows
    assert not any(unlimited(call, "another") for call in rows)
