"""What people give a record beside what a business operation names: fields of the organisation, kept or refused.

A record that people make satisfies its organisation: what it requires and nobody gave has a value of the right type.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.declared import ControlError, UnknownField
from gameday_fakes.guesses import did_you_mean
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.values import coerce

_EXAMPLES = {"email": "someone@example.com", "phone": "+1 202 555 0100", "url": "https://example.com"}
_MOST_NAMED = 60


def taken(store: SalesforceStore, sobject: str, given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that people give by name, in the form in which records keep them.

    ``own`` are those that the operation itself sets. Raises ControlError for a field that the organisation lacks, that
    cannot be written or is given twice, and for a value that it does not take.
    """
    model = store.model
    fields = model.objects[sobject].fields
    by_lower = {name.lower(): name for name in fields}
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = fields.get(by_lower.get(str(name).lower(), ""))
        if field is None:
            raise unknown_field(sobject, str(name), fields)
        if not (field.createable or field.updateable):
            raise ControlError(f"field {field.name!r} of {sobject} is set by the CRM itself")
        if own.get(field.name) is not None:
            raise ControlError(f"field {field.name!r} of {sobject} is given twice")
        kept = found[field.name] = taken_value(sobject, field, value)
        if field.unique and kept and store.matching(sobject, field.name, kept):
            raise ControlError(f"field {field.name!r} of {sobject}: another record has {value!r}")
        if field.refers_to and kept:
            parent = store.get(kept)
            if parent is None or parent.object != field.refers_to:
                raise ControlError(f"field {field.name!r} of {sobject}: no {field.refers_to} has the id {value!r}")
    return found


def taken_value(sobject: str, field: Field, value: Any) -> Any:
    """A value as records keep it. Raises ControlError."""
    try:
        return coerce(field, value, field.name)
    except Refused as refused:
        known = f"; known: {', '.join(field.values[:_MOST_NAMED])}" if field.restricted else ""
        raise ControlError(f"field {field.name!r} of {sobject}: {refused.message}{known}") from None


def unknown_field(sobject: str, name: str, fields: Mapping[str, Field]) -> UnknownField:
    """The error for a field that the organisation lacks."""
    known = [field.name for field in fields.values() if field.createable or field.updateable]
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    hint = did_you_mean(name, known)
    return UnknownField(
        f"unknown field {name[:80]!r} of {sobject}; known: {', '.join(known[:_MOST_NAMED])}{more}{hint}"
    )


def filled(store: SalesforceStore, sobject: str, fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The fields of a new record with the organisation's defaults, and with a value for what it requires.

    ``key`` tells the record apart from others of its object.
    """
    whole = {**store.model.defaults[sobject], **fields}
    allowed = store.model.house.allowed(sobject)
    for field in store.model.objects[sobject].fields.values():
        if field.is_required and whole.get(field.name) is None and field.name not in fields:
            whole[field.name] = _example(store, field, key, allowed)
    return whole


def _example(store: SalesforceStore, field: Field, key: str, allowed: Mapping[str, tuple[str, ...]]) -> Any:
    if field.values:
        return next(iter(allowed.get(field.name) or field.values))
    if field.refers_to:
        return next(iter(store.tables.get(field.refers_to, ())), None)
    if field.is_number:
        return Decimal(sum(map(ord, key)) if field.unique else 1)
    now = store.now()
    text = {"date": now[:10], "datetime": now, "time": "12:00:00.000Z"}.get(field.type)
    text = text or (key if field.unique else _EXAMPLES.get(field.type, field.label))
    return text[: field.length] if field.length else text
