"""Dates, times and timestamps as texts: by default ISO 8601, else in the contract's own format (JDK letters)."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Mapping
from typing import Any

import msgspec

from gameday.base.errors import GamedayError

Moment = datetime.date | datetime.time | datetime.datetime

#: The letters of a JDK DateTimeFormatter that contracts use, each as a pattern.
_LETTERS = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "uuuu": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{2})",
    "d": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "S": r"(?P<fraction>[0-9])",
    "SSS": r"(?P<fraction>[0-9]{3})",
    "SSSSSS": r"(?P<fraction>[0-9]{6})",
    "X": r"(?P<zone>Z|[+-][0-9]{2}(?:[0-9]{2})?)",
    "XX": r"(?P<zone>Z|[+-][0-9]{4})",
    "XXX": r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})",
    "Z": r"(?P<zone>[+-][0-9]{4})",
}
_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?"
# Some vendors write +0000, RFC 3339 +00:00.
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})"
_DEFAULTS = {
    "date": (_DATE, "a date as YYYY-MM-DD"),
    "time": (_TIME, "a time as HH:MM:SS"),
    "timestamp": (f"{_DATE}[T ]{_TIME}{_ZONE}?", "a timestamp by ISO 8601"),
}


class MomentFormat(msgspec.Struct, frozen=True):
    """How a contract writes the moments of one field, and the limits for its values.

    ``zoned``: whether a timestamp must have a zone (True), must not (False), or may (None). One without is in ``zone``.
    """

    kind: str
    pattern: re.Pattern[str]
    expected: str
    is_default: bool
    zoned: bool | None
    zone: datetime.tzinfo
    limits: tuple[tuple[str, Moment, str], ...] = ()

    def read(self, text: str) -> Moment | None:
        """The moment, or None if the text is not one, or not an existing one (30 February)."""
        found = self.pattern.match(text)
        if found is None:
            return None
        parts = found.groupdict()
        number = {name: int(parts[name]) for name in parts if name not in ("zone", "fraction") and parts[name]}
        fraction = int(f"{parts.get('fraction') or '0':0<6}")
        time = number.get("hour", 0), number.get("minute", 0), number.get("second", 0), fraction
        try:
            if self.kind == "time":
                return datetime.time(*time)
            if self.kind == "date" and "hour" not in parts:
                return datetime.date(number["year"], number["month"], number["day"])
            zone = _zone(parts["zone"]) if parts.get("zone") else self.zone
            day = datetime.date(number["year"], number["month"], number["day"])
            return datetime.datetime.combine(day, datetime.time(*time, zone))
        except (ValueError, OverflowError):
            return None

    def has_zone(self, text: str) -> bool:
        """Whether a text with a moment includes its zone."""
        found = self.pattern.match(text)
        return bool(found and found.groupdict().get("zone"))

    def outside(self, moment: Moment) -> str:
        """The broken limit in words; empty if the moment is within the limits."""
        for name, limit, expected in self.limits:
            if not _COMPARE[name](moment, limit):
                return expected
        return ""


_COMPARE: dict[str, Any] = {
    "minimum": lambda moment, limit: moment >= limit,
    "maximum": lambda moment, limit: moment <= limit,
    "exclusiveMinimum": lambda moment, limit: moment > limit,
    "exclusiveMaximum": lambda moment, limit: moment < limit,
}
_LIMIT_WORDS = {
    "minimum": "not before",
    "maximum": "not after",
    "exclusiveMinimum": "after",
    "exclusiveMaximum": "before",
}


def read_format(kind: str, constraints: Mapping[str, Any], where: str) -> MomentFormat:
    """The format of a field of this kind (date, time, timestamp). Raises GamedayError naming the bad constraint."""
    written = constraints.get("format")
    pattern, expected = _DEFAULTS[kind]
    is_default = written is None or (kind, written) in (("date", "yyyy-MM-dd"), ("time", "HH:mm:ss"))
    if not is_default:
        pattern, expected = _translate(kind, str(written), where), f"a {kind} as {written}"
    named = str(constraints.get("defaultTimezone", "Etc/UTC"))
    try:
        zone = zoneinfo.ZoneInfo(named)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise GamedayError(f"{where}: {named!r} is not a time zone", hint="a name such as Europe/Berlin") from None
    zoned = constraints.get("timezone") if kind == "timestamp" else None
    made = MomentFormat(kind, re.compile(rf"(?:{pattern})\Z"), expected, is_default, zoned, zone)
    limits = []
    for name in _COMPARE:
        if name in constraints:
            limit = made.read(str(constraints[name]))
            if limit is None:
                raise GamedayError(f"{where}: {name} {str(constraints[name])!r} is not {expected}")
            limits.append((name, limit, f"{_LIMIT_WORDS[name]} {constraints[name]}"))
    return msgspec.structs.replace(made, limits=tuple(limits))


def _translate(kind: str, written: str, where: str) -> str:
    """A JDK format as a pattern: runs of one letter, texts in single quotes, all else literal."""
    parts, seen = [], set()
    for quoted, letters, _, other in re.findall(r"'([^']*)'|(([A-Za-z])\3*)|(.)", written):
        if letters:
            if letters not in _LETTERS or letters[0].replace("u", "y") in seen:
                raise GamedayError(f"{where}: unknown letters {letters!r} in the format {written!r}")
            seen.add(letters[0].replace("u", "y"))
            parts.append(_LETTERS[letters])
        else:
            parts.append(re.escape(quoted or other or "'"))
    for letter in {"date": "yMd", "timestamp": "yMdH", "time": "H"}[kind]:
        if letter not in seen:
            raise GamedayError(f"{where}: the format {written!r} of a {kind} lacks {letter!r}")
    return "".join(parts)


def _zone(text: str) -> datetime.tzinfo:
    if text == "Z":
        return datetime.UTC
    digits = text[1:].replace(":", "")
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return datetime.timezone(-offset if text[0] == "-" else offset)
