"""When deals are closed, and which of them change later: common to all workloads, from the seed alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError
from gameday.base.money import to_currency
from gameday.base.tables import read_table
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import BusinessOperation, DealLine

MAX_DEALS = 10_000_000

_Part = Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0.0, le=1.0)]
_Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]


class ArrivalParams(msgspec.Struct, frozen=True, kw_only=True):
    """What every workload can be told.

    ``amended`` and ``voided``: how many deals change after they were won, as a share (0.3) or a count (90), within so
    many scenario seconds. ``spread``: how far a deal may arrive from the even beat, in parts of the gap between
    two. ``close_date``: the deals' date; it is fixed, so that a seed makes the same deals on every day.
    """

    amended: _Part = 0
    amended_after_s: _Seconds = 60.0
    voided: _Part = 0
    voided_after_s: _Seconds = 60.0
    spread: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    close_date: Annotated[str, Meta(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")] = "2026-06-30"


P = TypeVar("P", bound=ArrivalParams)


def read_params(kind: type[P], spec: WorkloadSpec) -> P:
    """The parameters of a spec as a ``kind``. Raises GamedayError naming a bad or unknown one."""
    if not 0 < spec.count <= MAX_DEALS or not 0 < spec.per_minute <= 1e9:
        raise GamedayError(f"{spec.count} deals at {spec.per_minute:g} per minute is no workload")
    return read_table(kind, spec.params, where=f"the parameters of the workload {spec.name!r}", strict=False)


def random_of(*parts: object) -> random.Random:
    """Random numbers of their own for each thing, so that one more deal changes none of the others."""
    return random.Random(":".join(map(str, parts)))


def deal_value(name: str, account: str, currency: str, close_date: str, lines: Sequence[DealLine]) -> dict[str, Any]:
    """The value of a ``close_deal``, in the shape in which it travels."""
    amount = sum((line.amount for line in lines), Decimal(0))
    deal = {"name": name, "account": account, "currency": currency, "amount": amount, "close_date": close_date}
    made: dict[str, Any] = msgspec.to_builtins({**deal, "lines": list(lines)})
    return made


def arrange(
    deals: Sequence[tuple[str, dict[str, Any]]], spec: WorkloadSpec, params: ArrivalParams, seed: int
) -> tuple[BusinessOperation, ...]:
    """The deals (key and value), each closed at its time, and what happens to them later, in order of time."""
    gap_s = 60.0 / spec.per_minute
    amended = _Choice(params.amended, len(deals), seed, "amended")
    voided = _Choice(params.voided, len(deals), seed, "voided")
    operations: list[BusinessOperation] = []
    for index, (key, value) in enumerate(deals):
        chance = random_of(seed, "arrival", index)
        at_s = (index + chance.random() * params.spread) * gap_s
        operations.append(BusinessOperation(_at(at_s), "close_deal", key, value))
        if index in amended:
            at_s += chance.uniform(0.1, 1.0) * params.amended_after_s
            operations.append(BusinessOperation(_at(at_s), "amend_deal", key, _amended(value, chance)))
        if index in voided:
            at_s += chance.uniform(0.1, 1.0) * params.voided_after_s
            operations.append(BusinessOperation(_at(at_s), "void_deal", key, {}))
    # Stable: what happens to one deal at one moment stays in its order.
    return tuple(sorted(operations, key=lambda operation: operation.at_s))


class _Choice:
    """Some of the deals, spread evenly: of any run of them the right part is chosen, give or take one."""

    def __init__(self, part: float, count: int, seed: int, what: str) -> None:
        share = Fraction(str(part)) if isinstance(part, float) else Fraction(min(part, count), max(count, 1))
        self._numerator, self._denominator = share.numerator, share.denominator
        self._offset = random_of(seed, what).randrange(self._denominator)

    def __contains__(self, index: int) -> bool:
        before = index * self._numerator + self._offset
        return (before + self._numerator) // self._denominator > before // self._denominator


def _amended(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One line is bought in another quantity, at the same price for one."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    chosen = chance.randrange(len(lines))
    line = lines[chosen]
    quantity = line.quantity + chance.randint(1, 3)
    amount = to_currency(line.amount / line.quantity * quantity, value["currency"])
    lines[chosen] = msgspec.structs.replace(line, quantity=quantity, amount=amount)
    total = sum((each.amount for each in lines), Decimal(0))
    made: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": total})
    return made


def _at(seconds: float) -> float:
    return round(seconds, 3)
