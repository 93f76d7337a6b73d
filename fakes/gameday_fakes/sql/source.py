"""What a vendor states about a table so that it can be queried."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.sql.numbers import key
from gameday_fakes.sql.watched import Watched

#: How values are kept and compared: numbers exactly; dates and moments as local dates and times of the account;
#: flags as T and F, booleans as 1 and 0.
Kind = Literal["text", "integer", "number", "date", "moment", "flag", "boolean"]


def _itself(record: Any) -> Iterable[Any]:
    return (record,)


def _nothing() -> Hashable:
    return None


class Column(msgspec.Struct, frozen=True):
    """A column: the kind of its values, and how to get one from a row. None and the empty text are null."""

    kind: Kind
    get: Callable[[Any], Any]
    indexed: bool = False


#: At the end of the name of a column that has another one's values as they compare.
KEY = "~"


def with_keys(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Columns, and one more for each of numbers: its keys, so that the engine compares them by itself."""
    return {**columns, **{f"{name}{KEY}": _keys(of) for name, of in columns.items() if of.kind == "number"}}


def _keys(column: Column) -> Column:
    def get(row: Any) -> Any:
        return key(stored("number", column.get(row)))

    return Column("text", get)


class Source(msgspec.Struct, frozen=True):
    """A table: the records that it is read from, the rows of each record, and the columns of a row, by name.

    ``state`` is what values depend on besides the records; when it changes, all are read again.
    """

    name: str
    tables: tuple[Watched[Any], ...]
    columns: Mapping[str, Column]
    rows: Callable[[Any], Iterable[Any]] = _itself
    state: Callable[[], Hashable] = _nothing


def stored(kind: Kind, value: Any) -> Any:
    """A value in the form in which the engine keeps it."""
    if value is None or value == "":
        return None
    match kind:
        case "integer":
            return _integer(value)
        case "number":
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case "date" | "moment":
            return moment(value) if isinstance(value, datetime.datetime) else str(value)
        case "boolean":
            return int(value)
        case _:
            return str(value)


def moment(value: datetime.datetime) -> str:
    """A local date and time so that text sorts as time."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _integer(value: Any) -> Any:
    text = str(value)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 19 else text
