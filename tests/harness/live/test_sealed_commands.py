"""Commands to the runs of a folder: only their user's own, of this folder, machine and boot, and only new ones."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import msgspec
import pytest

from gameday.base import owner
from gameday.live.channel import COMMANDS_FILE, Command
from gameday.live.sealed_commands import NOT_SEALED, SealedCommand, SealedCommands, ask


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's key of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "state"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def texts(commands: SealedCommands) -> list[str]:
    return [asked.text for asked in commands.new()]


def test_a_run_hears_what_is_asked_of_it_and_of_all(runs: Path) -> None:
    commands = SealedCommands(runs, "mine", 0.0)
    for run, text in (("mine", "a"), ("", "b"), ("other", "c")):
        ask(runs, Command("stop", "Ana", text, run))
    assert texts(commands) == ["a", "b"]


def test_a_command_is_taken_once(runs: Path) -> None:
    commands = SealedCommands(runs, "mine", 0.0)
    ask(runs, Command("stop", "Ana", "a"))
    commands.new()
    assert texts(commands) == []


def test_what_was_asked_before_the_session_began_stops_nothing(runs: Path) -> None:
    ask(runs, Command("stop", "Ana", "yesterday"))
    assert texts(SealedCommands(runs, "mine", time.monotonic())) == []


def test_a_command_of_the_future_stops_nothing(runs: Path) -> None:
    ask(runs, Command("stop", "Ana", "a", monotonic_s=time.monotonic() + 3600))
    assert texts(SealedCommands(runs, "mine", 0.0)) == []


@pytest.mark.parametrize("seal", ["", "0" * 64, "no seal"])
def test_a_line_without_the_seal_of_this_user_is_noted_once_and_stops_nothing(runs: Path, seal: str) -> None:
    line = msgspec.json.encode(SealedCommand(Command("stop", "Eve", "ha"), seal)) + b"\n"
    (runs / COMMANDS_FILE).write_bytes(line + line)
    found = SealedCommands(runs, "mine", 0.0).new()
    assert [(each.act, each.by, each.text) for each in found] == [("note", "", NOT_SEALED)]


def test_a_changed_command_stops_nothing(runs: Path) -> None:
    ask(runs, Command("confirm", "Ana", "a"))
    path = runs / COMMANDS_FILE
    path.write_bytes(path.read_bytes().replace(b"confirm", b"stop"))
    assert texts(SealedCommands(runs, "mine", 0.0)) == [NOT_SEALED]


def test_a_copied_folder_stops_nothing(runs: Path, tmp_path: Path) -> None:
    ask(runs, Command("stop", "Ana", "a"))
    shutil.copytree(runs, tmp_path / "copy")
    assert texts(SealedCommands(tmp_path / "copy", "mine", 0.0)) == [NOT_SEALED]


@pytest.mark.parametrize("part", ["machine", "boot", "user"])
def test_a_command_of_another_machine_boot_or_user_stops_nothing(
    runs: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(runs, Command("stop", "Ana", "a"))
    other = msgspec.structs.replace(owner.here(), **{part: "other"})
    monkeypatch.setattr("gameday.live.sealed_commands.here", lambda: other)
    assert texts(SealedCommands(runs, "mine", 0.0)) == [NOT_SEALED]


def test_another_users_key_stops_nothing(runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask(runs, Command("stop", "Ana", "a"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    owner.user_key()
    assert texts(SealedCommands(runs, "mine", 0.0)) == [NOT_SEALED]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\n", b"[]\n", b'{"command": {"act": "format"}}\n'])
def test_a_file_that_is_none_stops_nothing(runs: Path, content: bytes) -> None:
    (runs / COMMANDS_FILE).write_bytes(content)
    assert texts(SealedCommands(runs, "mine", 0.0)) == []


def test_a_folder_in_its_place_stops_nothing(runs: Path) -> None:
    (runs / COMMANDS_FILE).mkdir()
    assert texts(SealedCommands(runs, "mine", 0.0)) == []
