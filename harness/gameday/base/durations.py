"""Durations as people write them: "15 minutes", "a minute", "90 seconds", "1.5 hours"."""

from __future__ import annotations

import re

from gameday.base.errors import GamedayError

_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_DURATION = re.compile(r"(?P<number>an?|\d+(?:\.\d+)?)\s*(?P<unit>second|minute|hour|day)s?", re.IGNORECASE)

#: The same as a piece of a larger pattern, without groups.
PATTERN = r"(?:an?|\d+(?:\.\d+)?)\s*(?:second|minute|hour|day)s?"


def parse_duration(text: str) -> float:
    """Seconds of a written duration.

    >>> parse_duration("15 minutes")
    900.0
    >>> parse_duration("an hour")
    3600.0
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise GamedayError(f"not a duration: {text!r}", hint="write '90 seconds', '15 minutes', 'an hour'")
    number = match["number"].lower()
    return (1.0 if number.startswith("a") else float(number)) * _UNITS[match["unit"].lower()]


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
