"""The values in the records of an export: texts, days, amounts, lines. Pure."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.model.contract import Field
from gameday.reconcile.columns import MOMENTS, Column
from gameday.records.moments import read_format
from gameday.records.numbers import is_number
from gameday_fakes.ledger import Line

#: Of a reference as an API writes it, what names the record that it refers to.
_NAMES = ("externalId", "refName", "id")
_LARGEST = Decimal(10) ** 24
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")


def at(part: Any, path: Sequence[str]) -> Any:
    """The value at a path; None without one."""
    for name in path:
        if not isinstance(part, dict):
            return None
        part = part.get(name)
    return part


def text(value: Any) -> str:
    """A value as a ledger has it: texts as they are, a reference by the name of what it refers to."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case dict():
            return next((text(value[name]) for name in _NAMES if value.get(name)), "")
        case list():
            return msgspec.json.encode(value).decode()
    return str(value)


class Days:
    """Finds the day of a date or of a moment, in the time zone that the contract gives the field."""

    def __init__(self, column: Column | None, fields: Sequence[Field], where: str) -> None:
        field = next((f for f in fields if column is not None and f.physical_name == column.name), None)
        constraints = field.constraints if field is not None else {}
        kind = field.logical_type if field is not None and field.logical_type in MOMENTS else "date"
        self._own = read_format(kind, constraints, where)
        self._usual = msgspec.structs.replace(read_format("timestamp", {}, where), zone=self._own.zone)
        #: Whether days and moments are written as ISO 8601 has them, and so read the same by every reader.
        self.is_usual = self._own.is_default
        self.zone = str(self._own.zone)

    def day(self, value: str) -> str:
        """The day as YYYY-MM-DD; a text that is no date is left as it is."""
        moment = self._own.read(value) or self._usual.read(value)
        if isinstance(moment, datetime.datetime):
            # In another zone, the first and the last moments that there are may be beyond them.
            with contextlib.suppress(OverflowError):
                return moment.astimezone(self._own.zone).date().isoformat()
            return value
        return moment.isoformat() if isinstance(moment, datetime.date) else value


def items_at(record: Mapping[str, Any], path: Sequence[str]) -> list[Any]:
    """The objects of the list at a path."""
    found = at(record, path) if path else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def has_value(record: Mapping[str, Any], column: Column) -> bool:
    """Whether a record has a value in a column, if only an empty text."""
    if not column.items:
        return at(record, column.path) is not None
    return any(at(item, column.path) is not None for item in items_at(record, column.items))


def amount_at(part: Mapping[str, Any], column: Column, where: str, what: str) -> Decimal | None:
    """An amount; None where there is none. Raises GamedayError for what is no amount, of ``what`` in ``where``."""
    value = at(part, column.path)
    if value in (None, ""):
        return None
    if is_number(value) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        number = Decimal(value)
        if abs(number) < _LARGEST:
            return number
    hint = "write 1234.50, without a currency and without separators of thousands"
    raise GamedayError(f"{where}: of {what}, {column.name} is not an amount", hint=hint)


class LineReader:
    """Reads the lines of a document: ``columns`` are its columns by compared field, ``further`` by name."""

    def __init__(self, columns: Mapping[str, Column], further: Mapping[str, Column], where: str) -> None:
        self._columns = {name: column for name, column in columns.items() if column.items}
        self._further, self._where = further, where
        self._items = next((column.items for column in self._columns.values()), ())

    def lines(self, record: Mapping[str, Any], what: str) -> tuple[Line, ...]:
        """The lines of a record. Raises GamedayError as ``amount_at``."""
        return tuple(self._line(item, what) for item in items_at(record, self._items))

    def _line(self, item: Mapping[str, Any], what: str) -> Line:
        def number(name: str) -> Decimal | None:
            column = self._columns.get(f"line.{name}")
            return amount_at(item, column, self._where, what) if column else None

        sku = self._columns.get("line.sku")
        named = {name: text(at(item, column.path)) for name, column in self._further.items()}
        return Line(
            sku=text(at(item, sku.path)) if sku else "",
            quantity=number("quantity") or NOTHING,
            unit_price=number("unitPrice") or NOTHING,
            amount=number("amount") or NOTHING,
            discount=number("discount"),
            tax=number("tax"),
            fields=tuple((name, value) for name, value in named.items() if value),
        )


def put_at(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value at a path, in place of another; an object is left as it is, and so is a value that has to be one."""
    for name in path[:-1]:
        inner = record.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        record = inner
    if not isinstance(record.get(path[-1]), dict):
        record[path[-1]] = value
