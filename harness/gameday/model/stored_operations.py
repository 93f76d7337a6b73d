"""The operations of a long history, left in their file: an index in memory, and each read decodes what it asks for.

A decoded operation takes five times the memory of its line. So of a file of gigabytes only the place of each line is
kept, in six to twelve bytes, by the kind of its event and the outcome; a reader that asks for some decodes their
lines alone.
"""

from __future__ import annotations

import bisect
import copy
import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from gameday.base.errors import GamedayError
from gameday.base.json_text import Unreadable

#: About how much of the file is decoded at a time: what becomes of it fits into the cache of a processor.
BLOCK_BYTES = 64 * 1024
#: The longest line whose length takes two bytes.
_MOST_SHORT = 0xFFFF
_TO_CHANGED = "it has changed since it was first read"

Decode = Callable[[bytes], list[Any]]
Look = Callable[[bytes], Sequence[Any]]
#: The kind of an event, and the outcome.
_Key = tuple[type, str]
_Place = tuple[int, int]
#: Where lines begin, and how long they are.
_Places = tuple["array[int]", "array[int]"]


class StoredOperations:
    """The operations of a file. ``kinds`` are the classes of its events, in order of their first appearance."""

    def __init__(
        self, path: Path, look: Look, decode: Decode, collectors: Sequence[Any] = (), *, end: int | None = None
    ) -> None:
        """Read the file once, up to ``end``; ``look`` gives the event and the outcome of each line.

        ``collectors`` are given those of their kinds. ``decode`` turns lines that were looked at into operations. The
        errors of ``look`` are not caught.
        """
        self._path = path
        self._decode = decode
        #: Where the lines of a kind and an outcome begin, and how long they are.
        self._places: dict[_Key, _Places] = {}
        # Of most files the place of a line is four bytes, not eight.
        self._place_code = "I" if path.stat().st_size < 2 ** (8 * array("I").itemsize) else "Q"
        adds: dict[_Key, tuple[Callable[[Any], None], ...]] = {}
        with path.open("rb") as file:
            for first, block in _blocks(file, end):
                self._index(first, block, look(block), collectors, adds)

    def only(self, keep: Callable[[Any], bool]) -> StoredOperations:
        """Those operations of the same file of which ``keep`` is true."""
        found = copy.copy(self)
        found._places = {}
        with self._path.open("rb") as file:
            for key, (starts, lengths) in self._places.items():
                kept: _Places = array(self._place_code), array("H")
                for batch in _merged([(starts, lengths)]):
                    for (start, length), operation in zip(batch, self._decoded(file, batch), strict=True):
                        if keep(operation):
                            kept = _with(kept, start, length)
                if kept[0]:
                    found._places[key] = kept
        return found

    @property
    def kinds(self) -> tuple[type, ...]:
        return tuple(dict.fromkeys(kind for kind, _ in self._places))

    def __len__(self) -> int:
        return sum(len(starts) for starts, _ in self._places.values())

    def __iter__(self) -> Iterator[Any]:
        return self.of(self.kinds)

    def of(self, kinds: Iterable[type], *, outcome: str | None = None) -> Iterator[Any]:
        """The operations whose events are of exactly these classes, of that outcome if one is named, in file order."""
        wanted = set(kinds)
        places = [
            found
            for (kind, its_outcome), found in self._places.items()
            if kind in wanted and outcome in (None, its_outcome)
        ]
        if not places:
            return
        with self._path.open("rb") as file:
            for batch in _merged(places):
                yield from self._decoded(file, batch)

    def at(self, numbers: Iterable[int]) -> Iterator[Any]:
        """The operations at these places among all of the file, counted from 0, in their order; others are left out."""
        # Places in order would be a list of all lines of the file; its end bounds a search for each instead.
        end = self._path.stat().st_size
        starts = {self._start(number, end) for number in numbers if 0 <= number < len(self)}
        wanted = sorted(place for start in starts for place in self._places_at(start))
        with self._path.open("rb") as file:
            for batch in _batches(wanted):
                yield from self._decoded(file, batch)

    def _start(self, number: int, end: int) -> int:
        """Where the operation at this place begins: the first byte up to which that many operations have begun."""

        def begun(byte: int) -> int:
            return sum(bisect.bisect_right(starts, byte) for starts, _ in self._places.values())

        return bisect.bisect_left(range(end), number + 1, key=begun)

    def _places_at(self, start: int) -> Iterator[_Place]:
        for starts, lengths in self._places.values():
            found = bisect.bisect_left(starts, start)
            if found < len(starts) and starts[found] == start:
                yield start, lengths[found]

    def _index(
        self,
        first: int,
        block: bytes,
        seen: Sequence[Any],
        collectors: Sequence[Any],
        adds: dict[_Key, tuple[Callable[[Any], None], ...]],
    ) -> None:
        """Keep the place of each line of a block, and give what was seen in it to the collectors of its kind."""
        places = self._places
        for each, (start, length) in zip(seen, _written(first, block, len(seen)), strict=True):
            key = type(each.event), each.outcome
            if key not in places:
                places[key] = array(self._place_code), array("H")
                adds[key] = tuple(c.add for c in collectors if issubclass(key[0], c.kinds))
            starts, lengths = places[key]
            if length <= _MOST_SHORT:
                starts.append(start)
                lengths.append(length)
            else:
                places[key] = _with((starts, lengths), start, length)
            for add in adds[key]:
                add(each)

    def _decoded(self, file: IO[bytes], batch: list[_Place]) -> list[Any]:
        first = batch[0][0]
        file.seek(first)
        data = file.read(batch[-1][0] + batch[-1][1] - first)
        lines = [data[start - first : start - first + length] for start, length in batch]
        try:
            operations = self._decode(b"\n".join(lines))
        except Exception as problem:
            raise GamedayError(f"cannot read the history {str(self._path)!r}: {_TO_CHANGED}") from problem
        if len(operations) != len(batch):
            raise GamedayError(f"cannot read the history {str(self._path)!r}: {_TO_CHANGED}")
        return operations


def _written(first: int, block: bytes, operations: int) -> Iterable[_Place]:
    """Where each line of a block with something in it begins, and how long it is. Raises Unreadable for too few."""
    lines = block.split(b"\n")
    places = zip(itertools.accumulate((len(line) + 1 for line in lines), initial=first), map(len, lines), strict=False)
    if len(lines) == operations and all(map(bytes.strip, lines)):
        return places
    written = [place for place, line in zip(places, lines, strict=True) if line.strip()]
    if len(written) != operations:
        raise Unreadable("an operation has a line of its own")
    return written


def _with(places: _Places, start: int, length: int) -> _Places:
    """The places with one more: the same arrays, but for the first line that is too long for two bytes."""
    starts, lengths = places
    starts.append(start)
    try:
        lengths.append(length)
    except OverflowError:
        lengths = array("I", lengths)
        lengths.append(length)
    return starts, lengths


def _blocks(file: IO[bytes], end: int | None) -> Iterator[tuple[int, bytes]]:
    """A file in blocks of whole lines, without the end of the last one, each with the place where it begins."""
    first, rest = 0, list[bytes]()
    while data := file.read(BLOCK_BYTES if end is None else min(BLOCK_BYTES, end - file.tell())):
        lines, newline, after = data.rpartition(b"\n")
        if newline:
            block = b"".join([*rest, lines])
            yield first, block
            first += len(block) + 1
            rest = [after]
        else:
            rest.append(data)
    if block := b"".join(rest):
        yield first, block


def _merged(places: Sequence[_Places]) -> Iterator[list[_Place]]:
    """Places of several kinds in the order of the file, at a time those of a block."""
    at = [0] * len(places)
    while remaining := [starts[begin] for (starts, _), begin in zip(places, at, strict=True) if begin < len(starts)]:
        end = min(remaining) + BLOCK_BYTES
        batch: list[_Place] = []
        for number, (starts, lengths) in enumerate(places):
            begin, at[number] = at[number], bisect.bisect_left(starts, end, at[number])
            batch += zip(starts[begin : at[number]], lengths[begin : at[number]], strict=True)
        if len(places) > 1:
            batch.sort()
        yield batch


def _batches(places: Iterable[_Place]) -> Iterator[list[_Place]]:
    """Places in the order of the file, as many at a time as are within a block of each other."""
    remaining = iter(places)
    for first in remaining:
        batch = [first]
        for place in remaining:
            if place[0] + place[1] - batch[0][0] > BLOCK_BYTES:
                yield batch
                batch = []
            batch.append(place)
        yield batch
        return
