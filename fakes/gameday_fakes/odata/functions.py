"""The functions of ``$filter``, by version: how many arguments each takes, of which kinds, and what it gives.

Sources: "OData Version 4.01. Part 2: URL Conventions", sections 5.1.1.4 to 5.1.1.11; "OData Version 2.0: URI
Conventions", section 4.5. A function of null is null.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import Version

Kind = Literal[
    "string", "number", "boolean", "date", "moment", "time", "duration", "guid", "binary", "enum", "null", "any", "many"
]

#: The longest text that a function may give.
LONGEST_TEXT = 100_000
_MOMENTS: tuple[Kind, ...] = ("date", "moment")


class Function(NamedTuple):
    """One function; ``takes`` are the kinds of each argument, of which the last ``optional`` may be left out."""

    takes: tuple[tuple[Kind, ...], ...]
    gives: Kind
    apply: Callable[..., Any]
    optional: int = 0


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise ODataError("bad_filter", f"A function gives more than {LONGEST_TEXT} characters.")
    return value


def _substring(text: str, start: Any, length: Any = None) -> str:
    begin = max(0, int(start))
    return text[begin:] if length is None else text[begin : begin + max(0, int(length))]


def _replace(text: str, old: str, new: str) -> str:
    if old and len(text) + text.count(old) * len(new) > LONGEST_TEXT:
        return _text("." * (LONGEST_TEXT + 1))
    return text.replace(old, new) if old else text


def _rounded(value: Any) -> Decimal:
    return Decimal(value).to_integral_value(ROUND_HALF_UP)


def _floor(value: Any) -> Decimal:
    return Decimal(value).to_integral_value("ROUND_FLOOR")


def _ceiling(value: Any) -> Decimal:
    return Decimal(value).to_integral_value("ROUND_CEILING")


def _day(value: Any) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _fraction(value: Any) -> Decimal:
    return Decimal(value.microsecond) / 1_000_000


def _offset_minutes(_: datetime.datetime) -> int:
    # Moments are kept in UTC.
    return 0


def _seconds(value: datetime.timedelta) -> Decimal:
    return Decimal(value.days * 86400 + value.seconds) + Decimal(value.microseconds) / 1_000_000


def _part(name: str) -> Callable[[Any], int]:
    return lambda value: getattr(value, name, 0)


_STRING: tuple[Kind, ...] = ("string", "enum", "guid")
_CLOCK: tuple[Kind, ...] = ("date", "moment", "time")
_NUMBER: tuple[Kind, ...] = ("number",)

_BOTH = {
    "startswith": Function((_STRING, _STRING), "boolean", str.startswith),
    "endswith": Function((_STRING, _STRING), "boolean", str.endswith),
    "length": Function((_STRING,), "number", len),
    "indexof": Function((_STRING, _STRING), "number", str.find),
    "substring": Function((_STRING, _NUMBER, _NUMBER), "string", _substring, optional=1),
    "tolower": Function((_STRING,), "string", lambda text: _text(text.lower())),
    "toupper": Function((_STRING,), "string", lambda text: _text(text.upper())),
    "trim": Function((_STRING,), "string", str.strip),
    "concat": Function((_STRING, _STRING), "string", lambda left, right: _text(left + right)),
    "year": Function((_MOMENTS,), "number", _part("year")),
    "month": Function((_MOMENTS,), "number", _part("month")),
    "day": Function((_MOMENTS,), "number", _part("day")),
    "hour": Function((_CLOCK,), "number", _part("hour")),
    "minute": Function((_CLOCK,), "number", _part("minute")),
    "second": Function((_CLOCK,), "number", _part("second")),
    "round": Function((_NUMBER,), "number", _rounded),
    "floor": Function((_NUMBER,), "number", _floor),
    "ceiling": Function((_NUMBER,), "number", _ceiling),
}

FUNCTIONS: dict[Version, dict[str, Function]] = {
    "2.0": {
        **_BOTH,
        "substringof": Function((_STRING, _STRING), "boolean", lambda part, text: part in text),
        "replace": Function((_STRING, _STRING, _STRING), "string", _replace),
    },
    "4.0": {
        **_BOTH,
        "contains": Function((_STRING, _STRING), "boolean", lambda text, part: part in text),
        "fractionalseconds": Function((_CLOCK,), "number", _fraction),
        "date": Function((_MOMENTS,), "date", _day),
        "time": Function((("moment",),), "time", lambda moment: moment.time()),
        "totaloffsetminutes": Function((("moment",),), "number", _offset_minutes),
        "totalseconds": Function((("duration",),), "number", _seconds),
        "mindatetime": Function((), "moment", lambda: datetime.datetime.min.replace(tzinfo=datetime.UTC)),
        "maxdatetime": Function((), "moment", lambda: datetime.datetime.max.replace(tzinfo=datetime.UTC)),
    },
}
