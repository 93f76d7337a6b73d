"""The mathematical functions of SuiteQL. Roots, powers of e and logarithms have 38 digits, what is trigonometric 15."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, InvalidOperation, Overflow
from typing import Any

from gameday_fakes.netsuite.suiteql import QueryError
from gameday_fakes.sql import numbers
from gameday_fakes.sql.numbers import decimal

_DIGITS = Context(prec=38)
_TRIGONOMETRIC = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")
#: Beyond this no double holds the power.
_LARGEST_POWER = 280


def functions() -> Iterator[tuple[str, int, Callable[..., Any]]]:
    """Each with its name and number of arguments."""
    for name in _TRIGONOMETRIC:
        yield f"num_{name}", 1, _approximate(getattr(math, name))
    yield "num_atan2", 2, _approximate(math.atan2)
    yield "num_sqrt", 1, lambda value: _exact(lambda: _DIGITS.sqrt(decimal(value)))
    yield "num_exp", 1, lambda value: _exact(lambda: _DIGITS.exp(_small(decimal(value))))
    yield "num_ln", 1, lambda value: _exact(lambda: _DIGITS.ln(_positive(decimal(value))))
    yield "num_log", 2, _log
    yield "num_remainder", 2, _remainder
    yield "num_bitand", 2, lambda left, right: str(_whole(left) & _whole(right))
    yield "num_bucket", 4, _bucket
    yield "num_same", 2, lambda value, _: value


def _exact(compute: Callable[[], Decimal]) -> str:
    try:
        return numbers.plain(compute())
    except (InvalidOperation, Overflow, ZeroDivisionError):
        raise QueryError("argument is out of range") from None


def _approximate(function: Callable[..., float]) -> Callable[..., str]:
    def call(*values: Any) -> str:
        try:
            return numbers.plain(Decimal(repr(function(*(float(decimal(value)) for value in values)))))
        except (ValueError, OverflowError):
            raise QueryError("argument is out of range") from None

    return call


def _small(value: Decimal) -> Decimal:
    if abs(value) > _LARGEST_POWER:
        raise QueryError("numeric overflow")
    return value


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise QueryError("argument is out of range")
    return value


def _log(base: Any, value: Any) -> str:
    below, above = _positive(decimal(base)), _positive(decimal(value))
    if below == 1:
        raise QueryError("argument is out of range")
    # One digit more than is shown, or LOG(10, 100) is not 2.
    wide = Context(prec=45)
    return _exact(lambda: _DIGITS.plus(wide.divide(wide.ln(above), wide.ln(below))))


def _remainder(left: Any, right: Any) -> str:
    """As of Oracle: what is left over from the nearest multiple, which may be less than nothing."""
    divisor = decimal(right)
    if not divisor:
        raise QueryError("divisor is equal to zero")
    return _exact(lambda: numbers.EXACT.remainder_near(decimal(left), divisor))


def _whole(value: Any) -> int:
    number = decimal(value)
    if abs(number) >= 2**127:
        raise QueryError("numeric overflow")
    return int(number)


def _bucket(value: Any, low: Any, high: Any, count: Any) -> int:
    number, first, end, buckets = (decimal(each) for each in (value, low, high, count))
    if first == end or buckets < 1:
        raise QueryError("argument is out of range")
    place = numbers.EXACT.divide(number - first, end - first)
    return 0 if place < 0 else int(buckets) + 1 if place >= 1 else int(place * int(buckets)) + 1
