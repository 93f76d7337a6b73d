"""Makes ledger entries of the records of an export. Pure."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.reconcile.layout import MOMENTS, Column, Layout
from gameday.records.moments import read_format
from gameday.records.numbers import is_number
from gameday_fakes.ledger import Entry, Line

#: What a won deal is in by its stage (as in gameday_fakes), and the states of an order that is not to be delivered.
WON_STAGE = "Closed Won"
CANCELLED = ("cancelled", "canceled", "closed", "void", "voided")
#: How exports write whether a deal is won.
FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
#: Of a reference as an API writes it, what names the record that it refers to.
_NAMES = ("externalId", "refName", "id")
_LARGEST = Decimal(10) ** 24
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")


class States(NamedTuple):
    """Which values say that a deal is won, and that an order is cancelled; all others say that it is not."""

    won: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = CANCELLED

    def is_won(self, stage: str) -> bool:
        """Whether a deal in this stage is won."""
        return stage in self.won if self.won else stage.startswith(WON_STAGE)

    def is_cancelled(self, status: str) -> bool:
        """Whether an order in this status is not to be delivered; what precedes a colon is the kind of document."""
        return status.rpartition(":")[2].strip(" ").lower() in self.cancelled


class Stored(NamedTuple):
    """A record of an export by the id of its deal (empty if it names none); ``data`` is its JSON."""

    key: str
    data: bytes


class Documents:
    """Reads the records of one side. ``where`` is the file, for errors.

    ``header`` are the columns that a file of rows has; without one, a column is there once a record has a value in it.
    """

    def __init__(
        self, layout: Layout, contract: Contract, states: States, where: str, header: frozenset[str] | None = None
    ) -> None:
        self._layout, self._contract, self._states, self._where = layout, contract, states, where
        self.days = Days(layout, where)
        #: The columns in which no record has had a value so far.
        self._unseen = {column.name: column for column in layout.all_columns()} if header is None else {}
        # A file without records lacks nothing.
        self._header = header
        self._is_empty = True
        self._of_line = {name: column for name, column in layout.columns.items() if column.items}
        self._lines = next((column.items for column in self._of_line.values()), ())
        self._line_pairs = {name: column for (part, name), column in layout.further.items() if part == "line"}
        self._pairs = {name: column for (part, name), column in layout.further.items() if part == "order"}

    @property
    def there(self) -> frozenset[str]:
        """The columns that the export has; of a file without a header, once all records are read."""
        if self._header is not None:
            return self._header
        known = frozenset(column.name for column in self._layout.all_columns())
        return known if self._is_empty else known - self._unseen.keys()

    def store(self, data: bytes, line: int) -> Stored:
        """A record with its key. Raises GamedayError for a deal without an id."""
        record = _DECODER.decode(data)
        self._is_empty = False
        for name, column in [*self._unseen.items()]:
            if _has(record, column):
                del self._unseen[name]
        reference = text(at(record, self._layout.reference.path))
        if self._layout.side == "erp":
            return Stored(self._contract.referred(reference), data)
        if not reference:
            raise GamedayError(f"{self._where}:{line}: a deal without an id, in {self._layout.reference.name}")
        return Stored(reference, data)

    def entry(self, stored: Stored) -> Entry:
        """The ledger entry of a record. Raises GamedayError for a value that cannot be what it has to be."""
        record, layout, columns = _DECODER.decode(stored.data), self._layout, self._layout.columns
        reference = text(at(record, layout.reference.path))
        crm = layout.side == "crm"
        keys = {"Id" if crm else self._contract.match: reference}
        live = self.is_live(record, stored.key)
        state = ("void", "won")[live] if crm else ("cancelled", "open")[live]

        def of(name: str) -> str:
            return text(at(record, columns[name].path)) if name in columns else ""

        fields = {name: value for name, column in self._pairs.items() if (value := text(at(record, column.path)))}
        return Entry(
            id=text(at(record, layout.own.path)),
            keys=keys,
            state=state,  # type: ignore[arg-type]
            customer=of("customer"),
            currency=of("currency"),
            total=self._number(record, columns["total"], stored.key) if "total" in columns else NOTHING,
            lines=tuple(self._line(item, stored.key) for item in _items(record, self._lines)),
            time_s=0.0,
            changed_s=0.0,
            date=self.days.day(of("date")),
            subsidiary=of("subsidiary"),
            terms=of("terms"),
            fields=fields,
        )

    def account(self, stored: Stored) -> dict[str, str]:
        """The fields of the deal's account that the export has."""
        record = _DECODER.decode(stored.data)
        return {name: text(at(record, column.path)) for name, column in self._layout.account.items()}

    def is_live(self, record: Mapping[str, Any], key: str) -> bool:
        """Whether a deal is won, or an order open. Raises GamedayError for a deal that does not say it."""
        flags, states = (
            [value for column in columns if (value := text(at(record, column.path)))]
            for columns in (self._layout.flags, self._layout.states)
        )
        if self._layout.side == "erp":
            return not any(map(self._states.is_cancelled, states))
        if not self._states.won:
            if not self.has_state:
                return True
            for flag in flags:
                if (won := FLAGS.get(flag.strip(" ").lower())) is not None:
                    return won
                raise GamedayError(f"{self._where}: deal {key!r}: whether it is won is neither true nor false")
        if not states:
            raise GamedayError(f"{self._where}: deal {key!r} does not say whether it is won", hint="see --won")
        return any(map(self._states.is_won, states))

    @property
    def has_state(self) -> bool:
        """Whether the export says at all which deals are won."""
        return bool(self.there & {column.name for column in (*self._layout.flags, *self._layout.states)})

    def _line(self, item: Mapping[str, Any], key: str) -> Line:
        columns = self._of_line

        def number(name: str) -> Decimal | None:
            column = columns.get(f"line.{name}")
            if column is None or at(item, column.path) in (None, ""):
                return None
            return self._number(item, column, key)

        sku = columns.get("line.sku")
        named = {name: text(at(item, column.path)) for name, column in self._line_pairs.items()}
        return Line(
            sku=text(at(item, sku.path)) if sku else "",
            quantity=number("quantity") or NOTHING,
            unit_price=number("unitPrice") or NOTHING,
            amount=number("amount") or NOTHING,
            discount=number("discount"),
            tax=number("tax"),
            fields=tuple((name, value) for name, value in named.items() if value),
        )

    def _number(self, part: Mapping[str, Any], column: Column, key: str) -> Decimal:
        value = at(part, column.path)
        if value in (None, ""):
            return NOTHING
        if is_number(value) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
            number = Decimal(value)
            if abs(number) < _LARGEST:
                return number
        raise GamedayError(f"{self._where}: of {key or 'an order without a deal'}, {column.name} is not an amount")


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

    def __init__(self, layout: Layout, where: str) -> None:
        column = layout.columns.get("date")
        field = next((f for f in layout.fields if column is not None and f.physical_name == column.name), None)
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


def _items(record: Mapping[str, Any], path: Sequence[str]) -> list[Any]:
    found = at(record, path) if path else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _has(record: Mapping[str, Any], column: Column) -> bool:
    if not column.items:
        return at(record, column.path) is not None
    return any(at(item, column.path) is not None for item in _items(record, column.items))
