"""A harness is killed at any moment: after one `gameday heal` no fault is active and no process of the run lives."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from gameday.base.process import Identity, identify, processes_of
from gameday.model.history import History
from gameday.run.rollback import read
from support.commands import ANEW, Gameday, gameday
from support.control import NO_AUTHORITY, ControlToken
from support.kills import FEATURE
from support.thorough import thorough

pytestmark = pytest.mark.slow

#: A worker of `gameday run` without the planning before it: runs one scenario.
HARNESS = """\
import sys
from pathlib import Path
import msgspec
from gameday.run.runner import run_scenario
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings
scenario = msgspec.json.decode(Path("scenario.json").read_bytes(), type=Scenario)
settings = Settings(pace=float(sys.argv[1]), runs_dir="runs", config="gameday.toml", control=False)
run_scenario(scenario, "durable", settings)
"""
#: Slow enough that a fault is seen by who asks every fake for it, on a busy machine too.
PACE = "20"
RUN = ("run", "some.feature", "--stack", "durable", "--no-control", "--pace", PACE)
LIMIT_S = 60.0
INTERRUPTED = 130
#: About how many lines a run of the feature writes to its rollback log and its history.
LINES = 90
_RANDOM = random.Random(20)
#: Kill this many seconds after so many lines were written. `make kill-campaign` has a thousand such moments.
MOMENTS = sorted((_RANDOM.randrange(LINES), round(_RANDOM.uniform(0, 0.05), 3)) for _ in range(20 if thorough() else 4))


class Ground(NamedTuple):
    """A folder with a feature and a configuration, and fakes that outlive any harness."""

    folder: Path
    control: str
    token: str

    def start(self, *options: str) -> Gameday:
        """The command, in a process group of its own with its workers, and no child of a process that goes on."""
        return Gameday(*RUN, *options, cwd=self.folder, program=ANEW)

    def harness(self, pace: str = PACE) -> Gameday:
        """The same without the command and the planning before it."""
        return Gameday(pace, cwd=self.folder, code=HARNESS)

    def run_dirs(self) -> list[Path]:
        """The folders of the runs so far."""
        return [path.parent for path in (self.folder / "runs").glob("*/rollback.jsonl")]

    def lines(self) -> int:
        """How many lines the runs have written so far."""
        count = 0
        for run_dir in self.run_dirs():
            for name in ("rollback.jsonl", "history.jsonl"):
                path = run_dir / name
                count += path.read_bytes().count(b"\n") if path.exists() else 0
        return count

    def wait_for(self, condition: Callable[[], bool], process: Gameday) -> None:
        """Wait until a condition holds or the process has ended."""
        deadline_s = time.monotonic() + LIMIT_S
        while process.poll() is None and not condition():
            assert time.monotonic() < deadline_s, process.said()
            time.sleep(0.005)

    def faults(self) -> dict[str, object]:
        """The active faults, by fake."""
        token = ControlToken(self.control, self.token)
        with httpx.Client(base_url=self.control, auth=token, verify=NO_AUTHORITY, trust_env=False) as client:
            fakes = client.get("/health").json()["fakes"]
            found = {fake: client.get(f"/{fake}/faults").json() for fake in fakes}
        return {fake: active for fake, active in found.items() if active}

    def heal(self) -> None:
        """`gameday heal`."""
        gameday("heal", cwd=self.folder, timeout=LIMIT_S).check_returncode()

    def assert_healed(self) -> None:
        """No fault is active, no process lives, no rollback entry is open, and every history can be read."""
        assert self.run_dirs()
        assert self.faults() == {}
        for run_dir in self.run_dirs():
            assert read(run_dir).left == {}
            assert processes_of(str(run_dir)) == []
            History.read(run_dir / "history.jsonl")


@pytest.fixture
def control() -> Iterator[tuple[str, str]]:
    """The control plane of fakes that no harness started, and its token.

    Of each test its own: a harness that was killed keeps fakes for some seconds, in which no other can use them.
    """
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as fakes:
        assert fakes.stdout is not None
        ready = json.loads(fakes.stdout.readline())
        yield ready["control"], ready["token"]
        # They end with their standard input, which closes here.


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The feature's scenario, planned once for all."""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "some.feature").write_text(FEATURE)
    planned = gameday("plan", "some.feature", "--json", cwd=folder, timeout=LIMIT_S)
    planned.check_returncode()
    return planned.stdout.encode()


@pytest.fixture
def ground(tmp_path: Path, control: tuple[str, str], scenario: bytes, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """A new folder for each test."""
    monkeypatch.setenv("GAMEDAY_FAKES_TOKEN", control[1])
    (tmp_path / "some.feature").write_text(FEATURE)
    (tmp_path / "scenario.json").write_bytes(scenario)
    (tmp_path / "gameday.toml").write_text(f'[fakes]\ncontrol = "{control[0]}"\n')
    return Ground(tmp_path, *control)


@pytest.mark.parametrize(("lines", "later_s"), MOMENTS)
def test_after_a_kill_at_any_moment_heal_leaves_nothing_active(ground: Ground, lines: int, later_s: float) -> None:
    process = ground.harness("120")
    try:
        ground.wait_for(lambda: ground.lines() > lines, process)
        time.sleep(later_s)
    finally:
        _kill_group(process)
    ground.heal()
    ground.assert_healed()


def test_after_a_kill_of_the_command_and_its_workers_heal_leaves_nothing_active(ground: Ground) -> None:
    process = ground.start()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
    finally:
        _kill_group(process)
    ground.heal()
    ground.assert_healed()


def test_the_workers_of_a_killed_command_end_and_heal_leaves_nothing_active(ground: Ground) -> None:
    process = ground.start()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
        process.kill()
        process.wait()
        _wait_for_end(process.pid)
    finally:
        _kill_group(process)
    ground.heal()
    ground.assert_healed()


def test_a_killed_command_takes_its_workers_with_it_and_they_heal_everything(ground: Ground) -> None:
    process = ground.start("--no-isolation")
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
        process.kill()
        process.wait()
        _wait_for_end(process.pid)
    finally:
        _kill_group(process)
    ground.assert_healed()


def test_after_a_closed_terminal_the_command_and_its_workers_heal_and_end(ground: Ground) -> None:
    process = ground.start()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
        os.killpg(process.pid, signal.SIGHUP)
        assert process.wait(LIMIT_S) == INTERRUPTED
        _wait_for_end(process.pid)
    finally:
        _kill_group(process)
    ground.assert_healed()


def test_the_fakes_heal_the_faults_of_a_run_that_is_stopped(ground: Ground) -> None:
    process = ground.harness()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
        os.killpg(process.pid, signal.SIGSTOP)
        ground.wait_for(lambda: not ground.faults(), process)
        # It goes on, and has no result: it did not have the faults that it says.
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(LIMIT_S) != 0
    finally:
        _kill_group(process)
    # The harness finds out by its own clock, or the fakes say it.
    assert re.search("expired before its time|stopped for so long", "".join(process.said()))
    ground.heal()
    ground.assert_healed()


def test_a_kill_leaves_nothing_even_if_no_command_follows(ground: Ground) -> None:
    process = ground.harness()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
    finally:
        _kill_group(process)
    deadline_s = time.monotonic() + LIMIT_S
    while any(read(run_dir).left for run_dir in ground.run_dirs()):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    ground.assert_healed()


def test_the_next_run_heals_what_the_last_one_left_active(ground: Ground) -> None:
    process = ground.harness()
    try:
        ground.wait_for(lambda: bool(ground.faults()), process)
    finally:
        _kill_group(process)
    # It ends before it has begun anything of its own.
    gameday("run", "nowhere", cwd=ground.folder, timeout=LIMIT_S)
    ground.assert_healed()


def _kill_group(process: Gameday) -> None:
    """Kill the command and its workers at once, and wait until none of them is left."""
    for identity in _group(process.pid):
        os.kill(identity.pid, signal.SIGKILL)
    process.wait()
    _wait_for_end(process.pid)


def _wait_for_end(group: int) -> None:
    """Wait until no process of the group is left."""
    deadline_s = time.monotonic() + LIMIT_S
    while left := _group(group):
        assert time.monotonic() < deadline_s, left
        time.sleep(0.02)


def _group(group: int) -> list[Identity]:
    """The living processes of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        identity = identify(int(path.name))
        try:
            if os.getpgid(identity.pid) == group and identity.alive():
                found.append(identity)
        except ProcessLookupError:
            continue
    return found
