"""Reads the lines of a file, plain or gzip, in bounded memory whatever its content."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from gameday.base.errors import GamedayError
from gameday.records.record import Progress, Rejected

#: A longer line is rejected and never held in memory.
LONGEST_LINE = 1024 * 1024

Line = tuple[int, bytes]

_BLOCK = 256 * 1024
_LINES_PER_PROGRESS = 4096
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\xff\xfe\x00\x00": "UTF-32"}
_HEAD = 4096
_ZIP = b"PK\x03\x04"
_ZERO_SHARE = 8
_NEWLINE = ord("\n")


def read_lines(path: Path, progress: Progress | None = None) -> Iterator[Line | Rejected]:
    """Each line with its number from 1, its line end and a byte order mark removed; too long ones are rejected.

    Raises GamedayError if the file cannot be opened or is not UTF-8 text at all.
    """
    try:
        with path.open("rb", buffering=_BLOCK) as raw:
            size = path.stat().st_size
            yield from _lines(path, raw, size, progress)
            if progress:
                progress(size, size)
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror or problem}") from None


def _lines(path: Path, raw: IO[bytes], size: int, progress: Progress | None) -> Iterator[Line | Rejected]:
    is_gzip = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    text: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=raw), _BLOCK) if is_gzip else raw
    number = 0
    try:
        _check_head(path, text)
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE + 1), b""), start=1):
            if progress and number % _LINES_PER_PROGRESS == 0:
                progress(raw.tell(), size)
            if line[-1] == _NEWLINE or len(line) <= LONGEST_LINE:
                yield number, line.rstrip(b"\r\n")
            else:
                _skip_line(text)
                yield Rejected(number, f"longer than {LONGEST_LINE} bytes")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield Rejected(number + 1, "the compressed file is cut short or broken here; nothing after it can be read")


def _check_head(path: Path, text: IO[bytes]) -> None:
    """Leaves the file after its byte order mark."""
    head = text.read(_HEAD)
    for mark, encoding in _OTHER_ENCODINGS.items():
        if head.startswith(mark):
            raise GamedayError(f"{path} is {encoding}, not UTF-8", hint="save it as UTF-8")
    if head.startswith(_ZIP):
        raise GamedayError(f"{path} is a ZIP archive, such as a workbook of Excel", hint="save it as CSV in UTF-8")
    if head.count(0) > len(head) // _ZERO_SHARE:
        raise GamedayError(f"{path} is not text in UTF-8: it is full of zero bytes", hint="it may be UTF-16")
    text.seek(len(_BOM) if head.startswith(_BOM) else 0)


def _skip_line(text: IO[bytes]) -> None:
    while (part := text.readline(_BLOCK)) and part[-1] != _NEWLINE:
        pass
