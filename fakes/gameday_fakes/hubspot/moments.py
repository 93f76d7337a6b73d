"""Points in time as HubSpot writes them: ``2024-01-01T00:00:00.123Z``, always UTC; read as ISO 8601 or milliseconds."""

from __future__ import annotations

import datetime
import re

_MILLISECONDS = re.compile(r"-?[0-9]{1,15}")
_LARGEST_MS = 253_402_300_799_999


def stamp(ms: int) -> str:
    """Unix milliseconds with three digits after the second.

    >>> stamp(1_704_067_200_123)
    '2024-01-01T00:00:00.123Z'
    """
    when = datetime.datetime.fromtimestamp(ms // 1000, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def value(ms: int) -> str:
    """The same as the value of a property: without a fraction where there is none.

    >>> value(1_704_067_200_000)
    '2024-01-01T00:00:00Z'
    """
    return stamp(ms).replace(".000Z", "Z")


def milliseconds(text: str) -> int:
    """Unix milliseconds of a text: themselves, a date, or a date and time with a zone. Raises ValueError.

    >>> milliseconds("2024-01-01"), milliseconds("1704067200000")
    (1704067200000, 1704067200000)
    """
    if _MILLISECONDS.fullmatch(text):
        ms = int(text)
        if not 0 <= ms <= _LARGEST_MS:
            raise ValueError(f"{text} is out of range")
        return ms
    when = datetime.datetime.fromisoformat(text)
    when = when.replace(tzinfo=when.tzinfo or datetime.UTC)
    try:
        since = when.astimezone(datetime.UTC) - datetime.datetime.fromtimestamp(0, datetime.UTC)
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
    return since // datetime.timedelta(milliseconds=1)


def date(text: str) -> str:
    """The day of a property's value, YYYY-MM-DD in UTC; empty for none."""
    return stamp(milliseconds(text))[:10] if text else ""
