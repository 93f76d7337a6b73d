"""What the operators of ``$filter`` do with values. No HTTP here.

Null follows "OData Version 4.01. Part 2: URL Conventions", section 5.1.1.1: ``eq`` and ``ne`` compare it, other
comparisons with it are false, ``and`` and ``or`` know three values, a calculation with it is null.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.functions import Kind

Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "has": operator.eq,
}
_CALCULATE: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def all_of(conditions: Sequence[Evaluate]) -> Evaluate:
    """``and``."""

    def holds(row: Values) -> bool | None:
        found: bool | None = True
        for condition in conditions:
            each = condition(row)
            if each is False:
                return False
            if each is None:
                found = None
        return found

    return holds


def any_of(conditions: Sequence[Evaluate]) -> Evaluate:
    """``or``."""

    def holds(row: Values) -> bool | None:
        found: bool | None = False
        for condition in conditions:
            each = condition(row)
            if each is True:
                return True
            if each is None:
                found = None
        return found

    return holds


def equality(compare: Callable[[Any, Any], bool], first: Evaluate, second: Evaluate, *, moments: bool) -> Evaluate:
    """``eq`` and ``ne``; ``moments`` says whether dates and times may be among the values."""
    if not moments:
        return lambda row: compare(first(row), second(row))
    return lambda row: compare(*alike(first(row), second(row)))


def alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Two values as they can be compared: a date as its midnight, a local time as UTC."""
    if isinstance(a, datetime.date) and isinstance(b, datetime.date):
        return _instant(a), _instant(b)
    return a, b


def _instant(value: datetime.date) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)


def result_of(name: str, left: Kind, right: Kind) -> Kind:
    """The kind of value that a calculation gives. Raises ODataError."""
    kinds = (left, right)
    if all(kind in ("number", "any", "null") for kind in kinds):
        return "number"
    if name in ("add", "sub") and right == "duration" and left in ("date", "moment", "duration"):
        return left
    if name == "sub" and left == right and left in ("date", "moment"):
        return "duration"
    raise ODataError("bad_filter", f"'{name}' cannot be calculated with '{left}' and '{right}'.")


def calculate(name: str, a: Any, b: Any) -> Any:
    """A calculation. Raises ArithmeticError and TypeError."""
    if name in _CALCULATE:
        if isinstance(a, float) or isinstance(b, float):
            a, b = Decimal(a), Decimal(b)
        return _CALCULATE[name](a, b)
    if isinstance(a, int) and isinstance(b, int) and name != "divby":
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if name == "div" else a - b * quotient
    return Decimal(a) / Decimal(b) if name in ("div", "divby") else Decimal(a) % Decimal(b)
