"""Exact decimals in an engine that has none: kept as text, compared by a key that sorts as the numbers do."""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from typing import Any

#: As many digits as Oracle's NUMBER has.
EXACT = Context(prec=40)
_SMALLEST, _LARGEST = -130, 125


class NoNumber(ValueError):
    """A text is not a number."""


@functools.lru_cache(maxsize=65_536)
def decimal(value: Any) -> Decimal:
    """A number from what the engine keeps. Raises NoNumber."""
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("NaN")
    if not number.is_finite() or (number and not _SMALLEST <= number.adjusted() <= _LARGEST):
        raise NoNumber(f"'{str(value)[:40]}' is not a number")
    return number


def text(number: Decimal) -> str:
    """A number as the engine keeps it."""
    shown = str(number)
    return f"{number:f}" if "E" in shown else shown


@functools.lru_cache(maxsize=65_536)
def key(value: Any) -> str | None:
    """A text that sorts as the number does, the same for equal numbers; null for null. Raises NoNumber."""
    if value is None:
        return None
    number = decimal(value)
    if not number:
        return "1"
    sign, digits, _ = number.as_tuple()
    written = "".join(map(str, digits)).rstrip("0")
    body = f"{number.adjusted() + 500:03}{written}"
    # Of negative numbers the larger amount is the smaller number; what ends first is the larger one.
    return "2" + body if not sign else "0" + body.translate(_COMPLEMENT) + "~"


_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def plain(number: Decimal) -> str:
    """A number without zeros at its end."""
    shown = text(number)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def of_two(function: Callable[[Decimal, Decimal], Decimal | None]) -> Callable[[Any, Any], str | None]:
    """A function of two numbers as the engine calls it: null if either is."""

    def call(left: Any, right: Any) -> str | None:
        if left is None or right is None:
            return None
        found = function(decimal(left), decimal(right))
        return None if found is None else text(found)

    return call


# Of a group the engine joins the numbers with commas, and calls once: a call for each number takes three times as long.


def total(joined: str | None) -> str | None:
    """The exact sum of a group's numbers; null without any."""
    if joined is None or "," not in joined:
        return joined
    return text(_sum(joined.split(",")))


def mean(joined: str | None) -> str | None:
    """The mean of a group's numbers, to 40 digits; null without any."""
    if joined is None:
        return None
    values = joined.split(",")
    return plain(EXACT.divide(_sum(values), Decimal(len(values))))


def median(joined: str | None) -> str | None:
    """The middle one of a group's numbers, or the mean of the two in the middle; null without any."""
    if joined is None:
        return None
    values = sorted(map(decimal, joined.split(",")))
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    return text(low) if low == high else plain(EXACT.divide(EXACT.add(low, high), Decimal(2)))


def _spread(joined: str | None, less: int) -> Decimal | None:
    """The variance of a group's numbers, divided by their number ``less`` so many; None if nothing would be left."""
    # Joins repeat values, so each is looked at once.
    counted = collections.Counter([] if joined is None else joined.split(","))
    values = [(decimal(value), Decimal(times)) for value, times in counted.items()]
    many = counted.total()
    if many <= less:
        return None
    whole = functools.reduce(EXACT.add, (EXACT.multiply(value, times) for value, times in values))
    mean_ = EXACT.divide(whole, Decimal(many))
    squares = (EXACT.multiply(times, EXACT.power(EXACT.subtract(value, mean_), 2)) for value, times in values)
    return EXACT.divide(functools.reduce(EXACT.add, squares), Decimal(many - less))


def _statistic(less: int, *, root: bool, alone: str | None = None) -> Callable[[str | None], str | None]:
    """A variance, or its ``root``; ``alone`` is that of one number where it has none."""

    def call(joined: str | None) -> str | None:
        found = _spread(joined, less)
        if found is None:
            return None if joined is None else alone
        return plain(EXACT.sqrt(found) if root else found)

    return call


#: Of a sample and of a population, as Oracle's SQL Language Reference has them.
STATISTICS: dict[str, Callable[[str | None], str | None]] = {
    "num_variance": _statistic(1, root=False, alone="0"),
    "num_var_samp": _statistic(1, root=False),
    "num_var_pop": _statistic(0, root=False),
    "num_stddev": _statistic(1, root=True, alone="0"),
    "num_stddev_samp": _statistic(1, root=True),
    "num_stddev_pop": _statistic(0, root=True),
}


def percentile(joined: str | None, share: Any, way: str) -> str | None:
    """The number below which a share of a group's numbers lies, in their order or (D) its reverse.

    Between two numbers (C), or one of them (another ``way``). Raises NoNumber for a share that is none from 0 to 1.
    """
    part = decimal(share)
    if not 0 <= part <= 1:
        raise NoNumber(f"'{part}' is not between 0 and 1")
    if joined is None:
        return None
    values = sorted(map(decimal, joined.split(",")), reverse="D" in way)
    if "C" not in way:
        last = int((part * len(values)).to_integral_value(ROUND_CEILING))
        return text(values[max(last, 1) - 1])
    place, rest = divmod(part * (len(values) - 1), 1)
    low, high = values[int(place)], values[min(int(place) + 1, len(values) - 1)]
    return plain(EXACT.add(low, EXACT.multiply(rest, EXACT.subtract(high, low))))


def different(joined: str | None) -> str | None:
    """A group's numbers, each only once."""
    return None if joined is None else ",".join({key(value): value for value in reversed(joined.split(","))}.values())


def least(joined: str | None) -> str | None:
    """The smallest number of a group."""
    return None if joined is None else min(joined.split(","), key=decimal)


def greatest(joined: str | None) -> str | None:
    """The largest number of a group."""
    return None if joined is None else max(joined.split(","), key=decimal)


def _sum(values: list[str]) -> Decimal:
    return functools.reduce(EXACT.add, map(decimal, values))


class Sum:
    """The sum of the numbers in a window."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.count = 0

    def step(self, value: Any) -> None:
        if value is not None:
            self.total = EXACT.add(self.total, decimal(value))
            self.count += 1

    def inverse(self, value: Any) -> None:
        if value is not None:
            self.total = EXACT.subtract(self.total, decimal(value))
            self.count -= 1

    def value(self) -> str | None:
        return text(self.total) if self.count else None

    finalize = value


class Average(Sum):
    """The mean of the numbers in a window."""

    def value(self) -> str | None:
        return plain(EXACT.divide(self.total, Decimal(self.count))) if self.count else None

    finalize = value
