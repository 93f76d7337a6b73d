"""Values of properties in JSON, in both versions, and in keys.

Sources: "OData JSON Format Version 4.01", section 7.1 "Primitive Value"; "OData Version 2.0: JSON Format", section 4.
Decimals are exact: a number of JSON in version 4, or a text under ``IEEE754Compatible=true``; a text in version 2.
"""

from __future__ import annotations

import binascii
import datetime
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from gameday_fakes.odata import literals
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Value
from gameday_fakes.odata.model import EntitySet, Property, Schema, Version

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECONDS = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{1,4})?\)/")
_RANGES = {
    "Edm.Byte": (0, 255),
    "Edm.SByte": (-128, 127),
    "Edm.Int16": (-(2**15), 2**15 - 1),
    "Edm.Int32": (-(2**31), 2**31 - 1),
    "Edm.Int64": (-(2**63), 2**63 - 1),
}
#: Most digits of a decimal that states no precision.
_DIGITS = 38


def bad_value(value: Any, each: Property) -> ODataError:
    """The refusal of a value that a property cannot have."""
    text = f"Cannot convert the literal '{str(value)[:60]}' to the expected type '{each.type}'."
    return ODataError("bad_value", text, target=each.name)


def read(value: Any, each: Property, schema: Schema) -> Any:
    """The value of a property in a body, as it is kept. Raises ODataError."""
    if value is None:
        if not each.nullable:
            text = f"A null value was found for the property named '{each.name}', which does not allow it."
            raise ODataError("bad_value", text, target=each.name)
        return None
    enum = schema.enum_of(each)
    if enum is not None:
        if value not in enum.members:
            options = ",".join(enum.members)
            text = f"'{str(value)[:60]}' is not an option. The existing options are: {options}"
            raise ODataError("bad_value", text, target=each.name)
        return value
    try:
        found = _READERS[each.type](value, each)
    except (ArithmeticError, LookupError, TypeError, ValueError, ODataError) as problem:
        if isinstance(problem, ODataError) and problem.kind != "bad_filter":
            raise
        raise bad_value(value, each) from None
    return found


def _string(value: Any, each: Property) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    if each.length and len(value) > each.length:
        text = (
            f"The length of the string is {len(value)}, but it must be less than or equal to {each.length} characters."
        )
        raise ODataError("too_long", text, target=each.name)
    kept: str = value
    if each.unpadded and kept.isascii() and kept.isdigit():
        kept = kept.lstrip("0") or "0"
    return kept.upper() if each.upper else kept


def _integer(value: Any, each: Property) -> int:
    if isinstance(value, str) and each.type == "Edm.Int64" and len(value) < 20:
        value = int(value)
    low, high = _RANGES[each.type]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(value)
    return value


def _decimal(value: Any, each: Property) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 80:
        raise ValueError(value)
    found = Decimal(str(value))
    if not found.is_finite() or abs(found.adjusted()) >= (each.precision or _DIGITS):
        raise ValueError(value)
    if each.scale is not None and -int(found.as_tuple().exponent) > each.scale:
        found = found.quantize(Decimal(1).scaleb(-each.scale), ROUND_HALF_UP)
    return found


def _double(value: Any, _: Property) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError(value)
    found = Decimal(str(value)[:400])
    if not found.is_finite() or (found and abs(found.adjusted()) > 308):
        raise ValueError(value)
    return found


def _boolean(value: Any, _: Property) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _date(value: Any, _: Property) -> datetime.date:
    return datetime.date.fromisoformat(value)


def _moment(value: Any, each: Property) -> datetime.datetime:
    """A date and time; one without an offset counts as UTC. ``Edm.DateTime`` of version 2 has no offset."""
    match = _MILLISECONDS.fullmatch(value)
    found = _EPOCH + datetime.timedelta(milliseconds=int(match[1])) if match else datetime.datetime.fromisoformat(value)
    if each.type == "Edm.DateTimeOffset":
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    return (found.astimezone(datetime.UTC) if found.tzinfo else found).replace(tzinfo=None)


def _time(value: Any, _: Property) -> datetime.time:
    return datetime.time.fromisoformat(value)


def _span(value: Any, _: Property) -> datetime.timedelta:
    span: datetime.timedelta = literals.duration(value).value
    return span


def _guid(value: Any, _: Property) -> str:
    return str(literals.guid(value).value)


def _binary(value: Any, _: Property) -> bytes:
    return binascii.a2b_base64(value.encode("ascii"), strict_mode=True)


_READERS: dict[str, Callable[[Any, Property], Any]] = {
    "Edm.String": _string,
    **dict.fromkeys(_RANGES, _integer),
    "Edm.Decimal": _decimal,
    "Edm.Double": _double,
    "Edm.Single": _double,
    "Edm.Boolean": _boolean,
    "Edm.Date": _date,
    "Edm.DateTime": _moment,
    "Edm.DateTimeOffset": _moment,
    "Edm.TimeOfDay": _time,
    "Edm.Time": _span,
    "Edm.Duration": _span,
    "Edm.Guid": _guid,
    "Edm.Binary": _binary,
}


def _itself(value: Any) -> Any:
    return value


def _iso(value: datetime.datetime) -> str:
    text = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _milliseconds(value: datetime.datetime) -> str:
    offset = "+0000" if value.tzinfo else ""
    since = (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)) - _EPOCH
    return f"/Date({since // datetime.timedelta(milliseconds=1)}{offset})/"


def _base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode()


def _plain(value: Decimal) -> str:
    return f"{value:f}"


_WRITERS: dict[Version, dict[str, Callable[[Any], Any]]] = {
    "4.0": {
        "Edm.Date": datetime.date.isoformat,
        "Edm.DateTimeOffset": _iso,
        "Edm.TimeOfDay": datetime.time.isoformat,
        "Edm.Duration": literals.span_text,
        "Edm.Binary": _base64,
    },
    "2.0": {
        "Edm.Decimal": _plain,
        "Edm.Double": str,
        "Edm.Single": str,
        "Edm.Int64": str,
        "Edm.DateTime": _milliseconds,
        "Edm.DateTimeOffset": _milliseconds,
        "Edm.Time": literals.span_text,
        "Edm.Binary": _base64,
    },
}
_AS_TEXT: dict[str, Callable[[Any], Any]] = {"Edm.Decimal": _plain, "Edm.Int64": str}


def writer(each: Property, version: Version, *, ieee754: bool = False) -> Callable[[Any], Any]:
    """How a property's values, other than null, become JSON."""
    if ieee754 and each.type in _AS_TEXT:
        return _AS_TEXT[each.type]
    found: Callable[[Any], Any] | None = _WRITERS[version].get(each.type)
    return found or _itself


def of_literal(literal: Value, each: Property, schema: Schema) -> Any:
    """The value of a literal in a key or a parameter, as it is kept. Raises ODataError."""
    if literal.type in ("Edm.String", "Edm.Boolean", "null") or schema.enum_of(each) is not None:
        return read(literal.value, each, schema)
    value = literal.value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return read(value, each, schema)
    if each.type == literal.type or (each.type, literal.type) == ("Edm.DateTimeOffset", "Edm.DateTime"):
        return value
    raise bad_value(literals.text_of(literal, schema.version), each)


def key_text(of: EntitySet, values: Mapping[str, Any], version: Version) -> str:
    """The key of a record as URLs have it: ``(1)``, ``('A')``, ``(Order='1',Item='10')``."""
    texts = [_literal_text(of.properties[name], values[name], version) for name in of.key]
    if len(texts) == 1:
        return f"({texts[0]})"
    return f"({','.join(f'{name}={text}' for name, text in zip(of.key, texts, strict=True))})"


def _literal_text(each: Property, value: Any, version: Version) -> str:
    type_ = each.type if each.type.startswith("Edm.") else "Edm.String"
    if type_ in ("Edm.Byte", "Edm.SByte", "Edm.Int16"):
        type_ = "Edm.Int32"
    try:
        return literals.text_of(Value(type_, value), version)
    except (DecimalException, AttributeError):
        return literals.quoted(value)
