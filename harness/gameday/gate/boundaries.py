"""Boundary records: what the CRM side of a contract allows and a recording may not have, as deals to be replayed.

One record for each value of an enumeration, for the longest and the shortest text, and for the smallest (or a negative)
and the largest number. Everything else in it is plain. Only what a replay carries into the fake CRM is tested: ids are
the CRM's own, and it has every standard field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract, Field
from gameday.model.scenario import WorkloadSpec
from gameday.records.constraints import allowed_values, read_count, read_decimal
from gameday.records.deal_roles import fields_of
from gameday.records.examples import RecordMaker
from gameday.records.explain import decode
from gameday.records.meaning import read_meaning
from gameday.records.numbers import LARGEST, number_bounds
from gameday.records.tree import Node, read_shape
from gameday.workloads.arrivals import ArrivalParams
from gameday.workloads.recorded_deals import RecordedDeals, deals_of_records

#: The largest number that a deal of a replay may have; limits beyond it are not tested.
_LARGEST = Decimal(10) ** 11
#: The longest text that a deal of a replay may have.
_LONGEST = 255
_PLAIN = {"quantity": Decimal(2), "unit_price": Decimal(10), "amount": Decimal(20)}
_ROLES = ("name", "currency", "date", "sku", *_PLAIN)


class Boundary(msgspec.Struct, frozen=True):
    """One boundary: the field's physical name, in words what its value is, and the business key of its deal."""

    field: str
    what: str
    key: str


class Boundaries(msgspec.Struct, frozen=True):
    """The boundary records as deals; by key what each tests; and what the replay does not carry."""

    deals: RecordedDeals
    by_key: dict[str, Boundary]
    not_played: tuple[str, ...] = ()


def boundary_deals(contract: Contract, *, currency: str, date: str, seed: int) -> Boundaries | None:
    """The boundary records of a contract as deals, in a currency and of a date that the recording has; pure.

    None if there is none. A boundary for which no valid record is found is left out.
    """
    if not contract.crm_fields:
        return None
    maker = _BoundaryMaker(contract.crm_fields, currency, date, seed)
    made = list(maker.records())
    if not made:
        return None
    lines = [(number, record) for number, (_, record) in enumerate(made, start=1)]
    spec = WorkloadSpec("boundary records", len(lines), 60.0)
    roles = fields_of(contract.crm_fields)
    try:
        deals = deals_of_records(lines, roles, spec, ArrivalParams(), seed, where="boundary records", negative=True)
    except GamedayError:
        return None
    closed = {operation.key for operation in deals.workload.operations if operation.f == "close_deal"}
    by_key = {
        key: Boundary(field, what, key)
        for (field, what), record in made
        if (key := _key(record, roles.get("order", ()))) in closed
    }
    return Boundaries(deals, by_key, maker.not_played)


def _key(record: bytes, names: Iterable[str]) -> str:
    """The business key of a record's deal, as the workload reads it."""
    found = decode(record)
    for name in names:
        value: Any = found
        for step in name.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return str(value).strip()
    return ""


class _BoundaryMaker:
    def __init__(self, fields: tuple[Field, ...], currency: str, date: str, seed: int) -> None:
        shape = read_shape(fields)
        self._maker = RecordMaker(fields, seed, 1)
        self._nodes = {node.path: node for node in shape.top.walk() if node.path and not node.children}
        amount = read_meaning(shape).amount
        roles = fields_of(fields)
        #: The field of each role, by role; of several, the first.
        self._field = {role: names[0] for role in _ROLES if (names := roles.get(role))}
        self._deal_amount = amount.path if amount else ""
        day = self._field.get("date", "")
        is_moment = bool(day) and self._nodes[day].kind == "timestamp"
        self._plain = {"currency": currency, "date": f"{date}T00:00:00Z" if is_moment else date, **_PLAIN}
        self._tested = {*self._field.values(), self._deal_amount}
        self.not_played = tuple(self._not_played())

    def _not_played(self) -> Iterator[str]:
        """Fields that a replay does not carry, and absences that it fills: the fake CRM has every standard field."""
        for path, node in self._nodes.items():
            if path not in self._tested and any(_values(node)):
                yield path
            elif path in self._tested and not node.required:
                yield f"{path} with no value"

    def records(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Each boundary (field and words) with a valid record."""
        number = 0
        for path, node in self._nodes.items():
            for what, candidates in _values(node) if path in self._tested else ():
                number += 1
                for value in candidates:
                    try:
                        record = self._maker.make(number, self._fixed(path, value))
                    except GamedayError:
                        continue
                    yield (path, what), record
                    break

    def _fixed(self, path: str, value: Any) -> dict[str, Any]:
        """The values of a record by field: plain ones, and lines whose totals follow from quantity and price."""
        values = dict(self._plain)
        role = next((role for role, field in self._field.items() if field == path), "")
        if path == self._deal_amount:
            role = "amount"
        if role in _PLAIN:
            values |= _line(role, value)
        fixed = {
            field: values[role]
            for role, field in self._field.items()
            if role in values and self._takes(field, values[role])
        }
        return fixed if path == self._deal_amount else {**fixed, path: value}

    def _takes(self, field: str, value: Any) -> bool:
        """Whether a plain value may be put in a field: not if the field has an enumeration without it."""
        allowed = allowed_values(self._nodes[field])
        return allowed is None or value in allowed


def _line(role: str, value: Decimal) -> Mapping[str, Decimal]:
    if role == "amount":
        return {"quantity": Decimal(1), "unit_price": value, "amount": value}
    other = {"quantity": _PLAIN["quantity"], "unit_price": _PLAIN["unit_price"], role: value}
    return {**other, "amount": (other["quantity"] * other["unit_price"]).quantize(Decimal("0.01"))}


def _values(node: Node) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The boundaries of a field in words, each with values to try until one is valid."""
    allowed = allowed_values(node)
    if allowed is not None:
        yield from ((f"the value {one!r}", (one,)) for one in allowed)
    elif node.kind == "string":
        longest = read_count(node, "maxLength")
        if longest is not None and longest <= _LONGEST:
            yield f"a text of {longest} characters", (_text("A", longest), _text("0", longest))
        shortest = max(read_count(node, "minLength") or 0, 1)
        yield f"a text of {shortest} characters", (_text("A", shortest), _text("0", shortest))
    elif node.kind in ("number", "integer"):
        yield from _numbers(node)
    elif node.kind == "boolean":
        yield from ((str(one).lower(), (one,)) for one in (True, False))


def _text(letter: str, length: int) -> str:
    return letter * length


def _numbers(node: Node) -> Iterator[tuple[str, tuple[Decimal, ...]]]:
    low, high, edges = number_bounds(node)
    step = read_decimal(node, "multipleOf") or (Decimal(1) if node.kind == "integer" else Decimal("0.01"))
    if low == -LARGEST:
        yield "a negative number", (Decimal(-1), -step)
    elif abs(low) < _LARGEST:
        least = low + step if low in edges else low
        yield f"the smallest number, {least}", (least,)
    if high < _LARGEST:
        most = high - step if high in edges else high
        yield f"the largest number, {most}", (most,)
