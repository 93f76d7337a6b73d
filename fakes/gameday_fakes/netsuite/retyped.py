"""Fields whose type has changed: records keep their values as before, and show and take those of the new type.

SuiteQL shows every value as text, whatever its type, and a moment as its day, so queries show what they showed. They do
so of a field that has become a list, too, where NetSuite would show ids. That a date without a time is refused where a
moment is expected is an assumption.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.changed_types import NewType
from gameday_fakes.netsuite.customs import selected, selected_name
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.field import Field, Kind
from gameday_fakes.netsuite.values import to_date, to_decimal

KINDS: dict[NewType, Kind] = {
    "text": "string",
    "number": "number",
    "picklist": "select",
    "date": "date",
    "datetime": "date-time",
}
_MIDNIGHT = "T00:00:00Z"


def shown(new: NewType, value: Any, values: Sequence[str] = ()) -> Any:
    """A kept value in the type of now; None where it has none there. ``values`` are those of a list."""
    match new:
        case "picklist":
            return {"id": str(values.index(value) + 1), "refName": value} if value in values else None
        case "number":
            return _number(value)
        case "date":
            return str(value)[:10]
        case "datetime":
            return f"{str(value)[:10]}{_MIDNIGHT}"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, dict):
        return value.get("refName")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def kept(field: Field, new: NewType, value: Any, path: str, values: Sequence[str] = ()) -> Any:
    """A value of a body in the type that records keep; ``values`` are those of a list. Raises Refused."""
    if value is None or value == "":
        return value
    match new:
        case "picklist":
            listed = as_list(field, values)
            return selected_name(listed, selected(listed, value, path))
        case "number":
            return f"{to_decimal(value, path):f}"
        case "date":
            return f"{to_date(value, path)}{_MIDNIGHT}"
        case "datetime":
            return _day_of(value, path)
    if isinstance(value, dict | list):
        raise Refused("invalid_content", f"Invalid value {str(value)[:80]!r}: a text is expected.", path=path)
    return {"refName": str(value)} if field.kind == "select" else value


def as_list(field: Field, values: Sequence[str]) -> Field:
    """A field that has become a list."""
    ids = tuple(str(number) for number in range(1, len(values) + 1))
    return msgspec.structs.replace(field, kind="select", values=tuple(values), ids=ids)


def typed(
    state: StateFaults, record: str, fields: Mapping[str, Field], body: dict[str, Any], within: str = "", at: str = ""
) -> dict[str, Any]:
    """A body, or a line at a place of it, with the values of fields of another type as kept. Raises Refused."""
    changed = {}
    for name, new in state.retyped(record, within).items():
        if name in body:
            state.note_type(record, name, within)
            values = state.list_of(record, within, name)
            changed[name] = kept(fields[name], new, body[name], f"{at}{name}", values)
    return {**body, **changed} if changed else body


def _day_of(value: Any, path: str) -> str:
    try:
        moment = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused("invalid_content", f"Invalid date {str(value)[:80]!r}: YYYY-MM-DDThh:mm:ssZ.", path=path)
    return moment.date().isoformat()


def _number(value: Any) -> Decimal | None:
    try:
        return to_decimal(value, "")
    except Refused:
        return None
