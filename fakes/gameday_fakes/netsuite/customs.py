"""Fields that an account adds to its records: values are taken, kept and shown by the field's type. No HTTP here.

Oracle's NetSuite help, "Working with Custom Fields" and "Working with List/Record fields" of the REST guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import Field
from gameday_fakes.netsuite.values import to_date, to_decimal, to_text

if TYPE_CHECKING:
    from gameday_fakes.netsuite.store import NetSuiteStore

_FLAGS = {True: True, False: False, "T": True, "F": False}


def merged(
    store: NetSuiteStore, fields: Mapping[str, Field], kept: Mapping[str, Any], body: Mapping[str, Any], at: str = ""
) -> dict[str, Any]:
    """The values that a record has of ``fields`` once a body is written: ``kept``, with those of the body.

    A value that is empty or null is left out; ``at`` is the body's place in the request. Raises Refused.
    """
    whole = {name: value for name, value in kept.items() if name in fields}
    for name, field in fields.items():
        if name in body and not field.read_only:
            whole[name] = value_of(store, field, body[name], f"{at}{name}")
    return {name: value for name, value in whole.items() if value is not None}


def changed(
    store: NetSuiteStore, fields: Mapping[str, Field], kept: Mapping[str, Any], body: Mapping[str, Any], at: str = ""
) -> dict[str, Any]:
    """The same of a record that is there already: what is required cannot be emptied. Raises Refused."""
    if not fields:
        return {}
    whole = merged(store, fields, kept, body, at)
    _need({name: field for name, field in fields.items() if name in body}, whole)
    return whole


def new(
    store: NetSuiteStore, fields: Mapping[str, Field], kept: Mapping[str, Any], body: Mapping[str, Any], at: str = ""
) -> dict[str, Any]:
    """The same of a new record, with what it has unless the body says otherwise. Raises Refused."""
    whole = merged(store, fields, {**defaults(fields), **kept}, body, at)
    _need(fields, whole)
    return whole


def _need(fields: Mapping[str, Field], whole: Mapping[str, Any]) -> None:
    absent = [field.label or name for name, field in fields.items() if field.required and name not in whole]
    if absent:
        need = ", ".join(absent)
        raise Refused("missing_field", f"Error while accessing a resource. Please enter value(s) for: {need}.")


def defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    """What a new record has unless it says otherwise."""
    return {name: field.default for name, field in fields.items() if field.default is not None}


def missing(fields: Mapping[str, Field], given: Mapping[str, Any]) -> list[str]:
    """The labels of the fields that are required and not given."""
    return [
        field.label or name
        for name, field in fields.items()
        if field.required and not field.read_only and field.default is None and given.get(name) in (None, "")
    ]


def value_of(store: NetSuiteStore, field: Field, value: Any, path: str) -> Any:
    """A value of a body as records keep it; None for an empty one. Raises Refused."""
    if value is None or value == "":
        return None
    match field.kind:
        case "reference":
            return store.refer(field.to, value, path)
        case "select":
            return selected(field, value, path)
        case "number":
            return to_decimal(value, path)
        case "integer":
            return int(to_decimal(value, path))
        case "boolean":
            if not isinstance(value, bool | str) or value not in _FLAGS:
                raise Refused("invalid_content", f"Invalid value {str(value)[:80]!r}: true or false.", path=path)
            return _FLAGS[value]
        case "date":
            return to_date(value, path)
    if isinstance(value, dict | list):
        raise Refused("invalid_content", f"Invalid value {str(value)[:80]!r}: a text is expected.", path=path)
    return to_text(value, path, field.length) if field.length else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def selected(field: Field, value: Any, path: str) -> str:
    """The id of a value of a list: ``{"id": "2"}``, ``{"refName": "EMEA"}`` or the bare id."""
    shown = value.get("id", value.get("refName", "")) if isinstance(value, dict) else value
    named = field.id_of(str(shown)) if isinstance(value, dict) and "id" not in value else None
    text = named or str(shown)
    if field.name_of(text) is not None:
        return text
    name = path.rpartition(".")[2]
    detail = f"Invalid Field Value {text[:80]} for the following field: {name}."
    raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path=path)


def selected_name(field: Field, id_: str) -> str:
    """What a value of a list is called, by its id."""
    return field.name_of(id_) or ""


def example(store: NetSuiteStore, field: Field) -> Any:
    """A value for a required field of a record that people made, in the form of a body."""
    match field.kind:
        case "reference":
            # One that an order of the default subsidiary can name.
            fits = (None, store.default_subsidiary)
            records = store.records[field.to].values() if field.to in store.records else ()
            own = (each.id for each in records if each.fields.get("subsidiary") in fits)
            return next(own, next(iter(store.all_of(field.to)), None))
        case "select":
            return field.ids[0]
        case "number" | "integer":
            return 1
        case "boolean":
            return True
        case "date" | "date-time":
            return store.dates.today(store.clock.wall_s())
    return field.label[: field.length] if field.length else field.label


def examples(store: NetSuiteStore, fields: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values, in the form of a body, for what is required and not given."""
    return {
        name: example(store, field)
        for name, field in fields.items()
        if field.required and not field.read_only and field.default is None and given.get(name) in (None, "")
    }
