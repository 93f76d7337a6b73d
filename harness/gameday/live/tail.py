"""Reads a file of JSON lines while another process appends to it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from gameday.base.json_text import DECODER_ERRORS

T = TypeVar("T")

#: How much is read at once (bytes): the rest waits for the next call, so that a reader stays responsive.
CHUNK = 1 << 20


class Decoder(Protocol[T]):
    """Decodes a line, or many; such as msgspec's decoders and ``LineDecoder``."""

    def decode(self, line: bytes, /) -> T:
        """One line."""
        ...

    def decode_lines(self, lines: bytes, /) -> list[T]:
        """Many lines."""
        ...


class Tail(Generic[T]):
    """The lines of a file that may not be there yet. A line that cannot be decoded is skipped."""

    def __init__(self, path: Path, decoder: Decoder[T]) -> None:
        self._path = path
        self._decoder = decoder
        self._read = 0
        self._torn = b""

    def new(self) -> list[T]:
        """The lines that were finished since the last call, up to a limit."""
        try:
            # Opened again each time, so that no file is left open if the reader goes away.
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
        except DECODER_ERRORS:
            return self._by_line(whole)

    def _by_line(self, lines: bytes) -> list[T]:
        found = []
        for line in lines.split(b"\n"):
            with contextlib.suppress(*DECODER_ERRORS):
                found.append(self._decoder.decode(line))
        return found
