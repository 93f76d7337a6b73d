"""The formats of TO_CHAR, TO_DATE and TO_NUMBER, as Oracle's SQL Language Reference has them ("Format Models").

English names and a dollar sign, whatever the user's language. A format that is not understood is refused as Oracle
refuses one ("date format not recognized", "invalid number format model").
"""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

MONTHS, DAYS = calendar.month_name[1:], calendar.day_name
#: The longest format.
LONGEST = 200


class _Element(NamedTuple):
    """A part of a date's format: how it is shown, and what is read in its place (None: it cannot be read)."""

    show: Callable[[datetime.datetime], str]
    read: str | None = None


def _number(digits: int, get: Callable[[datetime.datetime], int], read: str | None = None) -> _Element:
    return _Element(lambda when: f"{get(when):0{digits}}", read)


def _week(when: datetime.datetime) -> int:
    return (when.timetuple().tm_yday - 1) // 7 + 1


_ISO_WEEK = "IW"
_ELEMENTS: dict[str, _Element] = {
    "YYYY": _number(4, lambda when: when.year, r"(?P<year>\d{4})"),
    "RRRR": _number(4, lambda when: when.year, r"(?P<year>\d{4})"),
    "IYYY": _number(4, lambda when: when.isocalendar().year),
    "YYY": _number(3, lambda when: when.year % 1000),
    "YY": _number(2, lambda when: when.year % 100, r"(?P<short>\d{2})"),
    "RR": _number(2, lambda when: when.year % 100, r"(?P<short>\d{2})"),
    "Y": _number(1, lambda when: when.year % 10),
    "Q": _number(1, lambda when: (when.month - 1) // 3 + 1),
    "MONTH": _Element(lambda when: MONTHS[when.month - 1], r"(?P<name>[A-Za-z]{3,9})\s*"),
    "MON": _Element(lambda when: MONTHS[when.month - 1][:3], r"(?P<name>[A-Za-z]{3,9})"),
    "MM": _number(2, lambda when: when.month, r"(?P<month>\d{1,2})"),
    "WW": _number(2, _week),
    _ISO_WEEK: _number(2, lambda when: when.isocalendar().week),
    "W": _number(1, lambda when: (when.day - 1) // 7 + 1),
    "DDD": _number(3, lambda when: when.timetuple().tm_yday),
    "DD": _number(2, lambda when: when.day, r"(?P<day>\d{1,2})"),
    "DAY": _Element(lambda when: DAYS[when.weekday()], r"[A-Za-z]{3,9}\s*"),
    "DY": _Element(lambda when: DAYS[when.weekday()][:3], r"[A-Za-z]{3}"),
    "D": _number(1, lambda when: (when.weekday() + 1) % 7 + 1),
    "HH24": _number(2, lambda when: when.hour, r"(?P<hour>\d{1,2})"),
    "HH12": _number(2, lambda when: when.hour % 12 or 12, r"(?P<half>\d{1,2})"),
    "HH": _number(2, lambda when: when.hour % 12 or 12, r"(?P<half>\d{1,2})"),
    "MI": _number(2, lambda when: when.minute, r"(?P<minute>\d{1,2})"),
    "SSSSS": _number(5, lambda when: when.hour * 3600 + when.minute * 60 + when.second),
    "SS": _number(2, lambda when: when.second, r"(?P<second>\d{1,2})"),
    **{f"FF{n}": _Element(lambda when, n=n: f"{when.microsecond:06}".ljust(9, "0")[:n]) for n in range(1, 10)},  # type: ignore[misc]
    "FF": _Element(lambda when: f"{when.microsecond:06}", r"(?P<fraction>\d{1,9})"),
    "AM": _Element(lambda when: "AM" if when.hour < 12 else "PM", r"(?P<noon>[AaPp][Mm])"),
    "PM": _Element(lambda when: "AM" if when.hour < 12 else "PM", r"(?P<noon>[AaPp][Mm])"),
    "CC": _number(2, lambda when: (when.year + 99) // 100),
    "J": _number(7, lambda when: when.toordinal() + 1_721_425),
}
_PADDED = {"MONTH": max(map(len, MONTHS)), "DAY": max(map(len, DAYS))}
_NAMES = "|".join(sorted(_ELEMENTS, key=len, reverse=True))
_part = re.compile(
    rf"""(?P<mode>FM|FX)|(?P<element>{_NAMES})|"(?P<quoted>[^"]*)"|(?P<sign>[^A-Za-z0-9"])""", re.IGNORECASE
).match


class _Part(NamedTuple):
    """A piece of a format: an element as it is written, or a text that stands for itself."""

    element: str
    text: str
    fills: bool


@functools.lru_cache(maxsize=256)
def _parts(wanted: str) -> tuple[_Part, ...]:
    parts, at, fills = [], 0, True
    while at < len(wanted):
        found = _part(wanted, at)
        if found is None or len(wanted) > LONGEST:
            raise ValueError("date format not recognized")
        at = found.end()
        if found["mode"]:
            fills = not fills if found["mode"].upper() == "FM" else fills
        elif found["element"]:
            parts.append(_Part(found["element"], "", fills))
        else:
            parts.append(_Part("", found["sign"] or found["quoted"] or "", fills))
    return tuple(parts)


def show_date(when: datetime.datetime, wanted: str) -> str:
    """A moment in a format. Raises ValueError."""
    return "".join(_shown(when, part) if part.element else part.text for part in _parts(wanted))


def _shown(when: datetime.datetime, part: _Part) -> str:
    name = part.element.upper()
    text = _ELEMENTS[name].show(when)
    if not text[:1].isdigit():
        text = text.upper() if part.element[:2].isupper() else text.lower() if part.element[0].islower() else text
        return text.ljust(_PADDED.get(name, 0)) if part.fills else text
    return text if part.fills else text.lstrip("0") or "0"


@functools.lru_cache(maxsize=256)
def _reader(wanted: str) -> re.Pattern[str]:
    pattern = ""
    for part in _parts(wanted):
        read = _ELEMENTS[part.element.upper()].read if part.element else None
        if part.element and read is None:
            raise ValueError("date format not recognized")
        pattern += read or re.escape(part.text)
    try:
        return re.compile(pattern)
    except re.error:
        raise ValueError("format code appears twice") from None


def read_date(text: str, wanted: str) -> datetime.datetime:
    """A moment from a text in a format. Raises ValueError."""
    found = _reader(wanted).fullmatch(text.strip())
    if found is None:
        raise ValueError("the text does not have this format")
    given = {name: value for name, value in found.groupdict().items() if value}
    month = int(given.get("month", 1))
    if "name" in given:
        names = [name.lower() for name in MONTHS]
        month = next((n for n, name in enumerate(names, 1) if given["name"].lower() in (name, name[:3])), 0)
    year = int(given.get("year", 1900))
    if "short" in given:
        year = 2000 + int(given["short"]) if int(given["short"]) < 50 else 1900 + int(given["short"])
    hour = int(given.get("hour", 0))
    if "half" in given:
        hour = int(given["half"]) % 12 + 12 * (given.get("noon", "AM").upper() == "PM")
    microsecond = int(given.get("fraction", "0").ljust(6, "0")[:6])
    clock = (hour, int(given.get("minute", 0)), int(given.get("second", 0)), microsecond)
    return datetime.datetime(year, month, int(given.get("day", 1)), *clock)  # noqa: DTZ001 - local, as the caller knows


_number_format = re.compile(r"(FM)?(S?)(\$?)([09G,]*)(?:([.D])([09]*))?(MI|PR|S?)", re.IGNORECASE).fullmatch


def show_number(number: Decimal, wanted: str) -> str:
    """A number in a format such as ``FM999,990.00``; signs in place of digits if it has too many. Raises ValueError."""
    found = _number_format(wanted)
    if found is None or not (found[4] or found[6]) or len(wanted) > LONGEST:
        raise ValueError("invalid number format model")
    fills, whole, fraction, end = not found[1], found[4].upper().replace("G", ","), found[6] or "", found[7].upper()
    rounded = number.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    digits, _, decimals = f"{abs(rounded):f}".partition(".")
    places = whole.replace(",", "")
    digits = digits.lstrip("0").rjust(len(places) - places.index("0") if "0" in places else 0, "0")
    digits = digits or ("" if fraction else "0")
    if len(digits) > len(places):
        return "#" * (len(wanted) + 1)
    shown, rest = "", digits
    for place in reversed(whole):
        if not rest:
            break
        shown, rest = (f",{shown}", rest) if place == "," else (rest[-1] + shown, rest[:-1])
    if found[5]:
        shown += "." + (decimals if fills else decimals.rstrip("0").ljust(fraction.rfind("0") + 1, "0"))
    shown = found[3] + shown
    minus = rounded < 0
    if end == "PR":
        shown = f"<{shown}>" if minus else f" {shown} "
    elif end in ("MI", "S"):
        shown += "-" if minus else " " if end == "MI" else "+"
    else:
        shown = ("-" if minus else "+" if found[2] else " ") + shown
    width = len(whole) + bool(found[5]) + len(fraction) + len(found[3]) + (2 if end == "PR" else 1)
    return shown.rjust(width) if fills else shown.strip()


def read_number(text: str, wanted: str) -> str:
    """The plain digits of a number in a format. Raises ValueError."""
    if _number_format(wanted) is None:
        raise ValueError("invalid number format model")
    plain = text.strip().replace(",", "").replace("$", "")
    return f"-{plain[:-1]}" if plain.endswith("-") else f"-{plain[1:-1]}" if plain[:1] == "<" else plain
