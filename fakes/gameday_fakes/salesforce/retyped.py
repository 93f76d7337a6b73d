"""Fields whose type has changed: records keep their values as before, and show and take those of the new type.

Salesforce Help, "Change the Custom Field Type": a number becomes a text as it is written, a text that is no number is
lost as a number, a date becomes midnight. A value that the old type could not keep is refused; the vendor keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import msgspec

from gameday_fakes.changed_types import NewType
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field, FieldType
from gameday_fakes.salesforce.moments import is_date

_TYPES: dict[NewType, FieldType] = {
    "text": "string",
    "number": "double",
    "picklist": "picklist",
    "date": "date",
    "datetime": "datetime",
}
_MIDNIGHT = "T00:00:00.000+0000"


class _Record(Protocol):
    @property
    def fields(self) -> Mapping[str, Any]:
        """The values by the fields' own names."""


def retyped(field: Field, new: NewType, values: Iterable[Any]) -> Field:
    """A field with its new type; ``values`` are those that records have, which are those of a picklist."""
    known = tuple(sorted({str(value) for value in values if value is not None})) if new == "picklist" else ()
    return msgspec.structs.replace(
        field,
        type=_TYPES[new],
        length=255 if new in ("text", "picklist") else 0,
        scale=field.scale if new == "number" else 0,
        precision=0,
        values=known,
        restricted=new == "picklist",
        default=None,
        kept_as=field.type,
    )


def value_of(record: _Record, field: Field) -> Any:
    """A record's value as it is shown now."""
    value = record.fields[field.name]
    return shown(field, value) if field.kept_as else value


def shown(field: Field, value: Any) -> Any:
    """A kept value in the field's type of now."""
    if value is None or not field.kept_as:
        return value
    match field.type:
        case "double":
            return _number(value)
        case "date":
            return value[:10]
        case "datetime":
            return value + _MIDNIGHT
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def kept(field: Field, value: Any, name: str) -> Any:
    """A value in the field's type of now as records keep it. Raises Refused."""
    if value is None or not field.kept_as:
        return value
    match field.kept_as:
        case "date":
            if is_date(str(value)[:10]):
                return str(value)[:10]
        case "datetime":
            if is_date(str(value)[:10]):
                return str(value) if "T" in str(value) else value + _MIDNIGHT
        case "boolean":
            if value in ("true", "false"):
                return value == "true"
        case "currency" | "double" | "percent" | "int" | "long":
            number = _number(value)
            if number is not None:
                return number
        case _:
            return f"{value:f}" if isinstance(value, Decimal) else value
    raise Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: {value}", [name])


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 18 else None
