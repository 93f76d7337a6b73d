"""Reads the values of a contract: durations, exact numbers and shares. Errors name the place."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday.base.durations import LONGEST_S, parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown

#: A number of up to 15 digits, which a float holds exactly.
_NUMBER = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]+(?:\.[0-9]+)?")

_UNITS_S = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}


def plain(value: Any) -> Any:
    """The number or boolean that a text writes; the value itself if it is none, for tools write both as texts.

    >>> plain("300"), plain("0.5"), plain("true"), plain("5 minutes")
    (300, Decimal('0.5'), True, '5 minutes')
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return {"true": True, "false": False}.get(text.lower(), value)


def read_seconds(value: Any, unit: str, where: str) -> float:
    """A number in ``unit``, or a written duration such as "15 minutes"."""
    value = plain(value) if unit else value
    if isinstance(value, str):
        try:
            seconds = parse_duration(value)
        except GamedayError as problem:
            raise GamedayError(f"{where}: {problem.problem}", hint=problem.hint) from None
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if unit not in _UNITS_S:
            raise unknown("unit", unit, _UNITS_S, where=where)
        seconds = float(value) * _UNITS_S[unit]
    else:
        raise GamedayError(f"{where}: {shown(value)} is not a duration", hint="a number and a unit, or '15 minutes'")
    if not 0 < seconds <= LONGEST_S:
        raise GamedayError(f"{where}: {shown(value)} must be greater than 0 and at most 366 days")
    return seconds


def read_number(value: Any, where: str) -> Decimal:
    """An exact number that is not negative."""
    try:
        number = Decimal("nan") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not (number.is_finite() and 0 <= number < 10**12):
        raise GamedayError(f"{where}: {shown(value)} is not a number of at least 0")
    return number


def read_count(value: Any, where: str) -> int:
    """A whole number of at least 1."""
    count = plain(value)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise GamedayError(f"{where}: {shown(value)} is not a whole number greater than 0")
    return count


def read_share(value: Any, unit: str, where: str) -> Decimal:
    """A share from 0 to 1: ``0.05``, ``"5%"``, or 5 with the unit percent."""
    percent = unit in ("percent", "%") or (isinstance(value, str) and value.endswith("%"))
    number = read_number(value.removesuffix("%") if isinstance(value, str) else value, where)
    share = number / 100 if percent else number
    if share > 1:
        raise GamedayError(f"{where}: {shown(value)} is more than 100%")
    return share
