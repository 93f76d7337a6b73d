"""Keeps the sums of a record after redaction: quantity times price, and the sum of the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import msgspec

from gameday.base.money import decimals_of
from gameday.records.meaning import getter, read_meaning
from gameday.records.tree import Node, Shape

AMOUNTS = frozenset({"amount", "total", "totalamount", "ordertotal", "foreigntotal"})
TOTALS = frozenset({"total", "totalprice", "linetotal", "lineamount", "netamount", "amount"})
QUANTITIES = frozenset({"quantity", "qty"})
PRICES = frozenset({"unitprice", "price", "rate", "salesprice"})

#: Smaller differences, in the record's currency, come from rounding and are kept.
ROUNDING = Decimal(1)
#: The length of a currency's code.
_ISO_4217 = 3
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

Number = int | Decimal


def named(nodes: Mapping[str, Node], names: frozenset[str]) -> str:
    """The physical name of the first field with one of these names, by contract or vendor; or empty."""
    for node in nodes.values():
        if not node.children and {plain(node.name), plain(node.logical.rpartition(".")[2])} & names:
            return node.name
    return ""


def plain(name: str) -> str:
    """A name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.lower())


class LineFields(msgspec.Struct, frozen=True):
    """The place of a record's lines, and the names of their money fields; empty if there is no such field."""

    at: tuple[str, ...]
    total: str
    quantity: str
    price: str

    def items(self, record: Mapping[str, Any]) -> list[Any]:
        """The lines of a record, whatever their type."""
        found: Any = record
        for name in self.at:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, list) else []


class MoneyFields(msgspec.Struct, frozen=True):
    """The money fields of a record. ``lines`` and ``currency`` are None if the contract has none."""

    main: str
    amount: str
    lines: LineFields | None
    currency: Node | None = None

    def paths(self) -> list[str]:
        """The full physical names of amount, line total and unit price, as far as these fields exist."""
        found = [f"{self.main}.{self.amount}"] if self.amount else []
        if self.lines is not None:
            at = ".".join(self.lines.at)
            found += [f"{at}.{name}" for name in (self.lines.total, self.lines.price) if name]
        return found

    def amount_of(self, record: Mapping[str, Any]) -> Number | None:
        """The record's amount, if it is a number."""
        return number(record.get(self.main), self.amount)


def money_fields(shape: Shape) -> MoneyFields:
    """Finds a contract's money by the usual names."""
    currency = read_meaning(shape).currency
    return MoneyFields(shape.main.name, named(shape.main.children, AMOUNTS), _line_fields(shape), currency)


def _line_fields(shape: Shape) -> LineFields | None:
    for node in shape.top.walk():
        if node.is_list and node.children:
            total, price = named(node.children, TOTALS), named(node.children, PRICES)
            if total or price:
                return LineFields(tuple(node.path.split(".")), total, named(node.children, QUANTITIES), price)
    return None


def number(record: Any, name: str) -> Number | None:
    """A field's value if it is a finite number."""
    value = record.get(name) if isinstance(record, dict) and name else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return value if isinstance(value, int) or value.is_finite() else None


class Sums:
    """Restores the sums of a redacted record. ``redacted`` are full physical names."""

    def __init__(self, fields: MoneyFields, redacted: frozenset[str]) -> None:
        self._fields = fields
        lines = fields.lines or LineFields((), "", "", "")
        at = ".".join(lines.at)
        self._amount = bool(fields.amount) and f"{fields.main}.{fields.amount}" in redacted
        self._total = bool(lines.total) and f"{at}.{lines.total}" in redacted
        self._factors = any(f"{at}.{name}" in redacted for name in (lines.quantity, lines.price) if name)

    def restore(self, raw: Mapping[str, Any], redacted: dict[str, Any]) -> bool:
        """Derive totals from their factors and the amount from the totals, where the original had such sums.

        Returns whether a value came out unchanged by accident, although its parts changed.
        """
        lines = self._fields.lines
        if lines is None:
            return False
        pairs = list(zip(lines.items(raw), lines.items(redacted), strict=False))
        places = max(min((_places(value) for value in self._monies(raw, lines)), default=0), self._finest(raw))
        same = [self._restore_line(lines, old, new, places) for old, new in pairs if isinstance(new, dict)]
        return any(same) | self._restore_amount(lines, raw, redacted)

    def _finest(self, raw: Mapping[str, Any]) -> int:
        """The exponent of the currency's smallest unit: a price may be finer, a paid amount may not."""
        node = self._fields.currency
        code = getter(node)({**raw}) if node is not None and isinstance(raw.get(self._fields.main), dict) else None
        return -decimals_of(code) if isinstance(code, str) and len(code) == _ISO_4217 else -_WIDE.prec

    def _monies(self, raw: Mapping[str, Any], lines: LineFields) -> Iterator[Number]:
        found = [self._fields.amount_of(raw)]
        for item in lines.items(raw):
            found += [number(item, lines.total), number(item, lines.price)]
        return (value for value in found if value is not None)

    def _restore_line(self, lines: LineFields, old: dict[str, Any], new: dict[str, Any], places: int) -> bool:
        before, after = _product(lines, old), _product(lines, new)
        total = number(old, lines.total)
        if not self._total or total is None or not before or not after:
            return False
        if _rounded(before, places) == total:
            found = _rounded(after, places)
        elif self._factors:
            # A discount keeps its percentage.
            found = _rounded(_WIDE.divide(_WIDE.multiply(after, Decimal(total)), before), places)
        else:
            return False
        if not found or (found < 0) != (total < 0):
            return False
        new[lines.total] = _written_as(found, total)
        return self._factors and found == total

    def _restore_amount(self, lines: LineFields, raw: Mapping[str, Any], redacted: dict[str, Any]) -> bool:
        amount = self._fields.amount_of(raw)
        before = [_worth(lines, item) for item in lines.items(raw)]
        after = [_worth(lines, item) for item in lines.items(redacted)]
        main = redacted.get(self._fields.main)
        if not self._amount or amount is None or not isinstance(main, dict) or not before or None in (*before, *after):
            return False
        difference = amount - sum(filter(None, before), Decimal(0))
        changed = self._total or self._factors
        if abs(difference) < ROUNDING:
            found = sum(filter(None, after), Decimal(0)) + difference
            main[self._fields.amount] = _written_as(found, amount)
            return changed and found == amount != 0
        # It was not a sum, and must not become one.
        return bool(main[self._fields.amount] == sum(filter(None, after), Decimal(0)))


def _product(lines: LineFields, item: Any) -> Decimal | None:
    quantity, price = number(item, lines.quantity), number(item, lines.price)
    return None if quantity is None or price is None else _WIDE.multiply(Decimal(quantity), Decimal(price))


def _worth(lines: LineFields, item: Any) -> Decimal | None:
    total = number(item, lines.total)
    return Decimal(total) if total is not None else _product(lines, item)


def _places(value: Number) -> int:
    """The exponent: -2 for a number written with two decimal places."""
    exponent = Decimal(value).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _rounded(value: Decimal, places: int) -> Decimal:
    if value.adjusted() - places >= _WIDE.prec:
        return value
    return value.quantize(Decimal((0, (1,), places)), context=_WIDE)


def _written_as(value: Decimal, original: Number) -> Number:
    """With the decimal places of the original, if possible: JSON may write 9.9 for 9.90."""
    shorter = _rounded(value, _places(original))
    value = shorter if shorter == value else value
    return int(value) if isinstance(original, int) and value == value.to_integral_value() else value
