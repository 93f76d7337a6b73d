"""How the live board and the runs talk: a folder of the session with two files that are only appended to.

``runs.jsonl``: each run, written by the process that carries it out, when it begins. ``commands.jsonl``: what operators
ask of a run. The run itself writes a command into its history, so that the history's indexes stay consecutive.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from gameday.live.tail import Tail

RUNS_FILE = "runs.jsonl"
COMMANDS_FILE = "commands.jsonl"


class Begun(msgspec.Struct, frozen=True):
    """A run that has begun, by its folder."""

    run_dir: str


class Command(msgspec.Struct, frozen=True):
    """What an operator asks for.

    ``run`` is the name of the run's folder; empty means every run of the session, also those that have not begun.
    ``monotonic_s`` is when it was asked, on the clock that all processes of a machine share.
    """

    act: Literal["note", "reveal", "acknowledge", "confirm", "stop"]
    by: str
    text: str = ""
    run: str = ""
    monotonic_s: float = msgspec.field(default_factory=time.monotonic)


def announce(folder: Path, run_dir: Path) -> None:
    """Tell the board that a run begins."""
    append(folder / RUNS_FILE, Begun(str(run_dir)))


def command(folder: Path, asked: Command) -> None:
    """Ask something of one run or of all."""
    append(folder / COMMANDS_FILE, asked)


def append(path: Path, line: msgspec.Struct) -> None:
    """Append a line in one write, so that those of several processes do not mix."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(line) + b"\n")
    finally:
        os.close(descriptor)


class BegunRuns:
    """The runs of a session, as they begin."""

    def __init__(self, folder: Path) -> None:
        self._tail = Tail(folder / RUNS_FILE, msgspec.json.Decoder(Begun))

    def new(self) -> list[Path]:
        """Those that began since the last call."""
        return [Path(begun.run_dir) for begun in self._tail.new()]


class Asked(Protocol):
    """Where commands come from."""

    def new(self) -> list[Command]:
        """What was asked since the last call."""
        ...


class Commands:
    """What operators ask of one run; with an empty ``run`` only what is asked of every run."""

    def __init__(self, folder: Path, run: str) -> None:
        self._tail = Tail(folder / COMMANDS_FILE, msgspec.json.Decoder(Command))
        self._run = run

    def new(self) -> list[Command]:
        """What was asked since the last call; the first call starts at the beginning of the session."""
        return [asked for asked in self._tail.new() if asked.run in ("", self._run)]
