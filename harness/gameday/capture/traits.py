"""The traits by which records are sampled: fields of the contract with usual names, and marks of the source."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.capture.raw_record import RawRecord
from gameday.model.contract import Field
from gameday.records.meaning import read_meaning
from gameday.records.redaction.totals import MoneyFields, money_fields, named
from gameday.records.tree import read_shape

AMENDED = "amended"
DEAD_LETTERED = "dead-lettered"
MARKS = (AMENDED, DEAD_LETTERED)
NONE = "none"

#: The dimensions that are fields of the record, and their usual names without case and punctuation.
DIMENSIONS: dict[str, frozenset[str]] = {
    "currency": frozenset({"currency", "currencyisocode", "currencycode"}),
    "subsidiary": frozenset({"subsidiary", "subsidiaryid", "legalentity", "companycode", "salesorganization"}),
    "type": frozenset({"type", "recordtype", "recordtypeid", "dealtype", "ordertype"}),
    "stage": frozenset({"stage", "stagename", "dealstage", "status", "orderstatus"}),
}
_LINES = ((0, "0"), (1, "1"), (4, "2 to 4"), (9, "5 to 9"), (99, "10 to 99"))


class SizeBucket(msgspec.Struct, frozen=True, order=True):
    """Amounts of one leading digit and magnitude in one currency; ``form`` is none, zero, negative or positive."""

    currency: str
    form: str
    magnitude: int = 0
    digit: int = 0


class Traits(msgspec.Struct, frozen=True):
    """Which fields of a contract's records hold their traits. ``fields``: the record's field, by dimension."""

    fields: dict[str, str]
    money: MoneyFields
    key: str
    ordering: str

    def of(self, raw: RawRecord) -> dict[str, str | SizeBucket]:
        """A record's value in each dimension, not redacted."""
        main = self._main(raw.record)
        found: dict[str, str | SizeBucket] = {
            dimension: _text(main.get(name)) for dimension, name in self.fields.items()
        }
        found["size"] = _bucket(self.currency(raw.record), self.amount(raw.record))
        if self.money.lines is not None:
            count = len(self.money.lines.items(raw.record))
            found["lines"] = next((word for most, word in _LINES if count <= most), "100 and more")
        for mark in MARKS:
            found[mark] = "yes" if mark in raw.marks else "no"
        return found

    def amount(self, record: Mapping[str, Any]) -> Decimal | None:
        """The record's amount."""
        found = self.money.amount_of(record)
        return None if found is None else Decimal(found)

    def currency(self, record: Mapping[str, Any]) -> str:
        """The record's currency; "none" where it has none."""
        return _text(self._main(record).get(self.fields.get("currency", "")))

    def business_key(self, record: Mapping[str, Any]) -> str:
        """The business key, which is the same in all versions of a deal; empty if the record has none."""
        value = self._main(record).get(self.key)
        return str(value) if isinstance(value, str | int) else ""

    def newness(self, record: Mapping[str, Any]) -> str:
        """A text by which a later version is known from an earlier one: of a time, one in which all have one form."""
        value = self._main(record).get(self.ordering)
        return _in_order(value) if isinstance(value, str) else ""

    def path(self, dimension: str) -> str:
        """The physical name of a dimension's field; empty for a dimension that is not a field."""
        name = self.fields.get("currency" if dimension == "size" else dimension, "")
        return f"{self.money.main}.{name}" if name else ""

    def _main(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        main = record.get(self.money.main)
        return main if isinstance(main, dict) else {}


def read_traits(fields: Sequence[Field], ordering: str = "") -> Traits:
    """The traits that these fields allow. ``ordering``: the field by which versions are ordered."""
    shape = read_shape(fields)
    children = shape.main.children
    key = read_meaning(shape).key
    found = {dimension: named(children, names) for dimension, names in DIMENSIONS.items()}
    return Traits(
        fields={dimension: name for dimension, name in found.items() if name},
        money=money_fields(shape),
        key=key.name if key else "",
        ordering=ordering.rpartition(".")[2],
    )


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and value != "" else NONE


def _bucket(currency: str, amount: Decimal | None) -> SizeBucket:
    if amount is None:
        return SizeBucket(currency, NONE)
    if amount <= 0:
        return SizeBucket(currency, "negative" if amount else "zero")
    return SizeBucket(currency, "positive", amount.adjusted(), amount.as_tuple().digits[0])


def _in_order(text: str) -> str:
    """A time in UTC with all its digits, since "04.243Z" is before "04Z" as a text; any other text as it is.

    >>> _in_order("2026-06-30T12:00:04Z"), _in_order("17")
    ('2026-06-30T12:00:04.000000', '17')
    """
    if "T" not in text:
        return text
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds")
