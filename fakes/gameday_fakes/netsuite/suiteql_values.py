"""Parts of a translated query: values with their kinds, and how two of them are compared or joined into one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.suiteql import QueryError
from gameday_fakes.sql import Kind
from gameday_fakes.sql.numbers import decimal
from gameday_fakes.sql.source import moment

#: The kinds of values; of NULL alone none is known.
ValueKind = Kind | Literal["null"]
NUMBERS = frozenset({"integer", "number"})
DATES = frozenset({"date", "moment"})

#: The name of the parameter that is the present moment.
PRESENT = "present"


class Value(msgspec.Struct, frozen=True):
    """A value as the engine computes it.

    ``literal`` is the text of a constant. ``to`` is the record type that it refers to; ``display``, ``coded`` and
    ``key`` are the engine's text for its name, for the form with a code and for the form in which it compares.
    ``later`` is a function that may also be called after the query, with what ``inner`` computes.
    """

    text: str
    kind: ValueKind
    literal: str | None = None
    to: str = ""
    display: str = ""
    coded: str = ""
    key: str = ""
    later: str = ""
    inner: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it compares as a number."""
        return self.kind in NUMBERS

    @property
    def is_date(self) -> bool:
        """Whether it compares as a point in time."""
        return self.kind in DATES


class Parameters:
    """The constants of a query, each once."""

    def __init__(self, dates: AccountDates) -> None:
        self.dates = dates
        #: By name; the engine is given all of them, whether the query still has them or not.
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}

    def put(self, value: Any) -> str:
        """The engine's text for a constant."""
        key = (type(value), value)
        name = self._names.setdefault(key, f"p{len(self._names)}")
        self.values[name] = value
        return f":{name}"

    def present(self, value: datetime.datetime) -> Value:
        """The present moment: no constant, for another one follows when the query is run again."""
        self.values[PRESENT] = moment(value)
        return Value(f":{PRESENT}", "moment")

    def text(self, value: str) -> Value:
        """A text; the empty one is null, as Oracle has it."""
        return Value(self.put(value), "text", value) if value else NULL

    def number(self, written: str) -> Value:
        """A number as it is written. Raises QueryError."""
        if written.isdigit() and len(written) < 19:
            return Value(self.put(int(written)), "integer", written)
        return Value(self.put(f"{decimal(written):f}"), "number", written)

    def moment(self, value: datetime.datetime) -> Value:
        """A point in time."""
        return Value(self.put(moment(value)), "moment")


NULL = Value("NULL", "null")


def pair(left: Value, right: Value, parameters: Parameters) -> tuple[str, str]:
    """Two values as the engine compares them. Raises QueryError if they cannot be compared."""
    if "null" in (left.kind, right.kind):
        return left.text, right.text
    if left.is_date or right.is_date:
        return as_date(left, parameters), as_date(right, parameters)
    if left.is_number or right.is_number:
        return _numbers(left, right, parameters)
    return _coded(left, right), _coded(right, left)


def _coded(value: Value, other: Value) -> str:
    return value.coded if value.coded and other.literal is not None and ":" in other.literal else value.text


def _numbers(left: Value, right: Value, parameters: Parameters) -> tuple[str, str]:
    for one, other in ((left, right), (right, left)):
        if one.literal is not None and one.kind == "text" and other.is_number:
            number = parameters.number(f"{decimal(one.literal):f}")
            return pair(left, number, parameters) if one is right else pair(number, right, parameters)
        if one.literal is not None and one.is_number and not other.is_number:
            # A text is compared with a number as it is written.
            written = parameters.put(one.literal)
            return (written, other.text) if one is left else (other.text, written)
    if left.kind == right.kind == "integer":
        return left.text, right.text
    return sort_key(left, force=True), sort_key(right, force=True)


def as_date(value: Value, parameters: Parameters) -> str:
    """A value as a point in time; a constant text is read in the account's format. Raises QueryError."""
    if value.is_date or value.kind == "null":
        return value.text
    if value.literal is None or value.is_number:
        raise QueryError("a date is compared with what is no date")
    return parameters.put(moment(read_date(value.literal, "", parameters.dates)))


def read_date(text: str, wanted: str, dates: AccountDates) -> datetime.datetime:
    """A point in time from a text. Raises QueryError in the words that clients look for."""
    try:
        return dates.parse(text, wanted)
    except ValueError:
        given = wanted or dates.date_format
        raise QueryError(f"The conversion of '{text[:80]}' failed with date format {given[:80]}") from None


def sort_key(value: Value, *, force: bool = False) -> str:
    """A value as the engine sorts and groups it."""
    if value.key:
        return value.key
    return f"num_key({value.text})" if value.kind == "number" or (force and value.is_number) else value.text


def as_text(value: Value) -> str:
    """A value as text."""
    if value.literal is not None or value.kind in ("text", "flag", "null", "number"):
        return value.text
    return f"date_text({value.text}, NULL)" if value.is_date else f"CAST({value.text} AS TEXT)"


def united(values: Iterable[Value], parameters: Parameters) -> tuple[ValueKind, list[str]]:
    """Several values as one kind: that of all, or text."""
    values = list(values)
    kinds = {value.kind for value in values} - {"null"}
    if not kinds:
        return "null", [value.text for value in values]
    if len(kinds) == 1:
        return kinds.pop(), [value.text for value in values]
    if kinds <= NUMBERS:
        return "number", [f"CAST({value.text} AS TEXT)" for value in values]
    if kinds & DATES and all(value.is_date or value.kind == "null" or value.literal is not None for value in values):
        return "moment", [as_date(value, parameters) for value in values]
    return "text", [as_text(value) for value in values]
