"""Whether a text states a moment, as an alert should say when the stack first saw a problem."""

from __future__ import annotations

import re

_YEAR = r"(19|20)\d\d"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = (
    rf"\b{_YEAR}-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|\b\d{{1,2}}[./-]\d{{1,2}}[./-]({_YEAR}|\d\d)\b|\b{_YEAR}[./]\d{{1,2}}[./]\d{{1,2}}\b"
    rf"|\b{_MONTH}\.? \d{{1,2}}(st|nd|rd|th)?,? {_YEAR}\b|\b\d{{1,2}}\.? {_MONTH}\.?,? {_YEAR}\b"
)
_CLOCK = r"(?<![\d:.])([01]?\d|2[0-3]):[0-5]\d(?![\d])(:[0-5]\d)?(?!:)"
_AGO = r"\b\d+(\.\d+)? ?(ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?) ago\b"
_STATED = re.compile(f"{_DATE}|{_CLOCK}|{_AGO}")
#: Seconds since 1970, of this century, also as milli-, micro- or nanoseconds.
_EPOCH = re.compile(r"[1-9]\d{9}(\d{3}){0,3}(\.\d+)?")
#: What stands for no moment: the first one of a clock, and the last one of a calendar.
_NEVER = re.compile(r"\b(1970-01-01|0001-01-01|0000-00-00|9999-12-31)")


def states_moment(text: str) -> bool:
    """Whether a text states a date, a time of day, an age or seconds since 1970, in any usual form.

    >>> states_moment("2026-06-30T10:00:00Z"), states_moment("1782813600"), states_moment("a while ago")
    (True, True, False)
    """
    plain = text.strip().casefold()[:255]
    return not _NEVER.search(plain) and bool(_STATED.search(plain) or _EPOCH.fullmatch(plain))
