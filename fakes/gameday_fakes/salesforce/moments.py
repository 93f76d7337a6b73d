"""Points in time as Salesforce writes them: ``2024-01-01T00:00:00.000+0000``, always UTC, so text sorts as time."""

from __future__ import annotations

import datetime
import functools
from email.utils import format_datetime, parsedate_to_datetime


# Records of one transaction share their moment, and in a simulation the time stands while anything happens.
@functools.lru_cache(maxsize=64)
def moment(wall_s: float, every_s: float = 0.0) -> str:
    """Unix time as a Salesforce dateTime; with ``every_s`` the last whole multiple of so many seconds."""
    if every_s:
        wall_s = wall_s // every_s * every_s
    return _write(datetime.datetime.fromtimestamp(wall_s, datetime.UTC))


def canonical(text: str) -> str:
    """Any ISO 8601 dateTime with a zone, in Salesforce's form. Raises ValueError."""
    when = datetime.datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    try:
        return _write(when.astimezone(datetime.UTC))
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def to_http_date(text: str) -> str:
    """A Salesforce dateTime as the ``Last-Modified`` header has it: to the second."""
    return format_datetime(_read(text), usegmt=True)


def is_after(text: str, http_date: str) -> bool:
    """Whether a Salesforce dateTime is later than an HTTP date, to the second. Raises ValueError."""
    then = parsedate_to_datetime(http_date)
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    return _read(text).replace(microsecond=0) > then


def is_date(text: str) -> bool:
    """Whether it is a date, YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _write(when: datetime.datetime) -> str:
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "+0000"
