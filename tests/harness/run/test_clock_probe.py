"""What follows the accelerated clock, runtime by runtime, as docs/time.md says; and that processes agree on it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.stack_processes import Process
from gameday.config.stack_table import StackTable
from gameday.run import clock_library
from gameday.run.clock_library import clock_environment
from gameday.run.clock_probe import PARTS, RUNTIMES, ProbeResult, run_probe, runtime_of
from gameday.run.clock_watch import GO, WITHOUT_LIBRARY, command_ignores, ignores, is_static, processes_on
from gameday.run.stack_clock import StackClock, stack_clock
from gameday_fakes.clock import WallClock

pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler")]

RATE = 60.0
GO_SOURCE = """package main
import ("fmt"; "time")
func main() { fmt.Println(time.Now().Unix()); time.Sleep(30 * time.Second) }
"""


@pytest.fixture
def clock() -> WallClock:
    """A clock that shows a day in 2031 and passes sixty times as fast."""
    return WallClock(1_927_000_000.0, time.monotonic(), RATE)


def variables(clock: WallClock) -> Mapping[str, str]:
    return {**os.environ, **clock_environment(clock, os.environ)}


def date_in(clock: WallClock, *command: str) -> tuple[float, float, float]:
    """The Unix time that a command writes, between those of the clock before and after it."""
    before_s = clock.now_s()
    written = subprocess.run(command, env=variables(clock), capture_output=True, text=True, check=True, timeout=30)
    return before_s, float(written.stdout), clock.now_s()


@contextlib.contextmanager
def started(command: list[str], clock: WallClock) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has said that it is ready; it is killed at the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=variables(clock), stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.parametrize(
    "command",
    [
        "python3",
        pytest.param("node", marks=pytest.mark.needs("node")),
        pytest.param("java", marks=pytest.mark.needs("java")),
        pytest.param("ruby", marks=pytest.mark.needs("ruby")),
        pytest.param("php", marks=pytest.mark.needs("php")),
    ],
)
def test_a_runtime_follows_in_everything_that_is_probed(command: str) -> None:
    program, runtime = runtime_of(Process("", command=(command,), env={}), os.environ)
    assert run_probe(program, runtime, os.environ).followed == tuple(PARTS)


def test_a_runtime_that_keeps_its_own_clock_does_not_follow(tmp_path: Path) -> None:
    """With an environment that the program does not hand on, its child lives in real time."""
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    program, runtime = runtime_of(Process("", command=(str(python),), env={}), os.environ)
    found = run_probe(program, runtime, os.environ)
    assert not found.follows
    assert "timers" in found.sentence


@pytest.mark.needs("go")
def test_a_go_program_does_not_follow_and_is_recognised(tmp_path: Path, clock: WallClock) -> None:
    (tmp_path / "main.go").write_text(GO_SOURCE)
    # With the user's cache: to compile Go's own packages anew takes ten seconds of a processor.
    build = {**os.environ, "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "sync", "main.go"], cwd=tmp_path, env=build, check=True, timeout=300)
    with subprocess.Popen([tmp_path / "sync"], env=variables(clock), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        date_s = float(process.stdout.readline())
        program, why = ignores(process.pid)
        process.kill()
    assert abs(date_s - time.time()) < 60
    assert command_ignores(Process("", command=(str(tmp_path / "sync"),), env={})) == (str(tmp_path / "sync"), GO)
    assert is_static(tmp_path / "sync")
    assert program == str(tmp_path / "sync")
    # One that is linked with the C library would have loaded the clock, and ignore it all the same.
    assert why in (WITHOUT_LIBRARY, GO)


def test_two_processes_that_are_started_apart_agree_on_the_date(clock: WallClock) -> None:
    for _ in range(2):
        before_s, date_s, after_s = date_in(clock, "date", "+%s.%N")
        assert before_s <= date_s <= after_s


def test_a_child_of_a_child_agrees_too(clock: WallClock) -> None:
    script = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', 'import time; print(time.time())'])"
    before_s, date_s, after_s = date_in(clock, sys.executable, "-c", script)
    assert before_s <= date_s <= after_s


def test_the_monotonic_clock_passes_as_fast_as_the_date(clock: WallClock) -> None:
    script = (
        "import time; m, w = time.monotonic(), time.time(); time.sleep(6);"
        "print(abs((time.monotonic() - m) - (time.time() - w)))"
    )
    _, difference_s, _ = date_in(clock, sys.executable, "-c", script)
    assert difference_s < 0.1


def test_a_process_that_was_killed_goes_on_at_the_present(clock: WallClock) -> None:
    command = [sys.executable, "-uc", "import time; print(time.time()); time.sleep(3600)"]
    dates = []
    for _ in range(2):
        with subprocess.Popen(command, env=variables(clock), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            dates.append(float(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
    assert dates[0] < dates[1] <= clock.now_s()


def test_what_was_preloaded_before_stays(clock: WallClock) -> None:
    assert clock_environment(clock, {"LD_PRELOAD": "/lib/other.so"})["LD_PRELOAD"].endswith(".so:/lib/other.so")


def test_without_a_clock_of_its_own_a_process_gets_no_variable() -> None:
    assert clock_environment(None, {}) == {}


def test_a_process_on_the_clock_is_not_reported(clock: WallClock) -> None:
    command = [sys.executable, "-uc", "print('ready'); input()"]
    with started(command, clock) as process:
        assert ignores(process.pid)[1] == ""


def test_a_process_that_cleared_its_environment_is_reported(clock: WallClock) -> None:
    command = ["env", "-i", sys.executable, "-uc", "print('ready'); input()"]
    with started(command, clock) as process:
        assert ignores(process.pid) == (str(Path(sys.executable).resolve()), WITHOUT_LIBRARY)


def test_a_command_with_a_loader_may_live_on_the_clock() -> None:
    assert command_ignores(Process("", command=("{python}", "sync.py"), env={})) == (sys.executable, "")
    assert not is_static(Path(sys.executable))


def test_a_process_that_left_its_session_is_found_by_its_clock(clock: WallClock) -> None:
    command = [sys.executable, "-uc", "import os; os.setsid(); print('ready'); input()"]
    mark = f"GAMEDAY_CLOCK={variables(clock)['GAMEDAY_CLOCK']}".encode()
    with started(command, clock) as process:
        assert processes_on(mark, []) == [process.pid]


def test_a_probe_decides_for_a_stack_that_leaves_it_open() -> None:
    found = stack_clock(StackTable("mine", command=("{python}", "sync.py")), 60)
    assert (found.kind, found.pace) == ("accelerated", 60)


def test_a_script_is_probed_with_the_program_in_its_first_line(tmp_path: Path) -> None:
    script = tmp_path / "sync"
    script.write_text("#!/usr/bin/env python3\n")
    script.chmod(0o755)
    assert (
        runtime_of(Process("", command=("./sync",), env={}, directory=str(tmp_path)), os.environ)[1].language
        == "Python"
    )


def test_without_a_compiler_an_open_stack_is_real_and_the_reason_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(clock_library, "COMPILERS", ("no-such-compiler",))
    clock_library.compiled_library.cache_clear()
    try:
        found = stack_clock(StackTable("mine", command=("{python}",)), 60)
        assert (found.kind, found.pace) == ("real", 1.0)
        assert "apt-get install gcc" in found.why
        with pytest.raises(GamedayError, match="needs a C compiler"):
            stack_clock(StackTable("mine", command=("{python}",), clock="accelerated"), 60)
    finally:
        clock_library.compiled_library.cache_clear()


def test_what_does_not_follow_is_named() -> None:
    found = ProbeResult("Node (/usr/bin/node)", ("wall", "timer", "socket", "child"))
    assert found.sentence == "Node (/usr/bin/node) does not follow a faster clock: locks"


def test_every_runtime_has_its_probe() -> None:
    assert all((Path(clock_library.__file__).with_name("probes") / runtime.probe).is_file() for runtime in RUNTIMES)


def test_a_clock_names_itself() -> None:
    assert StackClock("real", 1.0, "[stack.mine] says so").sentence == "real: [stack.mine] says so"
