"""The rollback log: how to heal each fault, on disk before the fault is injected, so that a crash leaves none active.

``rollback.jsonl`` in the run folder: a first line with the identity of the harness and where it runs, a line for each
rollback entry, and one more when the entry is done. Each entry has a seal, computed with the user's key from the entry
and from machine, boot and user. So a log that came with somebody else's folder, or was changed, causes nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.base.owner import Origin, here, known_keys, sealed, user_key
from gameday.base.process import Identity, identify
from gameday.run.rollback_entries import ELSEWHERE, RollbackEntry

ROLLBACK_FILE = "rollback.jsonl"
#: What older versions called the file. Its entries have no seal, so they are shown and never carried out.
FORMER_FILE = "undo.jsonl"
#: Why an entry of an earlier boot is refused: processes and servers on this machine ended with it.
BEFORE_START = "it was written before this machine was started"


class LogLine(msgspec.Struct, omit_defaults=True):
    """One line of the file: the harness, a rollback entry, or that an entry is done (or forgotten)."""

    id: str = ""
    harness: Identity | None = None
    origin: Origin | None = None
    rollback: RollbackEntry | None = None
    #: What older versions called ``rollback``; only read.
    undo: RollbackEntry | None = None
    seal: str = ""
    done: bool = False
    forgotten: bool = False


class OpenEntry(msgspec.Struct, frozen=True):
    """An entry that was not done; ``refusal`` says in a clause why it must not be carried out, and is empty else."""

    entry: RollbackEntry
    refusal: str = ""


class LogRead(NamedTuple):
    """What a rollback log says: the harness that wrote it, and the entries that it left open, oldest first."""

    harness: Identity | None
    left: dict[str, OpenEntry]


class RollbackLog:
    """The rollback log of a run that is under way. Raises RunError where it cannot be written."""

    def __init__(self, run_dir: Path) -> None:
        self._key = user_key()
        self._open: dict[str, RollbackEntry] = {}
        self._size = 0
        self._torn = False
        self._unnoted = False
        with _in_one_line(run_dir):
            self._file: IO[bytes] = (run_dir / ROLLBACK_FILE).open("ab", buffering=0)
            self._size = os.fstat(self._file.fileno()).st_size
            self._write(LogLine(harness=identify(os.getpid()), origin=here()))
            _sync_folder(run_dir)

    def before(self, key: str, entry: RollbackEntry) -> None:
        """Write an entry; it is on disk when this returns."""
        with _in_one_line(Path(self._file.name).parent):
            self._write(LogLine(id=key, rollback=entry, seal=_seal(self._key, here(), key, entry)))
            os.fsync(self._file.fileno())
        self._open[key] = entry

    def done(self, key: str) -> None:
        """Note that an entry has been done; what cannot be noted is done again by the next command, without harm."""
        if self._open.pop(key, None) is not None:
            try:
                self._write(LogLine(id=key, done=True))
            except OSError:
                self._unnoted = True

    def outstanding(self) -> dict[str, RollbackEntry]:
        """The entries that have not been done, newest first."""
        return dict(reversed(self._open.items()))

    @property
    def settled(self) -> bool:
        """Whether every entry has been done, and the file says so."""
        return not self._open and not self._unnoted

    @property
    def written_by_others(self) -> bool:
        """Whether somebody else has written to the file: the run was stopped, and its faults were healed meanwhile."""
        return not self._torn and os.fstat(self._file.fileno()).st_size != self._size

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: LogLine) -> None:
        # After a line that could not be written whole, a new one begins.
        raw = (b"\n" if self._torn else b"") + msgspec.json.encode(line) + b"\n"
        self._torn = True
        if self._file.write(raw) != len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._torn = False
        self._size += len(raw)


def read(run_dir: Path) -> LogRead:
    """The harness that wrote the log, and the entries that it left open, oldest first.

    A last line that was cut off is ignored.
    """
    harness: Identity | None = None
    origin: Origin | None = None
    left: dict[str, OpenEntry] = {}
    path = log_of(run_dir)
    if not path.exists():
        return LogRead(None, {})
    for raw in path.read_bytes().splitlines():
        try:
            line = json_text.decode(raw, LogLine)
        except json_text.Unreadable:
            continue
        entry = line.rollback or line.undo
        if line.harness is not None:
            harness, origin = line.harness, line.origin
        elif entry is not None:
            left[line.id] = OpenEntry(entry, _refusal(line, entry, origin))
        elif line.done:
            left.pop(line.id, None)
    return LogRead(harness, left)


def note_done(run_dir: Path, keys: list[str], *, forgotten: bool = False) -> str:
    """Note that entries of a run that is over are done; why that was not possible, in a clause, or empty."""
    lines = [b"\n" + msgspec.json.encode(LogLine(id=key, done=True, forgotten=forgotten)) + b"\n" for key in keys]
    try:
        with log_of(run_dir).open("ab", buffering=0) as file:
            file.write(b"".join(lines))
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    return ""


def log_of(run_dir: Path) -> Path:
    """The rollback log of a run folder, under its former name where an older version wrote it."""
    path, former = run_dir / ROLLBACK_FILE, run_dir / FORMER_FILE
    return former if former.exists() and not path.exists() else path


def _seal(key: bytes, origin: Origin, name: str, entry: RollbackEntry) -> str:
    return sealed(key, "rollback", origin.machine, origin.boot, origin.user, name, msgspec.json.encode(entry))


def _refusal(line: LogLine, entry: RollbackEntry, origin: Origin | None) -> str:
    """Why an entry is not carried out, in a clause; empty if this user wrote it here since the machine started."""
    if not line.seal:
        return "it has no seal: an older version or somebody else wrote it"
    for key in known_keys():
        if _seal(key, here(), line.id, entry) == line.seal:
            return ""
        if origin is not None and _seal(key, origin, line.id, entry) == line.seal:
            why = _elsewhere(origin)
            return "" if why == BEFORE_START and isinstance(entry, ELSEWHERE) else why
    return "its seal is not of this user's key"


def _elsewhere(origin: Origin) -> str:
    if origin.machine != here().machine:
        return "it was written on another machine"
    return BEFORE_START if origin.boot != here().boot else "another user wrote it"


@contextlib.contextmanager
def _in_one_line(run_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise RunError(f"cannot write the rollback log in {str(run_dir)!r}: {problem.strerror}") from None


def _sync_folder(folder: Path) -> None:
    """Put the file's name on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
