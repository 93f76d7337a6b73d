"""The history of a run: every operation, appended to ``history.jsonl`` as it happens.

Everything that is computed after a run is computed from this file and the two ledgers. What can happen, and with which
fields, is in ``gameday.model.events``; docs/interfaces.md has the same as a table.
"""

from __future__ import annotations

import functools
import io
import itertools
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar, cast

from gameday.base.errors import GamedayError
from gameday.model.events import Event
from gameday.model.lines import (
    UNREADABLE,
    Collector,
    LineDecoder,
    Operation,
    Outcome,
    Seen,
    encode_line,
    operation,
)
from gameday.model.stored_operations import StoredOperations

__all__ = [
    "LONG_BYTES",
    "Collector",
    "History",
    "HistoryWriter",
    "LineDecoder",
    "Operation",
    "Outcome",
    "Seen",
    "encode_line",
    "operation",
    "select",
]

E = TypeVar("E", bound=Event)
C = TypeVar("C", bound="Collector")

#: The operations of a longer file stay in it: decoded, they would take five times its size, and each read of one kind
#: decodes them again.
LONG_BYTES = 32 * 1024 * 1024


class History:
    """An immutable sequence of operations, in the order of the file."""

    def __init__(self, operations: Iterable[Operation[Event]] | StoredOperations = (), *, torn: int = 0) -> None:
        self._operations = operations if isinstance(operations, StoredOperations) else tuple(operations)
        #: By the kinds that were asked for, the operations in memory.
        self._asked: dict[tuple[type[Event], ...], Sequence[Operation[Any]]] = {}
        self._collected: dict[type[Collector], Collector] = {}
        #: How many half-written last lines were left out (0 or 1): a run that was killed may have one.
        self.torn = torn

    def __iter__(self) -> Iterator[Operation[Event]]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def of(self, *kinds: type[E], outcome: Outcome | None = None) -> Iterator[Operation[E]]:
        """The operations of these kinds of events, of that outcome if one is named."""
        if isinstance(self._operations, StoredOperations):
            wanted = (kind for kind in self._operations.kinds if issubclass(kind, kinds))
            return self._operations.of(wanted, outcome=outcome)
        operations = self._of_kinds(kinds)
        return (op for op in operations if op.outcome == outcome) if outcome else iter(operations)

    def collected(self, kind: type[C]) -> C:
        """What a collector gathers from the history: while it was read, or else now."""
        if kind not in self._collected:
            self._collected[kind] = collector = kind()
            for op in self.of(*kind.kinds):
                collector.add(op)
        return cast(C, self._collected[kind])

    def _of_kinds(self, kinds: tuple[type[Event], ...]) -> Sequence[Operation[Any]]:
        """The operations in memory whose events are of these kinds, in order; found once, as readers ask often."""
        if kinds not in self._asked:
            found = [places for kind, places in self._places.items() if issubclass(kind, kinds)]
            operations: Any = self._operations
            # Sorted runs: sorting them is merging them.
            self._asked[kinds] = [operations[place] for place in sorted(itertools.chain.from_iterable(found))]
        return self._asked[kinds]

    @functools.cached_property
    def _places(self) -> dict[type[Event], array[int]]:
        """Where the operations in memory are whose events are of a kind, by kind."""
        found: defaultdict[type[Event], array[int]] = defaultdict(lambda: array("Q"))
        for place, op in enumerate(self._operations):
            found[type(op.event)].append(place)
        return dict(found)

    def only(self, keep: Callable[[Operation[Event]], bool]) -> History:
        """The history of those operations of which ``keep`` is true; what is in its file stays there."""
        operations = self._operations
        return History(operations.only(keep) if isinstance(operations, StoredOperations) else filter(keep, operations))

    def at(self, indexes: Collection[int]) -> list[Operation[Event]]:
        """The operations with these indexes, in the order of the file; what no operation has is left out."""
        if isinstance(self._operations, StoredOperations):
            found = list(self._operations.at(indexes))
            if {op.index for op in found} == set(indexes):
                return found
        # In memory a look at each costs nothing; in a file whose indexes are not the places, it is the only way.
        return [op for op in self._operations if op.index in indexes]

    @functools.cached_property
    def kinds(self) -> tuple[type[Event], ...]:
        """The kinds of the events, in order of their first appearance."""
        if isinstance(self._operations, StoredOperations):
            return self._operations.kinds
        return tuple(self._places)

    @classmethod
    def read(cls, path: Path, collectors: Collection[type[Collector]] = ()) -> History:
        """Read a history file. A long one is read once for what the ``collectors`` gather, too.

        A last line that was being written when the harness died is left out and counted in ``torn``; any
        other line that is not an operation raises GamedayError naming the line.
        """
        decoder = LineDecoder()
        try:
            if path.stat().st_size > LONG_BYTES:
                return cls._stored(path, decoder, collectors)
            data = path.read_bytes()
        except OSError as problem:
            raise GamedayError(f"cannot read the history {str(path)!r}: {problem.strerror}") from None
        try:
            # A whole file at once is twice as fast; line by line only to find out what is wrong with it.
            return cls(decoder.decode_lines(data))
        except UNREADABLE:
            operations: list[Operation[Event]] = []
            torn = _one_by_one(path, io.BytesIO(data), decoder, operations.append)
            return cls(operations, torn=int(torn > 0))

    @classmethod
    def _stored(cls, path: Path, decoder: LineDecoder, kinds: Collection[type[Collector]]) -> History:
        """The history in its file."""
        torn = 0
        try:
            collectors = [kind() for kind in kinds]
            operations = StoredOperations(path, decoder.look, decoder.decode_again, collectors)
        except UNREADABLE:
            with path.open("rb") as file:
                torn = _one_by_one(path, file, decoder, lambda _: None)
            # Only the last line is broken.
            collectors = [kind() for kind in kinds]
            end = path.stat().st_size - torn
            operations = StoredOperations(path, decoder.look, decoder.decode_again, collectors, end=end)
        history = cls(operations, torn=int(torn > 0))
        history._collected = {type(collector): collector for collector in collectors}
        return history


def _one_by_one(
    path: Path, lines: Iterable[bytes], decoder: LineDecoder, add: Callable[[Operation[Event]], object]
) -> int:
    """Decode lines with their ends; how many bytes a last line without one has if it is broken, else 0.

    Raises GamedayError for any other line that is broken.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            add(decoder.decode(line))
        except UNREADABLE as problem:
            if not line.endswith(b"\n"):
                return len(line)
            raise GamedayError(
                f"{path}:{number}: not an operation: {str(problem)[:200]}",
                hint="the lines before it are intact; was the file edited?",
            ) from None
    return 0


def select(
    operations: Iterable[Operation[Event]], *kinds: type[E], outcome: Outcome | None = None
) -> Iterator[Operation[E]]:
    """Those of the operations that are of these kinds, of that outcome if one is named."""
    for op in operations:
        if isinstance(op.event, kinds) and (outcome is None or op.outcome == outcome):
            yield op  # type: ignore[misc]  # the kind of a generic's attribute does not narrow the generic


class HistoryWriter:
    """Appends operations to a history file, each written through to the system before the next one.

    Shared by the threads or tasks of one event loop; one process only.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._index = 0

    def record(self, process: str, event: Event, outcome: Outcome, time_s: float) -> Operation[Event]:
        """Write one event and return its operation."""
        return self._write(operation(process, event.f, event, outcome, round(time_s, 3), self._index))

    def append(
        self, process: str, f: str, outcome: Outcome, time_s: float, value: Mapping[str, Any]
    ) -> Operation[Event]:
        """Write one event that comes as plain JSON, as from a fake or a workload, and return its operation.

        Raises GamedayError, and writes nothing, if the value does not fit the kind ``f``.
        """
        return self._write(operation(process, f, value, outcome, round(time_s, 3), self._index))

    def _write(self, op: Operation[Event]) -> Operation[Event]:
        self._file.write(encode_line(op))
        self._index += 1
        return op

    def close(self) -> None:
        """Close the file; what was appended is already in it."""
        self._file.close()

    def __enter__(self) -> HistoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
