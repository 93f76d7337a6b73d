"""Durations as people write them: "15 minutes", "a minute", "90 s", "2 min", "1.5 hours", "1 week"."""

from __future__ import annotations

import re

from gameday.base.errors import GamedayError

_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
_SHORT = {"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "d": "day", "w": "week"}
_LONG_UNIT = "(?:second|minute|hour|day|week)s?"

#: The longest duration; with a longer one nothing that is done in scenario time would ever end.
LONGEST_S = 366 * 86400.0

#: A duration as a piece of a larger pattern, without groups.
PATTERN = rf"(?:an?\s+{_LONG_UNIT}|\d+(?:\.\d+)?\s*(?:{_LONG_UNIT}|secs?|mins?|[smhdw])\b)"

_DURATION = re.compile(PATTERN, re.IGNORECASE)
_PARTS = re.compile(r"(?P<number>an?(?=\s)|[\d.]+)\s*(?P<unit>[a-z]+)", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Seconds of a written duration.

    >>> parse_duration("15 minutes")
    900.0
    >>> parse_duration("an hour"), parse_duration("2m"), parse_duration("1 week")
    (3600.0, 120.0, 604800.0)
    """
    written = text.strip()
    match = _PARTS.fullmatch(written) if _DURATION.fullmatch(written) else None
    if match is None:
        raise GamedayError(f"not a duration: {text!r}", hint="write '90 seconds', '15 minutes', 'an hour'")
    number, unit = match["number"].lower(), match["unit"].lower()
    known = unit if unit in _SHORT else unit.removesuffix("s")
    seconds = (1.0 if number.startswith("a") else float(number)) * _UNITS[_SHORT.get(known, known)]
    if seconds > LONGEST_S:
        raise GamedayError(f"{written[:40]!r} is too long", hint=f"at most {LONGEST_S / 86400:g} days")
    return seconds


def words(seconds: float) -> str:
    """A duration in words, in the largest unit that keeps it readable.

    >>> words(900), words(90), words(4.2)
    ('15 min', '1 min 30 s', '4.2 s')
    """
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
