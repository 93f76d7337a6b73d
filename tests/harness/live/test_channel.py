"""The commands of operators reach the run that they are meant for, complete and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import RunError
from gameday.live.channel import BegunRuns, Command, Commands, announce, command
from gameday.live.obey import take
from gameday.live.tail import Tail
from gameday.model.history import LineDecoder
from gameday_fakes.clock import Clock

LINE = b'{"process":"x","f":"note","value":{},"outcome":"ok","time_s":1.0,"index":0}\n'


def test_a_run_gets_the_commands_for_itself_and_for_all(tmp_path: Path) -> None:
    for run in ("mine", "", "other"):
        command(tmp_path, Command("note", "Ana", run, run=run))
    assert [asked.text for asked in Commands(tmp_path, "mine").new()] == ["mine", ""]


def test_a_command_is_taken_once(tmp_path: Path) -> None:
    commands = Commands(tmp_path, "mine")
    command(tmp_path, Command("note", "Ana", "a"))
    commands.new()
    command(tmp_path, Command("note", "Ana", "b"))
    assert [asked.text for asked in commands.new()] == ["b"]


def test_without_a_file_there_are_no_commands(tmp_path: Path) -> None:
    assert Commands(tmp_path, "mine").new() == []


def test_a_run_that_begins_is_known_by_its_folder(tmp_path: Path) -> None:
    announce(tmp_path, tmp_path / "run")
    assert BegunRuns(tmp_path).new() == [tmp_path / "run"]


def test_a_line_that_is_being_written_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    tail = Tail(path, LineDecoder())
    line = LINE
    path.write_bytes(line + line[:10])
    first = tail.new()
    path.write_bytes(line + line)
    assert (len(first), len(tail.new())) == (1, 1)


def test_a_line_that_cannot_be_decoded_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"torn": \n' + LINE)
    assert len(Tail(path, LineDecoder()).new()) == 1


def test_a_command_is_recorded_with_the_time_at_which_it_was_given(tmp_path: Path) -> None:
    command(tmp_path, Command("note", "Ana", "a", monotonic_s=107.0))
    written: list[float] = []
    take(Commands(tmp_path, "mine"), Clock(60.0, origin_s=100.0), lambda _, at_s: written.append(at_s))
    assert written == [420.0]


def test_a_stop_is_recorded_and_ends_the_run_with_who_and_why(tmp_path: Path) -> None:
    command(tmp_path, Command("stop", "Ana", "a real incident", monotonic_s=107.0))
    written: list[str] = []
    with pytest.raises(RunError, match="stopped by Ana after 7 min: a real incident"):
        take(Commands(tmp_path, "mine"), Clock(60.0, origin_s=100.0), lambda asked, _: written.append(asked.act))
    assert written == ["stop"]
