"""Reads a file of JSON lines while another process appends to it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

#: How much is read at once (bytes): the rest waits for the next call, so that a reader stays responsive.
CHUNK = 1 << 20


class Tail(Generic[T]):
    """The lines of a file that may not be there yet. A line that is no ``kind`` is passed over."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(kind)
        self._read = 0
        self._torn = b""

    def new(self) -> list[T]:
        """The lines that were finished since the last call, up to a limit."""
        try:
            # Opened anew each time, so that nothing is left open whoever goes away.
            with self._path.open("rb", buffering=0) as file:
                file.seek(self._read)
                read = file.read(CHUNK)
        except FileNotFoundError:
            return []
        if not read:
            return []
        self._read += len(read)
        whole, _, self._torn = (self._torn + read).rpartition(b"\n")
        try:
            return self._decoder.decode_lines(whole)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._by_line(whole)

    def _by_line(self, lines: bytes) -> list[T]:
        found = []
        for line in lines.split(b"\n"):
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                found.append(self._decoder.decode(line))
        return found
