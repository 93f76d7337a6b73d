"""Literals in URLs: reading and writing them in both versions.

Sources: "OData Version 4.01. Part 2: URL Conventions", section 5.1.1.14.1 "Primitive Literals", and its ABNF; "OData
Version 2.0: Overview", section 6 "Primitive Data Types".
"""

from __future__ import annotations

import binascii
import datetime
import re
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Value
from gameday_fakes.odata.model import Version

#: The longest number, in characters, and the largest power of ten, which is that of a double.
_LONGEST_NUMBER, _LARGEST_POWER = 60, 308
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<days>[0-9]{1,7})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,12}))?S)?)?"
)
_FRACTION = re.compile(r"\.([0-9]{1,6})[0-9]*")

SUFFIXES = {"L": "Edm.Int64", "M": "Edm.Decimal", "D": "Edm.Double", "F": "Edm.Single"}


def refuse(text: str, type_: str) -> ODataError:
    """The refusal of a text that is no literal of a type."""
    return ODataError("bad_filter", f"Unrecognized '{type_}' literal '{text[:60]}'.")


def number(text: str) -> Value:
    """A number; a suffix says which in version 2, else its point or exponent. Raises ODataError."""
    type_ = SUFFIXES.get(text[-1:].upper(), "")
    digits = text[:-1] if type_ else text
    if len(digits) > _LONGEST_NUMBER:
        raise refuse(text, "Edm.Decimal")
    if not type_:
        type_ = "Edm.Double" if "e" in digits.lower() else "Edm.Decimal" if "." in digits else "Edm.Int32"
    try:
        value = Decimal(digits)
        if value and abs(value.adjusted()) > _LARGEST_POWER:
            raise refuse(text, type_)
        if type_ in ("Edm.Int32", "Edm.Int64"):
            whole = int(digits)
            return Value("Edm.Int64" if abs(whole) >= 2**31 else type_, whole)
    except (DecimalException, ValueError):
        raise refuse(text, type_) from None
    return Value(type_, value)


def typed(prefix: str, text: str, version: Version) -> Value:
    """A literal with a prefix: ``datetime'...'``, ``duration'...'``, an enumeration's name. Raises ODataError."""
    reader = _PREFIXES[version].get(prefix.lower())
    if reader is not None:
        return reader(text)
    if version == "4.0" and "." in prefix:
        return Value(prefix, text)
    raise ODataError("bad_filter", f"Unknown literal prefix '{prefix[:60]}'.")


def guid(text: str) -> Value:
    """A GUID, in lower case. Raises ODataError."""
    if not _GUID.fullmatch(text):
        raise refuse(text, "Edm.Guid")
    return Value("Edm.Guid", text.lower())


def date(text: str) -> Value:
    """A date. Raises ODataError."""
    try:
        return Value("Edm.Date", datetime.date.fromisoformat(text))
    except ValueError:
        raise refuse(text, "Edm.Date") from None


def moment(text: str) -> Value:
    """A date and time with its offset, as UTC. Raises ODataError."""
    return Value("Edm.DateTimeOffset", _moment(text, "Edm.DateTimeOffset").astimezone(datetime.UTC))


def time(text: str) -> Value:
    """A time of day. Raises ODataError."""
    try:
        return Value("Edm.TimeOfDay", datetime.time.fromisoformat(_microseconds(text)))
    except ValueError:
        raise refuse(text, "Edm.TimeOfDay") from None


def duration(text: str) -> Value:
    """A duration. Raises ODataError."""
    return Value("Edm.Duration", _span(text, "Edm.Duration"))


def binary(text: str) -> Value:
    """Binary data: base64url in version 4. Raises ODataError."""
    try:
        padded = text + "=" * (-len(text) % 4)
        return Value("Edm.Binary", binascii.a2b_base64(padded.translate(_URL_SAFE), strict_mode=True))
    except ValueError:
        raise refuse(text, "Edm.Binary") from None


_URL_SAFE = str.maketrans("-_", "+/")


def _hexadecimal(text: str) -> Value:
    try:
        return Value("Edm.Binary", binascii.a2b_hex(text))
    except ValueError:
        raise refuse(text, "Edm.Binary") from None


def _local(text: str) -> Value:
    # Version 2 has no zone in it; some clients write one nevertheless.
    found = _moment(text, "Edm.DateTime", needs_offset=False)
    if found.tzinfo is not None:
        found = found.astimezone(datetime.UTC).replace(tzinfo=None)
    return Value("Edm.DateTime", found)


def _time_span(text: str) -> Value:
    return Value("Edm.Time", _span(text, "Edm.Time"))


def _moment(text: str, type_: str, *, needs_offset: bool = True) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(_microseconds(text))
        if "T" not in text.upper() or (needs_offset and found.tzinfo is None):
            raise refuse(text, type_)
        # An offset can lead beyond the first or the last year.
        if found.tzinfo is not None:
            found.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise refuse(text, type_) from None
    return found


def _microseconds(text: str) -> str:
    return _FRACTION.sub(lambda match: f".{match[1]:<06}", text)


def _span(text: str, type_: str) -> datetime.timedelta:
    match = _DURATION.fullmatch(text)
    if match is None or text.lstrip("+-") in ("P", "PT") or text.endswith("T"):
        raise refuse(text, type_)
    parts = {name: int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds")}
    part = int((match["part"] or "0").ljust(6, "0")[:6])
    try:
        span = datetime.timedelta(**parts, microseconds=part)
    except OverflowError:
        raise refuse(text, type_) from None
    return -span if match["sign"] == "-" else span


_PREFIXES: dict[Version, dict[str, Callable[[str], Value]]] = {
    "2.0": {
        "datetime": _local,
        "datetimeoffset": moment,
        "time": _time_span,
        "guid": guid,
        "x": _hexadecimal,
        "binary": _hexadecimal,
    },
    "4.0": {"duration": duration, "binary": binary},
}


def text_of(literal: Value, version: Version) -> str:
    """A literal as URLs have it; reading it again gives the same."""
    writer = _WRITERS.get(literal.type)
    if writer is not None:
        text: str = writer(literal.value, version)
        return text
    # An enumeration's member.
    return f"{literal.type}{quoted(literal.value)}"


def _moment_text(value: datetime.datetime, version: Version) -> str:
    text = value.isoformat().replace("+00:00", "Z")
    return f"datetimeoffset'{text}'" if version == "2.0" else text


def _binary_text(value: bytes, version: Version) -> str:
    if version == "2.0":
        return f"X'{value.hex().upper()}'"
    return f"binary'{binascii.b2a_base64(value, newline=False).decode().translate(_TO_URL).rstrip('=')}'"


_WRITERS: dict[str, Callable[[Any, Version], str]] = {
    "null": lambda _, __: "null",
    "Edm.Boolean": lambda value, _: "true" if value else "false",
    "Edm.String": lambda value, _: quoted(value),
    "Edm.Int32": lambda value, _: str(value),
    "Edm.Int64": lambda value, version: f"{value}L" if version == "2.0" else str(value),
    "Edm.Decimal": lambda value, version: _real("Edm.Decimal", value, version),
    "Edm.Double": lambda value, version: _real("Edm.Double", value, version),
    "Edm.Single": lambda value, version: _real("Edm.Single", value, version),
    "Edm.Guid": lambda value, version: f"guid'{value}'" if version == "2.0" else str(value),
    "Edm.Date": lambda value, _: value.isoformat(),
    "Edm.DateTime": lambda value, _: f"datetime'{value.isoformat()}'",
    "Edm.DateTimeOffset": _moment_text,
    "Edm.TimeOfDay": lambda value, _: value.isoformat(),
    "Edm.Duration": lambda value, _: f"duration'{span_text(value)}'",
    "Edm.Time": lambda value, _: f"time'{span_text(value)}'",
    "Edm.Binary": _binary_text,
}
_TO_URL = str.maketrans("+/", "-_")


def quoted(text: Any) -> str:
    """A text in quotes."""
    doubled = str(text).replace("'", "''")
    return f"'{doubled}'"


def _real(type_: str, value: Decimal, version: Version) -> str:
    if version == "2.0":
        return f"{value:E}D" if type_ == "Edm.Double" else f"{value:f}{'M' if type_ == 'Edm.Decimal' else 'F'}"
    if type_ == "Edm.Decimal":
        text = f"{value:f}"
        return text if "." in text else f"{text}.0"
    return f"{value:E}"


def span_text(span: datetime.timedelta) -> str:
    """A duration as XML Schema writes it.

    >>> span_text(datetime.timedelta(days=1, seconds=90))
    'P1DT90S'
    """
    sign, span = ("-", -span) if span < datetime.timedelta() else ("", span)
    part = f".{span.microseconds:06}" if span.microseconds else ""
    return f"{sign}P{span.days}DT{span.seconds}{part}S"
