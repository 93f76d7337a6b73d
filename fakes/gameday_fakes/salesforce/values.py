"""From JSON values in a body to the form in which records keep them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.moments import is_date
from gameday_fakes.salesforce.retyped import kept

_is_email = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+").fullmatch
_is_time = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?Z?").fullmatch


def coerce(field: Field, value: Any, shown: str) -> Any:
    """A JSON value for a field; ``shown`` is the field's name now. Raises Refused."""
    if field.kept_as:
        return kept(field, coerce(msgspec.structs.replace(field, kept_as=""), value, shown), shown)
    if value is None or value == "":
        return None if field.type != "boolean" else _bad(field, value, shown)
    if field.is_number:
        return _number(field, value, shown)
    if field.type == "boolean":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return _bad(field, value, shown)
    if isinstance(value, list | dict | bool):
        return _bad(field, value, shown)
    text = str(value)
    match field.type:
        case "reference" | "id":
            return canonical(text) or _bad_id(field, text, shown)
        case "date":
            return text if is_date(text) else _bad(field, value, shown)
        case "time":
            return text if _is_time(text) else _bad(field, value, shown)
        case "datetime":
            try:
                return canonical_moment(text)
            except ValueError:
                return _bad(field, value, shown)
    return _text(field, text, shown)


def _text(field: Field, text: str, shown: str) -> str:
    if field.length and len(text) > field.length:
        raise Refused(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            [shown],
        )
    if field.type == "email" and not _is_email(text):
        raise Refused("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [shown])
    if field.restricted:
        for one in text.split(";") if field.type == "multipicklist" else (text,):
            if one not in field.values:
                code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
                raise Refused(code, f"{field.label}: bad value for restricted picklist field: {one}", [shown])
    return text


def _number(field: Field, value: Any, shown: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return _bad(field, value, shown)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return _bad(field, value, shown)
    # Wider than any field of the platform; arithmetic on such numbers would take very long.
    if not number.is_finite() or (number and not -20 < number.adjusted() < 18):
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", f"{field.label}: value outside of valid range: {value}", [shown])
    if field.type in ("int", "long") and number != number.to_integral_value():
        return _bad(field, value, shown)
    if field.precision and number and number.adjusted() >= field.precision - field.scale:
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", message, [shown])
    # Rounded to 28 digits, as arithmetic would: the ledger has to be readable, whatever a stack sends.
    return +number


def _bad(field: Field, value: Any, shown: str) -> Any:
    kind = "VALUE_STRING" if isinstance(value, str) else "value"
    text = str(value)[:80]
    refused = Refused("JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.type} from {kind} {text}")
    # Where no JSON is read the record is at fault.
    message = f"{field.label}: value not of required type: {text}"
    refused.of_record = Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [shown])
    raise refused


def _bad_id(field: Field, text: str, shown: str) -> Any:
    raise Refused("MALFORMED_ID", f"{field.label}: id value of incorrect type: {text[:80]}", [shown])
