"""The history of a run: every operation, appended to ``history.jsonl`` as it happens.

Everything that is computed after a run is computed from this file and the two ledgers. What can happen, and with which
fields, is in ``gameday.model.events``; docs/interfaces.md has the same as a table.
"""

from __future__ import annotations

import functools
import io
import itertools
import operator
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Literal, TypeVar

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.json_text import DECODER_ERRORS, Unreadable, check_figures, is_suspect
from gameday.model.events import KINDS, Event, OtherEvent, decode_event
from gameday.model.stored_operations import StoredOperations

Outcome = Literal["invoke", "ok", "fail", "info"]
E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)

#: What a line that cannot be read may raise.
_UNREADABLE = (*DECODER_ERRORS, Unreadable)
#: The operations of a longer file stay in it: decoded, they would take five times its size, and each read of one kind
#: decodes them again.
LONG_BYTES = 32 * 1024 * 1024
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Operation(msgspec.Struct, Generic[E_co], frozen=True, gc=False):
    """One event with its circumstances.

    ``process`` reported it (``workload``, ``harness``, the name of a fake, ...). ``outcome`` is ``invoke`` at first,
    then ``ok``, ``fail``, or ``info``: indeterminate, for the reply was lost; that never becomes ``fail``. ``time_s``
    is in scenario seconds; ``index`` is the operation's place in the file. ``raw`` is the event's value as written,
    with the fields that the event's type does not have.
    """

    process: str
    event: E_co
    outcome: Outcome
    time_s: float
    index: int
    raw: msgspec.Raw

    @property
    def f(self) -> str:
        """The name of the event's kind in the file."""
        return self.event.name if isinstance(self.event, OtherEvent) else self.event.f

    @property
    def value(self) -> dict[str, Any]:
        """The event's value as plain JSON, to be shown or copied. Code that judges reads ``event``."""
        found: dict[str, Any] = msgspec.json.decode(self.raw)
        return found


class _Line(msgspec.Struct, gc=False):
    """A line of the file. Its value is decoded in a second step, as the kind ``f``."""

    process: str
    f: str
    value: msgspec.Raw
    outcome: Outcome
    time_s: float
    index: int


class LineDecoder:
    """Decodes lines of a history. Every method raises one of msgspec's errors for a line that is no operation.

    With ``lenient`` a value that does not fit its kind becomes an ``OtherEvent``: a live board goes on without it.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self._lines = msgspec.json.Decoder(_Line)
        self._event = _lenient_event if lenient else decode_event

    def decode(self, line: bytes) -> Operation[Event]:
        """One line."""
        [operation] = self.decode_again(line)
        check_figures(operation.raw, operation.event)
        return operation

    def decode_lines(self, lines: bytes) -> list[Operation[Event]]:
        """Many lines, in half the time that one by one would take."""
        operations = self.decode_again(lines)
        if is_suspect(lines):
            for each in operations:
                check_figures(each.raw, each.event)
        return operations

    def kinds(self, lines: bytes) -> list[tuple[type[Event], Outcome]]:
        """The kind of each line's event and its outcome; every line is looked at as by ``decode_lines``.

        In half its time, as no operation is made of a line whose kind is known.
        """
        if not is_suspect(lines):
            try:
                return [(type(line.value), line.outcome) for line in _known_lines()(lines)]
            except DECODER_ERRORS:
                pass  # a kind that is not known, or a mistake
        return [(type(operation.event), operation.outcome) for operation in self.decode_lines(lines)]

    def decode_again(self, lines: bytes) -> list[Operation[Event]]:
        """Many lines whose figures were looked at before."""
        event = self._event
        return [
            Operation(line.process, event(line.f, line.value), line.outcome, line.time_s, line.index, line.value)
            for line in self._lines.decode_lines(lines)
        ]


@functools.cache
def _known_lines() -> Callable[[bytes], list[Any]]:
    """Decodes lines whose kinds are known, each in one step; any other raises one of the decoder's errors."""
    fields = [("process", str), ("outcome", Outcome), ("time_s", float), ("index", int)]
    types = [
        msgspec.defstruct(kind.__name__, [*fields, ("value", kind)], tag_field="f", tag=kind.f, gc=False)
        for kind in KINDS
    ]
    return msgspec.json.Decoder(functools.reduce(operator.or_, types)).decode_lines


def _lenient_event(f: str, value: bytes | msgspec.Raw) -> Event:
    try:
        return decode_event(f, value)
    except _UNREADABLE:
        return OtherEvent(f)


def operation(
    process: str, f: str, value: Event | Mapping[str, Any], outcome: Outcome, time_s: float, index: int
) -> Operation[Event]:
    """An operation from an event or from plain JSON. Raises GamedayError if the value does not fit the kind ``f``."""
    try:
        raw = _encode(value)
        event = value if isinstance(value, Event) else decode_event(f, raw)
    except (*_UNREADABLE, TypeError) as problem:
        raise GamedayError(f"{process}: event {f!r}: {str(problem)[:200]}", hint="see docs/interfaces.md") from None
    return Operation(process, event, outcome, time_s, index, msgspec.Raw(raw))


def encode_line(op: Operation[Event]) -> bytes:
    """The operation as a line of the file, with its end."""
    return _encode(_Line(op.process, op.f, op.raw, op.outcome, op.time_s, op.index)) + b"\n"


class History:
    """An immutable sequence of operations, in the order of the file."""

    def __init__(self, operations: Iterable[Operation[Event]] | StoredOperations = (), *, torn: int = 0) -> None:
        self._operations = operations if isinstance(operations, StoredOperations) else tuple(operations)
        #: By the kinds that were asked for, the operations in memory.
        self._asked: dict[tuple[type[Event], ...], Sequence[Operation[Any]]] = {}
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
    def read(cls, path: Path) -> History:
        """Read a history file.

        A last line that was being written when the harness died is left out and counted in ``torn``; any
        other line that is not an operation raises GamedayError naming the line.
        """
        decoder = LineDecoder()
        try:
            if path.stat().st_size > LONG_BYTES:
                return cls._stored(path, decoder)
            data = path.read_bytes()
        except OSError as problem:
            raise GamedayError(f"cannot read the history {str(path)!r}: {problem.strerror}") from None
        try:
            # A whole file at once is twice as fast; line by line only to find out what is wrong with it.
            return cls(decoder.decode_lines(data))
        except _UNREADABLE:
            operations: list[Operation[Event]] = []
            torn = _one_by_one(path, io.BytesIO(data), decoder, operations.append)
            return cls(operations, torn=int(torn > 0))

    @classmethod
    def _stored(cls, path: Path, decoder: LineDecoder) -> History:
        """The history in its file."""
        try:
            return cls(StoredOperations(path, decoder.kinds, decoder.decode_again))
        except _UNREADABLE:
            with path.open("rb") as file:
                torn = _one_by_one(path, file, decoder, lambda _: None)
            # Only the last line is broken.
            end = path.stat().st_size - torn
            return cls(StoredOperations(path, decoder.kinds, decoder.decode_again, end=end), torn=1)


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
        except _UNREADABLE as problem:
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
