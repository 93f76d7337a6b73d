"""A recording: a folder with redacted records and a file that describes them."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError

RECORDS_FILE = "records.jsonl"
RECORDING_FILE = "recording.json"
FORMAT = 1

_PARTIAL = ".partial"
_MAX_BYTES = 16 * 1024 * 1024


class StratumShown(msgspec.Struct, frozen=True):
    """How many records of one kind were seen and kept. Values of redacted fields are pseudonyms."""

    dimension: str
    value: str
    seen: int
    kept: int


class Redaction(msgspec.Struct, frozen=True):
    """How the records were redacted: see gameday.records.redaction.report.

    ``lasting_key``: other recordings with the same key can be joined with this one.
    """

    fields: dict[str, str] = {}
    misfits: dict[str, int] = {}
    unhidden: dict[str, int] = {}
    dropped: dict[str, int] = {}
    dropped_names: list[str] = []
    lasting_key: bool = False


class About(msgspec.Struct, frozen=True, kw_only=True):
    """``recording.json``. ``source``: ``file``, ``proxy`` or the vendor that was asked.

    ``seen`` counts all records, ``kept`` those in ``records.jsonl``, of which ``random`` are a simple random sample;
    ``effect`` is the smallest share of broken records that it shows (gameday.capture.sampling). ``rejected``: by
    reason, how many. ``passed_over``: by reason, how much was seen that is not a record. ``recorded_at``: ISO 8601,
    UTC.
    """

    format: int = FORMAT
    flow: str
    contract_version: str
    contract_digest: str
    source: str
    recorded_at: str
    seed: int
    seen: int
    kept: int
    random: int
    effect: float
    rejected: dict[str, int] = {}
    passed_over: dict[str, int] = {}
    strata: tuple[StratumShown, ...] = ()
    redaction: Redaction = Redaction()
    records_digest: str = ""


class Recording(msgspec.Struct, frozen=True):
    """A recording and where it is."""

    folder: Path
    about: About

    @property
    def size(self) -> int:
        """How many records it has."""
        return self.about.kept

    @property
    def records_path(self) -> Path:
        """The file of the records, JSON lines."""
        return self.folder / RECORDS_FILE


def holds_recording(folder: Path) -> bool:
    """Whether the folder has a recording, or a part of one."""
    return any((folder / name).exists() for name in (RECORDING_FILE, RECORDS_FILE))


def free_folder(folder: Path) -> Path:
    """The folder, or the next free one beside it if it holds a recording: ``latest-2``, ``latest-3``."""
    beside = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([folder], beside) if not holds_recording(each))


def write_recording(folder: Path, about: About, records: Iterable[bytes]) -> Recording:
    """Write redacted records, each a JSON object without a line break, and then their description.

    The files are readable by their owner only. They get their names when they are complete, ``recording.json`` last;
    if writing fails, nothing is left. Raises GamedayError if the folder holds a recording or cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if holds_recording(folder):
            raise GamedayError(f"{str(folder)!r} holds a recording already", hint="name another folder with --out")
        digest, kept = hashlib.sha256(), 0
        with _complete_or_absent(folder / RECORDS_FILE) as file:
            for record in records:
                line = record + b"\n"
                digest.update(line)
                file.write(line)
                kept += 1
        about = msgspec.structs.replace(about, kept=kept, records_digest=digest.hexdigest())
        with _complete_or_absent(folder / RECORDING_FILE) as file:
            file.write(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
    except OSError as problem:
        raise GamedayError(f"cannot write the recording {str(folder)!r}: {problem.strerror}") from None
    return Recording(folder, about)


@contextlib.contextmanager
def _complete_or_absent(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is complete; if writing fails, it is deleted."""
    partial = path.with_name(path.name + _PARTIAL)
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def load_recording(folder: Path) -> Recording:
    """Read a recording and check that its records have not changed.

    Raises GamedayError that names the folder and the problem.
    """
    hint = "make one with: gameday record"
    try:
        with (folder / RECORDING_FILE).open("rb") as file:
            data = file.read(_MAX_BYTES)
        with (folder / RECORDS_FILE).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        missing = Path(str(problem.filename)).name
        raise GamedayError(f"{str(folder)!r} is not a recording: {missing}: {problem.strerror}", hint=hint) from None
    try:
        about = json_text.decode(data, About)
    except json_text.Unreadable as problem:
        raise GamedayError(f"{folder / RECORDING_FILE} is not a recording: {problem}", hint=hint) from None
    if about.format != FORMAT:
        raise GamedayError(f"{folder / RECORDING_FILE} has format {about.format}; known: {FORMAT}")
    if about.records_digest != digest:
        raise GamedayError(f"{folder / RECORDS_FILE} has changed since it was recorded: its digest differs", hint=hint)
    return Recording(folder, about)
