"""Game days of tests have room, over all processes of a machine, and the suite gives way to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import commands
from support.commands import RUNNING, at_a_time
from support.room import GIVE_WAY, Room
from support.rows import rows

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {"PYTHONPATH": f"{TESTS}:{':'.join(filter(None, sys.path))}"}
HOLD = """
import sys; from pathlib import Path; from support.room import Room
room = Room(Path(sys.argv[1]), 1)
room.take(1)
print(flush=True)
sys.stdin.read()
"""
ASK = """
import os, sys; from pathlib import Path; from support.commands import gameday, let_commands_go_first
let_commands_go_first()
program = (sys.executable, "-c", "import os; print(os.nice(0))")
print(os.nice(0), *(gameday(each, cwd=Path(), program=program).stdout.strip() for each in ("run", "check")))
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which has every place until it ends."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None and process.stdout.readline()
        yield process
        process.kill()


def test_there_is_room_for_as_many_runs_as_agreed(tmp_path: Path) -> None:
    first, second, third = (Room(tmp_path, 3) for _ in range(3))
    first.take(2)
    # A process has its room once, whatever the number of its commands.
    first.take(2)
    second.take(1)
    with pytest.raises(TimeoutError, match="no room for a game day in 0 s"):
        third.take(1, limit_s=0)
    second.give_back()
    with pytest.raises(TimeoutError):
        third.take(2, limit_s=0)
    # What it had of it until then is free again.
    second.take(1, limit_s=0)
    first.give_back()
    third.take(2, limit_s=0)


def test_more_than_there_is_is_all_of_it(tmp_path: Path) -> None:
    Room(tmp_path, 1).take(2, limit_s=0)


@pytest.mark.slow
def test_places_of_a_process_that_dies_are_free(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    with pytest.raises(TimeoutError):
        Room(tmp_path, 1).take(1, limit_s=0)
    holder.kill()
    holder.wait()
    Room(tmp_path, 1).take(1, limit_s=0)


@rows(
    ("line", "runs"),
    [
        ("run a.feature", 2),
        ("run a.feature --no-control", 1),
        ("run a.feature -j 2", 4),
        ("run a.feature --no-control -j 2 --stack one --stack two", 2),
        ("doctor durable", 1),
        ("repair runs/one", 1),
    ],
)
def test_a_command_asks_for_room_for_what_it_runs_at_a_time(line: str, runs: int) -> None:
    assert at_a_time(line.split()) == runs


def test_no_test_starts_a_game_day_without_waiting() -> None:
    past = re.compile(rf'(GAMEDAY|"gameday"|gameday\.cli"),\s*"({"|".join(sorted(RUNNING))})"')
    modules = [
        path for path in TESTS.rglob("test_*.py") if "subprocess" in (text := path.read_text()) and past.search(text)
    ]
    assert modules == []


@pytest.mark.slow
def test_a_command_that_runs_game_days_does_not_inherit_that_the_tests_give_way(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    own, running, other = map(int, done.stdout.split())
    assert running == os.nice(0)
    assert own == other == min(19, running + GIVE_WAY)


@pytest.mark.slow
def test_a_command_that_has_ended_leaves_its_room_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ROOM", Room(tmp_path, 1))
    nothing = (sys.executable, "-c", "")
    # One that a test has in hand may be followed by another, which must not wait.
    commands.Gameday("run", cwd=tmp_path, program=nothing).wait(commands.LIMIT_S)
    with pytest.raises(TimeoutError):
        Room(tmp_path, 1).take(1, limit_s=0)
    commands.gameday("run", cwd=tmp_path, program=nothing)
    Room(tmp_path, 1).take(1, limit_s=0)
