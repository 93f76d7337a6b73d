"""The lines of a history file: one operation each, and what decodes and encodes them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.json_text import DECODER_ERRORS, Unreadable, check_figures, is_suspect
from gameday.model.events import KINDS, Event, OtherEvent, decode_event

Outcome = Literal["invoke", "ok", "fail", "info"]
E_co = TypeVar("E_co", bound=Event, covariant=True)

#: What a line that cannot be read may raise.
UNREADABLE = (*DECODER_ERRORS, Unreadable)
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


class Seen(Protocol[E_co]):
    """What a collector is given of an operation, of which it keeps what it needs."""

    @property
    def process(self) -> str: ...
    @property
    def event(self) -> E_co: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def time_s(self) -> float: ...
    @property
    def index(self) -> int: ...


class Collector(Protocol):
    """Gathers something from the operations of some kinds, which it is given in the order of the history."""

    kinds: ClassVar[tuple[type[Event], ...]]

    def add(self, seen: Any, /) -> None: ...


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
        operation, *more = self.decode_again(line)
        if more:
            raise Unreadable("an operation has a line of its own")
        check_figures(operation.raw, operation.event)
        return operation

    def decode_lines(self, lines: bytes) -> list[Operation[Event]]:
        """Many lines, in half the time that one by one would take."""
        operations = self.decode_again(lines)
        if is_suspect(lines):
            for each in operations:
                check_figures(each.raw, each.event)
        return operations

    def look(self, lines: bytes) -> Sequence[Seen[Event]]:
        """Many lines as ``decode_lines`` looks at them, without what is needed to show them: in half the time."""
        if not is_suspect(lines):
            try:
                return _known_lines()(lines)
            except DECODER_ERRORS:
                pass  # a kind that is not known, or a mistake
        return self.decode_lines(lines)

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
        msgspec.defstruct(
            kind.__name__, [*fields, ("event", kind)], rename={"event": "value"}, tag_field="f", tag=kind.f, gc=False
        )
        for kind in KINDS
    ]
    return msgspec.json.Decoder(functools.reduce(operator.or_, types)).decode_lines


def _lenient_event(f: str, value: bytes | msgspec.Raw) -> Event:
    try:
        return decode_event(f, value)
    except UNREADABLE:
        return OtherEvent(f)


def operation(
    process: str, f: str, value: Event | Mapping[str, Any], outcome: Outcome, time_s: float, index: int
) -> Operation[Event]:
    """An operation from an event or from plain JSON. Raises GamedayError if the value does not fit the kind ``f``."""
    try:
        raw = _encode(value)
        event = value if isinstance(value, Event) else decode_event(f, raw)
    except (*UNREADABLE, TypeError) as problem:
        raise GamedayError(f"{process}: event {f!r}: {str(problem)[:200]}", hint="see docs/interfaces.md") from None
    return Operation(process, event, outcome, time_s, index, msgspec.Raw(raw))


def encode_line(op: Operation[Event]) -> bytes:
    """The operation as a line of the file, with its end."""
    return _encode(_Line(op.process, op.f, op.raw, op.outcome, op.time_s, op.index)) + b"\n"
