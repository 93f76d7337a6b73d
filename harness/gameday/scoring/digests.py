"""The digests of a folder's records: of whole files, and of a history as far as it has been written.

A record is a regular file. A link, a pipe or a device in its place is none, whatever it leads to.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from gameday.base.errors import GamedayError

#: A history has a mark after each so many lines, to find the part that was altered.
MARK_LINES = 1000
_CHUNK_BYTES = 1024 * 1024


class Digest(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first ``size`` bytes of a file: SHA-256 in hexadecimal; of a history also its lines and marks.

    ``marks`` are the digests of the file up to the end of each 1,000th line. As each covers everything before it, they
    are a chain: no line can be cut, added, changed or moved without changing the last digest.
    """

    size: int
    sha256: str
    lines: int = 0
    marks: tuple[str, ...] = ()


class Growing:
    """The digest of a history while it grows: each call reads only what is new, and only whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._size = self._lines = 0
        self._marks: list[str] = []

    def digest(self, lines: int | None = None) -> Digest:
        """Of the whole lines up to now; of the first ``lines`` at most."""
        with open_record(self._path) as file:
            file.seek(self._size)
            for line in file:
                if not line.endswith(b"\n") or self._lines == lines:
                    break
                self._add(line)
        return Digest(self._size, self._hash.hexdigest(), self._lines, tuple(self._marks))

    def _add(self, line: bytes) -> None:
        self._hash.update(line)
        self._size += len(line)
        self._lines += 1
        if self._lines % MARK_LINES == 0:
            self._marks.append(self._hash.hexdigest())


def digest_of(path: Path) -> Digest:
    """The digest of a whole file; of one that is no history without lines and marks. Raises GamedayError."""
    if path.suffix == ".jsonl":
        found = Growing(path).digest()
        # A last line that is torn belongs to the record as well: nothing may be added to it.
        return found if found.size == path.lstat().st_size else _plain(path)
    return _plain(path)


def difference(path: Path, sealed: Digest, *, growing: bool = False) -> str:
    """How a file differs from its digest, in one clause; empty if it does not. ``growing``: more may follow."""
    try:
        with open_record(path) as file:
            size = os.fstat(file.fileno()).st_size
        if size < sealed.size:
            return f"{path.name} is shorter than it was"
        if size > sealed.size and not growing:
            return f"something was added to {path.name}"
        if _plain(path, sealed.size).sha256 == sealed.sha256:
            return ""
    except (GamedayError, OSError) as problem:
        return f"{path.name} is missing" if isinstance(problem, FileNotFoundError) else str(problem)
    return _place(path, sealed)


def _place(path: Path, sealed: Digest) -> str:
    """Where a changed file differs first, as far as its marks say."""
    if not sealed.marks:
        return f"{path.name} was changed"
    found = Growing(path).digest(sealed.lines).marks
    same = next((n for n, (one, other) in enumerate(zip(found, sealed.marks, strict=False)) if one != other), None)
    first = (len(sealed.marks) if same is None else same) * MARK_LINES + 1
    return f"{path.name} was changed, first between the lines {first:,} and {first + MARK_LINES - 1:,}"


def open_record(path: Path) -> IO[bytes]:
    """A record, opened to be read. Raises GamedayError if it is no regular file, or cannot be read."""
    try:
        # Neither follow a link nor wait at a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as problem:
        why = "is a link" if path.is_symlink() else f"cannot be read: {problem.strerror}"
        raise GamedayError(f"{path.name} {why}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise GamedayError(f"{path.name} is no regular file")
    return os.fdopen(descriptor, "rb")


def _plain(path: Path, size: int | None = None) -> Digest:
    """The digest of the first ``size`` bytes, or of all."""
    found, read = hashlib.sha256(), 0
    with open_record(path) as file:
        for chunk in _chunks(file, size):
            found.update(chunk)
            read += len(chunk)
    return Digest(read, found.hexdigest())


def _chunks(file: IO[bytes], size: int | None) -> Iterator[bytes]:
    left = size
    while chunk := file.read(_CHUNK_BYTES if left is None else min(_CHUNK_BYTES, left)):
        left = None if left is None else left - len(chunk)
        yield chunk
