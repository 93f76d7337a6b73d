"""The date literals of SOQL (``TODAY``, ``LAST_N_DAYS:30``) and its date functions.

Source: SOQL and SOSL Reference, "Date Formats and Date Literals in WHERE" and "Date Functions". Weeks begin on
Sunday, the fiscal year is the calendar's, and the user's time zone is UTC.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

_named = re.compile(r"(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)").fullmatch
_counted = re.compile(
    r"(?:(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S"
    r"|N_(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)S_AGO):(\d{1,9})"
).fullmatch
_DAYS = {"YESTERDAY": (-1, 0), "TODAY": (0, 1), "TOMORROW": (1, 2), "LAST_90_DAYS": (-90, 1), "NEXT_90_DAYS": (1, 91)}

Range = tuple[datetime.date, datetime.date]


def is_literal(text: str) -> bool:
    """Whether a word is a date literal."""
    text = text.upper()
    return text in _DAYS or bool(_named(text)) or bool(_counted(text))


def dates_of(literal: str, today: datetime.date) -> Range:
    """The days that a literal means: the first one, and the one behind the last. Raises ValueError if out of range."""
    if literal in _DAYS:
        first, end = _DAYS[literal]
        return _on(today, "DAY", first), _on(today, "DAY", end)
    named = _named(literal)
    if named:
        number = {"LAST": -1, "THIS": 0, "NEXT": 1}[named[1]]
        return _on(today, named[2], number), _on(today, named[2], number + 1)
    counted = _counted(literal)
    if counted is None:
        raise ValueError(f"{literal!r} is not a date literal")
    which, unit, ago, number = counted[1], counted[2] or counted[3], counted[3], int(counted[4])
    if ago:
        return _on(today, unit, -number), _on(today, unit, 1 - number)
    if which == "NEXT":
        return _on(today, unit, 1), _on(today, unit, number + 1)
    # The last days include the present one; the last weeks and longer ones are whole.
    return _on(today, unit, -number), _on(today, unit, 1 if unit == "DAY" else 0)


def _on(today: datetime.date, unit: str, number: int) -> datetime.date:
    """The beginning of the unit that a day is in, or that many units on."""
    unit = unit.removeprefix("FISCAL_")
    try:
        if unit == "DAY":
            return today + datetime.timedelta(days=number)
        if unit == "WEEK":
            return today - datetime.timedelta(days=(today.weekday() + 1) % 7) + datetime.timedelta(weeks=number)
        months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
        first = (today.year * 12 + today.month - 1) // months * months + number * months
        return datetime.date(first // 12, first % 12 + 1, 1)
    except (OverflowError, ValueError):
        raise ValueError("a date is out of range") from None


def _week_in_year(day: datetime.date) -> int:
    return (day.timetuple().tm_yday - 1) // 7 + 1


_PARTS: dict[str, Callable[[datetime.datetime], int | str]] = {
    "CALENDAR_MONTH": lambda when: when.month,
    "CALENDAR_QUARTER": lambda when: (when.month - 1) // 3 + 1,
    "CALENDAR_YEAR": lambda when: when.year,
    "DAY_IN_MONTH": lambda when: when.day,
    "DAY_IN_WEEK": lambda when: (when.weekday() + 1) % 7 + 1,
    "DAY_IN_YEAR": lambda when: when.timetuple().tm_yday,
    "DAY_ONLY": lambda when: when.date().isoformat(),
    "FISCAL_MONTH": lambda when: when.month,
    "FISCAL_QUARTER": lambda when: (when.month - 1) // 3 + 1,
    "FISCAL_YEAR": lambda when: when.year,
    "HOUR_IN_DAY": lambda when: when.hour,
    "WEEK_IN_MONTH": lambda when: (when.day - 1) // 7 + 1,
    "WEEK_IN_YEAR": _week_in_year,
}
#: The functions of a date or dateTime; those that want a dateTime.
FUNCTIONS = frozenset(_PARTS)
OF_MOMENTS = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})


def part(function: str, value: str | None) -> int | str | None:
    """What a function gives for a date or dateTime; null for null."""
    return None if value is None else _PARTS[function](datetime.datetime.fromisoformat(value))
