"""Processes that the harness starts: distinguished from later ones, and ended with all that they started."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError, RunError
from gameday.base.process import Child, Identity, end_group, end_processes_of, identify, processes_of, start

pytestmark = pytest.mark.slow

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
#: Starts a process in a session of its own, which no signal to the group reaches, and says its pid.
ESCAPES = f"""\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}], start_new_session=True, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(60)
"""


async def started(run_dir: Path, code: str) -> Child:
    """A Python process of a run."""
    return await start("the child", [sys.executable, "-c", code], run_dir / "child.log", env=os.environ, pipes=True)


def test_a_process_is_known_by_pid_and_start_time() -> None:
    own = identify(os.getpid())
    assert own.alive()
    assert not Identity(own.pid, "1").alive()


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    identity = identify(process.pid)
    assert process.stdout is not None
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive()
    process.stdout.close()
    process.wait()


def test_ending_an_ended_process_is_not_an_error() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    identity = identify(process.pid)
    process.wait()
    end_group(identity)


def test_a_command_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot start the sync: 'no-such-command': No such file.*stack's table"):
        asyncio.run(start("the sync", ["no-such-command"], tmp_path / "log", env={}))


def test_a_process_that_ends_before_it_is_ready_has_its_last_words_reported(tmp_path: Path) -> None:
    async def attempt() -> None:
        child = await started(tmp_path, "import sys; sys.exit('the licence has expired')")
        try:
            await child.ready_line(30)
        finally:
            await child.end()

    with pytest.raises(RunError, match="the child ended with exit code 1: the licence has expired"):
        asyncio.run(attempt())


def test_a_process_that_ignores_its_end_is_killed(tmp_path: Path) -> None:
    async def attempt() -> int | None:
        child = await started(tmp_path, SLEEPS)
        await child.ready_line(30)
        await child.end(grace_s=0.01)
        return child.process.returncode

    assert asyncio.run(attempt()) == -signal.SIGKILL


def test_a_process_that_left_its_group_is_found_by_its_run(tmp_path: Path) -> None:
    async def attempt() -> tuple[set[int], set[int]]:
        child = await started(tmp_path, ESCAPES)
        escaped = int(await child.ready_line(30))
        await child.end(grace_s=0.01)
        found = {identity.pid for identity in processes_of(str(tmp_path))}
        end_processes_of(str(tmp_path))
        return found, {escaped}

    found, escaped = asyncio.run(attempt())
    assert found == escaped
    assert processes_of(str(tmp_path)) == []


def test_the_processes_of_another_run_are_left_alone(tmp_path: Path) -> None:
    async def attempt() -> bool:
        (tmp_path / "one").mkdir()
        child = await started(tmp_path / "one", SLEEPS)
        await child.ready_line(30)
        end_processes_of(str(tmp_path))
        end_processes_of(str(tmp_path / "on"))
        lives = child.identity.alive()
        await child.end(grace_s=0.01)
        return lives

    assert asyncio.run(attempt())


def test_a_cancellation_waits_for_the_ending() -> None:
    steps: list[str] = []

    async def ending() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        steps.append("ended")

    async def cancelled_twice(act: Callable[[], Coroutine[None, None, None]]) -> None:
        task = asyncio.create_task(finish(act()))
        for _ in range(2):
            await asyncio.sleep(0)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        steps.append("cancelled")

    asyncio.run(cancelled_twice(ending))
    assert steps == ["ended", "cancelled"]


def test_an_ending_that_fails_says_so() -> None:
    async def ending() -> None:
        raise GamedayError("the fakes did not answer")

    with pytest.raises(GamedayError, match="the fakes did not answer"):
        asyncio.run(finish(ending()))
