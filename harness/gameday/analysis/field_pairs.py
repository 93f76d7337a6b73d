"""Compares the further fields that a contract maps from the CRM to the ERP: of orders, lines, invoices, customers.

A ledger has their values as texts, by the vendors' names. Whether two texts are one value follows from the pair. Pure.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from gameday.model.contract import FieldPair
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

#: How a ledger's ``states`` names a further field that its system has.
STATED = "fields."
_TRUE, _FALSE = ("true", "t"), ("false", "f", "")


class HeldPairs(NamedTuple):
    """The pairs of each part that both systems hold, and for the others whether the CRM and whether the ERP does."""

    by_part: Mapping[str, tuple[FieldPair, ...]]
    missing: tuple[tuple[FieldPair, tuple[bool, bool]], ...]


def held_pairs(pairs: Iterable[FieldPair], crm: Ledger, erp: Ledger) -> HeldPairs:
    """Which pairs can be compared: a system without the field neither states it nor has it in any document."""
    by_part: dict[str, list[FieldPair]] = {}
    missing = []
    named = {side: _named(ledger) for side, ledger in (("crm", crm), ("erp", erp))} if pairs else {}
    for pair in pairs:
        source = "customer" if pair.part == "customer" else "line" if pair.part.endswith("line") else "order"
        in_crm = not crm.entries or (source, pair.crm) in named["crm"]
        in_erp = not erp.entries or (pair.part, pair.erp) in named["erp"]
        if in_crm and in_erp:
            by_part.setdefault(pair.part, []).append(pair)
        elif pair.rule.compare != "ignored":
            missing.append((pair, (in_crm, in_erp)))
    compared = {part: tuple(p for p in each if p.rule.compare != "ignored") for part, each in by_part.items()}
    return HeldPairs(compared, tuple(missing))


def _named(ledger: Ledger) -> set[tuple[str, str]]:
    """The further fields of a ledger, each with its part."""
    named = set()
    for state in ledger.states:
        if state.startswith(STATED):
            name = state.removeprefix(STATED)
            part = next((p for p in ("invoice.line", "invoice", "line", "customer") if name.startswith(f"{p}.")), "")
            named.add((part or "order", name.removeprefix(f"{part}.") if part else name))
    for entry in ledger.entries:
        named |= {("order", name) for name in entry.fields}
        named |= {("line", name) for line in entry.lines for name, _ in line.fields}
        for invoice in entry.invoices:
            named |= {("invoice", name) for name in invoice.fields}
            named |= {("invoice.line", name) for line in invoice.lines for name, _ in line.fields}
    named |= {("customer", name) for fields in ledger.customers.values() for name in fields}
    return named


def differing_fields(
    pairs: Iterable[FieldPair], crm: Mapping[str, str], erp: Mapping[str, str]
) -> Iterator[tuple[FieldPair, str, str]]:
    """The pairs whose values differ, with both values; an empty one is none."""
    for pair in pairs:
        ours, theirs = crm.get(pair.crm, ""), erp.get(pair.erp, "")
        if not is_same(pair, ours, theirs):
            yield pair, ours, theirs


def fields_of(document: Entry | Invoice | Line) -> Mapping[str, str]:
    """The further fields of a document or a line."""
    return dict(document.fields)


def is_same(pair: FieldPair, crm: str, erp: str) -> bool:
    """Whether two texts are one value by the pair's type and rule."""
    if pair.trim:
        crm, erp = crm.strip(), erp.strip()
    if pair.ignore_case:
        crm, erp = crm.casefold(), erp.casefold()
    if crm == erp:
        return True
    match pair.kind:
        case "boolean":
            flags = _flag(crm), _flag(erp)
            return flags[0] is not None and flags[0] == flags[1]
        case "number":
            numbers = _number(crm), _number(erp)
            if numbers[0] is None or numbers[1] is None:
                return False
            off = abs(numbers[0] - numbers[1])
            return off <= max(pair.rule.amount, pair.rule.share * abs(numbers[0]))
        case "date":
            dates = _date(crm), _date(erp)
            if dates[0] is None or dates[1] is None:
                return False
            return abs((dates[0] - dates[1]).days) <= pair.rule.days
        case "timestamp":
            moments = _moment(crm), _moment(erp)
            return moments[0] is not None and moments[0] == moments[1]
    return False


def _flag(text: str) -> bool | None:
    """A checkbox; one that nobody has filled in is not ticked."""
    lower = text.lower()
    return True if lower in _TRUE else False if lower in _FALSE else None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _date(text: str) -> datetime.date | None:
    """The day of a date, or of a moment as it is written."""
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def pair_words(pair: FieldPair) -> str:
    """The name of a further field, with its document unless that is the order."""
    part = "" if pair.part == "order" else f"{pair.part.replace('.', ' ')} "
    return f"{part}{pair.words}"
