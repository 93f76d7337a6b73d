"""What values of a query mean that depend on who asks and when: people and moments."""

from __future__ import annotations

import datetime
import re
import time
from typing import NamedTuple

_RELATIVE = re.compile(r"([+-]?)((?:\d{1,6}[wdhm]\s*)+)")
_PERIOD = re.compile(r"(\d+)([wdhm])")
_UNITS_S = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60}
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?(?:Z|[+-]\d{4})?)?)?")


class Unsupported(ValueError):
    """A query may be right at Jira, but the fake lacks what it asks for; ``what`` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The fake of Jira does not know this part of JQL: {what}.")
        self.what = what


class Asking(NamedTuple):
    """Who asks, and when: the Unix time in seconds; None for now."""

    user: str = ""
    wall_s: float | None = None


def person(asking: Asking) -> str:
    """The user who asks, by name."""
    return asking.user


def moment_of(text: str, asking: Asking) -> datetime.datetime:
    """The moment, to the minute, of ``2026-03-01``, ``2026/03/01 12:30``, ``-2d``, ``now()`` or ``startofday()``.

    In UTC. Jira compares to the minute too. Raises ValueError.
    """
    now = datetime.datetime.fromtimestamp(time.time() if asking.wall_s is None else asking.wall_s, datetime.UTC)
    now = now.replace(second=0, microsecond=0)
    if text == "now()":
        return now
    if text == "startofday()":
        return now.replace(hour=0, minute=0)
    wrong = ValueError(
        f"Date value '{text[:40]}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', "
        "'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
    try:
        if relative := _RELATIVE.fullmatch(text):
            seconds = sum(int(count) * _UNITS_S[unit] for count, unit in _PERIOD.findall(relative[2]))
            return now + datetime.timedelta(seconds=-seconds if relative[1] == "-" else seconds)
        if date := _DATE.fullmatch(text):
            year, month, day, hour, minute = (int(part or 0) for part in date.groups())
            return datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    raise wrong
