"""Commands to the runs of a folder without a live board: ``commands.jsonl`` in it, which is only appended to.

Each line has a seal, computed with the user's key from the command, the folder, machine, boot and user, as a rollback
entry has. So only the user who started a run can stop it, and a folder that came from somebody else stops nothing.
"""

from __future__ import annotations

import contextlib
import hmac
import time
from pathlib import Path

import msgspec

from gameday.base.owner import here, known_keys, sealed, user_key
from gameday.live.channel import COMMANDS_FILE, Command, append
from gameday.live.tail import Tail

NOT_SEALED = f"a line of {COMMANDS_FILE} is not sealed by this user, here, since the machine was started: ignored"


class SealedCommand(msgspec.Struct, frozen=True):
    """A line of the file."""

    command: Command
    seal: str = ""


def ask(runs_dir: Path, command: Command) -> None:
    """Ask something of one run of a folder, or of all. Raises GamedayError without a key, OSError."""
    append(runs_dir / COMMANDS_FILE, SealedCommand(command, _seal(user_key(), runs_dir, command)))


class SealedCommands:
    """What is asked of one run of a folder since a moment (``monotonic_s``); with an empty ``run`` only of all runs.

    In place of a line without its seal comes a note that says so, once.
    """

    def __init__(self, runs_dir: Path, run: str, since_s: float) -> None:
        self._runs_dir = runs_dir
        self._file = runs_dir / COMMANDS_FILE
        self._tail = Tail(self._file, msgspec.json.Decoder(SealedCommand))
        self._run = run
        self._since_s = since_s
        self._noted = False

    def new(self) -> list[Command]:
        """What was asked since the last call."""
        found = []
        for line in self._lines():
            asked = line.command
            if asked.run not in ("", self._run) or not self._since_s <= asked.monotonic_s <= time.monotonic():
                continue
            if any(hmac.compare_digest(_seal(key, self._runs_dir, asked), line.seal) for key in known_keys()):
                found.append(asked)
            elif not self._noted:
                self._noted = True
                found.append(Command("note", "", NOT_SEALED))
        return found

    def _lines(self) -> list[SealedCommand]:
        """What was appended; nothing of a file that this user cannot read, or that is none."""
        with contextlib.suppress(OSError):
            return self._tail.new() if self._file.is_file() else []
        return []


def _seal(key: bytes, runs_dir: Path, command: Command) -> str:
    origin = here()
    where = (origin.machine, origin.boot, origin.user, str(runs_dir.resolve()))
    return sealed(key, "command", *where, msgspec.json.encode(command))
