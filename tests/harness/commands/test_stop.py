"""`gameday stop` and `gameday confirm`: what they ask, and what they say where nothing is under way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gameday.base.errors import GamedayError
from gameday.commands import stop as module
from gameday.commands.stop import confirm, stop
from gameday.live.sealed_commands import SealedCommands
from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import EndProcessesOf, HealFake
from support.commands import AS_BELOW_GAMEDAY


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's key of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def going(runs: Path, name: str) -> RollbackLog:
    """A run that is under way: its harness is this process."""
    (runs / name).mkdir()
    log = RollbackLog(runs / name)
    log.before("processes", EndProcessesOf(str(runs / name)))
    return log


def call(command: Any, runs: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    result = CliRunner().invoke(command, ["--runs", str(runs), *arguments], standalone_mode=False, **AS_BELOW_GAMEDAY)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout, result.stderr


def test_where_nothing_is_under_way_a_stop_says_so(runs: Path, tmp_path: Path) -> None:
    assert call(stop, runs)[:2] == (
        0,
        f"no run is under way in {runs}; no further scenario of a game day there begins\n",
    )
    assert call(stop, tmp_path / "none")[:2] == (0, f"no run is under way in {tmp_path / 'none'}\n")


def test_a_run_that_does_not_end_is_named_with_its_faults(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "END_S", 0.0)
    log = going(runs, "day")
    log.before("0-record-lock", HealFake("http://127.0.0.1:9", "netsuite", "0-record-lock"))
    code, _, errors = call(stop, runs, "--by", "Ana", "--why", "enough")
    log.close()
    assert code == 3
    assert errors.startswith("NOT STOPPED: day: 0-record-lock active after 0 s")
    (asked,) = SealedCommands(runs, "day", 0.0).new()
    assert (asked.act, asked.by, asked.text) == ("stop", "Ana", "enough")


@pytest.mark.parametrize("named", ["two", "folder"])
def test_one_run_is_named_by_its_name_or_its_folder(runs: Path, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "END_S", 0.0)
    logs = [going(runs, name) for name in ("one", "two")]
    call(stop, runs, str(runs / "two") if named == "folder" else named)
    for log in logs:
        log.close()
    assert SealedCommands(runs, "one", 0.0).new() == []
    assert [asked.run for asked in SealedCommands(runs, "two", 0.0).new()] == ["two"]


def test_a_run_that_has_ended_is_stopped(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = going(runs, "day")
    monkeypatch.setattr("gameday.run.stopping.ask", lambda *_: log.done("processes"))
    assert call(stop, runs)[:2] == (0, "day: stopped, every fault is healed\n")
    log.close()


def test_an_unknown_run_is_one_line_with_those_under_way(runs: Path) -> None:
    log = going(runs, "day")
    with pytest.raises(GamedayError, match=r"unknown run 'dya' in .*; known: day \(did you mean 'day'\?"):
        call(stop, runs, "dya")
    log.close()


def test_a_run_is_confirmed(runs: Path) -> None:
    log = going(runs, "day")
    assert call(confirm, runs, "--by", "Ana")[:2] == (0, "day: confirmed\n")
    log.close()
    assert [(asked.act, asked.by) for asked in SealedCommands(runs, "day", 0.0).new()] == [("confirm", "Ana")]


def test_where_nothing_is_under_way_nothing_can_be_confirmed(runs: Path) -> None:
    with pytest.raises(GamedayError, match="no run is under way"):
        call(confirm, runs)


def test_a_folder_that_cannot_be_written_is_one_line(runs: Path) -> None:
    if os.getuid() == 0:
        (runs / "commands.jsonl").mkdir()
    else:
        runs.chmod(0o500)
    with pytest.raises(GamedayError, match="cannot ask the runs"):
        call(stop, runs)
