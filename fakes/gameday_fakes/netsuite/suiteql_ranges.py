"""The relative ranges of ``BUILTIN.RELATIVE_RANGES``: the first and the last day of this month, of the last week, ...

Source: NetSuite Help Center, "BUILTIN.RELATIVE_RANGES", "query.RelativeDateRange". The fiscal year is the calendar's,
weeks begin on Sunday. Whether a range's end is its last day or the day behind it is to be confirmed; here its last day.
"""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.sql.source import moment

_DAYS = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
#: By unit how far it is moved, and whether it ends today.
_UNITS = {
    **{name: ("week", move, False) for name, move in (("TW", 0), ("LW", -1), ("NW", 1))},
    **{name: ("month", move, False) for name, move in (("TM", 0), ("LM", -1), ("NM", 1))},
    **{name: ("quarter", move, False) for name, move in (("TFQ", 0), ("LFQ", -1), ("NFQ", 1))},
    **{name: ("year", move, False) for name, move in (("TFY", 0), ("LFY", -1), ("NFY", 1), ("TY", 0), ("LY", -1))},
    **{name: (unit, 0, True) for name, unit in (("TWTD", "week"), ("TMTD", "month"), ("TFQTD", "quarter"))},
    "TFYTD": ("year", 0, True),
    "LFYTD": ("year", -1, True),
}


def date_range(now: str, name: Any, side: Any) -> str:
    """A side of a range, ``START`` or ``END``: a day as the engine keeps it."""
    today = datetime.datetime.fromisoformat(now).date()
    wanted = str(name).upper()
    if str(side).upper() not in ("START", "END"):
        raise QueryError("a range has a START and an END")
    if wanted in _DAYS:
        first = last = today + datetime.timedelta(days=_DAYS[wanted])
    elif wanted in _UNITS:
        first, last = _span(today, *_UNITS[wanted])
    else:
        raise Unsupported(f"RELATIVE_RANGES {wanted[:40]}")
    day = first if str(side).upper() == "START" else last
    return moment(datetime.datetime.combine(day, datetime.time()))


def _span(today: datetime.date, unit: str, move: int, to_date: bool) -> tuple[datetime.date, datetime.date]:
    if unit == "week":
        first = today + datetime.timedelta(days=7 * move - (today.weekday() + 1) % 7)
        return first, today if to_date else first + datetime.timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    number = (today.year * 12 + today.month - 1) // months * months + move * months
    first, behind = (datetime.date(at // 12, at % 12 + 1, 1) for at in (number, number + months))
    if to_date:
        return first, _years_on(today, move)
    return first, behind - datetime.timedelta(days=1)


def _years_on(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
