"""The functions of dates that the engine computes for SuiteQL, as Oracle has them."""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gameday_fakes.netsuite import formats
from gameday_fakes.netsuite.suiteql import QueryError
from gameday_fakes.netsuite.suiteql_ranges import date_range
from gameday_fakes.sql import numbers
from gameday_fakes.sql.numbers import EXACT, decimal
from gameday_fakes.sql.source import moment

_DAY_S = Decimal(86_400)


@functools.lru_cache(maxsize=4096)
def read(value: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(value)


def _moved(value: str, days: Any) -> str:
    try:
        return moment(read(value) + datetime.timedelta(seconds=float(decimal(days) * _DAY_S)))
    except OverflowError:
        raise QueryError("a date is out of range") from None


def _days(left: str, right: str) -> str:
    seconds = (read(left) - read(right)) / datetime.timedelta(microseconds=1)
    return numbers.plain(EXACT.divide(Decimal(round(seconds)), _DAY_S * 1_000_000))


def _truncated(value: str, unit: str) -> str:
    when = read(value).replace(hour=0, minute=0, second=0, microsecond=0)
    match unit.upper():
        case "DD" | "DDD" | "J":
            return moment(when)
        case "MM" | "MONTH" | "MON":
            return moment(when.replace(day=1))
        case "Q":
            return moment(when.replace(month=(when.month - 1) // 3 * 3 + 1, day=1))
        case "YYYY" | "YEAR" | "YY" | "Y":
            return moment(when.replace(month=1, day=1))
        case "IW":
            return moment(when - datetime.timedelta(days=when.weekday()))
        case "D" | "DAY" | "DY":
            return moment(when - datetime.timedelta(days=(when.weekday() + 1) % 7))
        case "HH" | "HH24":
            return moment(read(value).replace(minute=0, second=0, microsecond=0))
    raise QueryError(f"a date cannot be truncated to '{unit[:20]}'")


def _rounded_date(value: str, unit: str) -> str:
    """To the nearer beginning of a unit; a month from its 16th day on, a year from July on is rounded up."""
    below = read(_truncated(value, unit))
    behind = read(_truncated(moment(below + datetime.timedelta(days=_LONGEST_UNIT.get(unit.upper()[:1], 1))), unit))
    when = read(value)
    match unit.upper()[:1]:
        case "M":
            is_late = when.day >= 16
        case "Y":
            is_late = when.month >= 7
        case _:
            is_late = when - below >= (behind - below) / 2
    return moment(behind if is_late else below)


#: Days after which surely the next unit has begun, and not the one behind it.
_LONGEST_UNIT = {"Y": 370, "Q": 95, "M": 32, "D": 1, "I": 7, "W": 7}


def _next_day(value: str, name: str) -> str:
    days = [day.lower() for day in formats.DAYS]
    wanted = next((n for n, day in enumerate(days) if len(name) > 2 and day.startswith(name.strip().lower())), None)
    if wanted is None:
        raise QueryError("not a valid day of the week")
    when = read(value)
    return moment(when + datetime.timedelta(days=(wanted - when.weekday() - 1) % 7 + 1))


def _months_on(value: str, months: Any) -> str:
    when = read(value)
    number = when.year * 12 + when.month - 1 + int(decimal(months))
    year, month = number // 12, number % 12 + 1
    if not 1 <= year <= 9999:
        raise QueryError("a date is out of range")
    last = calendar.monthrange(year, month)[1]
    # The last day of a month stays the last day.
    day = last if when.day == calendar.monthrange(when.year, when.month)[1] else min(when.day, last)
    return moment(when.replace(year=year, month=month, day=day))


def _last_day(value: str) -> str:
    when = read(value)
    return moment(when.replace(day=calendar.monthrange(when.year, when.month)[1]))


def _months_between(left: str, right: str) -> str:
    one, other = read(left), read(right)
    months = Decimal((one.year - other.year) * 12 + one.month - other.month)
    if one.day == other.day or (_is_last(one) and _is_last(other)):
        return numbers.plain(months)
    days = decimal(_days(moment(one), moment(one.replace(day=1, hour=0, minute=0, second=0, microsecond=0))))
    days -= decimal(_days(moment(other), moment(other.replace(day=1, hour=0, minute=0, second=0, microsecond=0))))
    return numbers.plain(EXACT.add(months, EXACT.divide(days, Decimal(31))))


def _is_last(when: datetime.datetime) -> bool:
    return when.day == calendar.monthrange(when.year, when.month)[1]


def _part(value: str, part: str) -> int:
    return int(getattr(read(value), part))


#: Each with its name and number of arguments; null in, null out.
FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("date_move", 2, _moved),
    ("date_days", 2, _days),
    ("date_trunc", 2, _truncated),
    ("date_months", 2, _months_on),
    ("date_last", 1, _last_day),
    ("date_between", 2, _months_between),
    ("date_part", 2, _part),
    ("date_round", 2, _rounded_date),
    ("date_next", 2, _next_day),
    ("date_range", 3, date_range),
)
