"""Further fields that the ledger is asked for, as texts: of orders, invoices, their lines and customers. No HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.ledger import StatedField
from gameday_fakes.netsuite import customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import Field, RecordType
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.models import Invoice, Line, Order, Record
from gameday_fakes.netsuite.standard import LINES

if TYPE_CHECKING:
    from gameday_fakes.netsuite.store import NetSuiteStore

#: The parts of a name, and the record type whose field, or line's field, it is.
_PARTS = {
    "invoice.line.": ("invoice", True),
    "invoice.": ("invoice", False),
    "line.": ("salesOrder", True),
    "customer.": ("customer", False),
    "": ("salesOrder", False),
}
#: The standard fields of a document and of a line by the attribute that holds them.
_OF_DOCUMENT = {
    "externalId": "external_id",
    "otherRefNum": "other_ref_num",
    "memo": "memo",
    "tranDate": "date",
    "tranId": "tran_id",
    "exchangeRate": "exchange_rate",
    "terms": "terms",
    "subsidiary": "subsidiary",
    "entity": "customer",
    "currency": "currency",
}
_OF_LINE = {"description": "description", "isClosed": "is_closed", "taxCode": "tax_code", "item": "item"}

Find = Callable[[str, str], Record | None]


class StatedFields(msgspec.Struct, frozen=True):
    """The names of the fields by what they are fields of; ``custbody_plant.externalId`` is one of another record."""

    order: tuple[StatedField, ...] = ()
    line: tuple[StatedField, ...] = ()
    invoice: tuple[StatedField, ...] = ()
    invoice_line: tuple[StatedField, ...] = ()
    customer: tuple[StatedField, ...] = ()
    #: As a ledger names what it states.
    states: tuple[str, ...] = ()


def stated_fields(model: Model, names: Iterable[str]) -> StatedFields:
    """The fields that a setting names: ``custbody_region`` of orders, ``line.custcol_note``, ``invoice.memo``,
    ``invoice.line.custcol_note``, ``customer.custentity_tier``.

    Raises ValueError with the known ones for a field that a record type lacks.
    """
    found: dict[str, list[StatedField]] = {part: [] for part in _PARTS}
    states = []
    for name in names:
        part = next(part for part in _PARTS if name.startswith(part))
        field = StatedField.read(name.removeprefix(part))
        _check(model, part, field.path)
        found[part].append(field)
        states.append(f"fields.{part}{field.name}")
    return StatedFields(
        order=tuple(found[""]),
        line=tuple(found["line."]),
        invoice=tuple(found["invoice."]),
        invoice_line=tuple(found["invoice.line."]),
        customer=tuple(found["customer."]),
        states=tuple(states),
    )


def _check(model: Model, part: str, path: str) -> None:
    kind, of_line = _PARTS[part]
    name, _, inner = path.partition(".")
    fields = model.record_types[kind].lines if of_line else model.record_types[kind].fields
    where = f"{kind}.{LINES}" if of_line else kind
    _need(name, _served(model.record_types[kind], part), where)
    if inner:
        to = model.record_types.get(fields[name].to)
        _need(inner, to.fields if to is not None else (), f"{where}.{name}")


def _served(kind: RecordType, part: str) -> tuple[str, ...]:
    """The fields of a part whose values the ledger can state."""
    if part.endswith("line."):
        return (*_OF_LINE, *kind.further_lines)
    return tuple(kind.fields) if part == "customer." else (*_OF_DOCUMENT, *kind.further)


def _need(name: str, known: Iterable[str], where: str) -> None:
    known = sorted(known)
    if name not in known:
        hint = did_you_mean(name, known)
        raise ValueError(f"ledger_fields: unknown field {name[:80]!r} of {where}; known: {', '.join(known)}{hint}")


# -- values -------------------------------------------------------------------------------------------


def of_document(
    kind: RecordType, document: Order | Invoice, names: Iterable[StatedField], find: Find
) -> dict[str, str]:
    """The values of these fields of an order or an invoice, without those that are empty."""

    def value(name: str) -> Any:
        return getattr(document, _OF_DOCUMENT[name]) if name in _OF_DOCUMENT else document.custom.get(name)

    return _texts(kind.fields, names, value, find)


def of_line(kind: RecordType, line: Line, names: Iterable[StatedField], find: Find) -> dict[str, str]:
    """The same of a line."""

    def value(name: str) -> Any:
        return getattr(line, _OF_LINE[name]) if name in _OF_LINE else line.custom.get(name)

    return _texts(kind.lines, names, value, find)


def of_record(kind: RecordType, record: Record, names: Iterable[StatedField], find: Find) -> dict[str, str]:
    """The same of a customer."""

    def value(name: str) -> Any:
        return {"id": record.id, "externalId": record.external_id}.get(name, record.fields.get(name))

    return _texts(kind.fields, names, value, find)


def _texts(
    fields: Mapping[str, Field], names: Iterable[StatedField], value_of: Callable[[str], Any], find: Find
) -> dict[str, str]:
    found = {}
    for stated in names:
        name, _, inner = stated.path.partition(".")
        value, field = value_of(name), fields[name]
        if value in (None, ""):
            continue
        if field.to and field.kind == "reference":
            found[stated.name] = _of_reference(find(field.to, str(value)), str(value), inner)
        else:
            found[stated.name] = _text(field, value)
    return {name: text for name, text in found.items() if text}


def _of_reference(record: Record | None, id_: str, inner: str) -> str:
    """What a reference names: a field of the record, or without one its external id, else its name."""
    if record is None:
        return "" if inner else id_
    if not inner:
        return record.external_id or record.name
    own = {"id": record.id, "externalId": record.external_id, "refName": record.name}
    value = own.get(inner, record.fields.get(inner))
    return "" if value is None else str(value)


def _text(field: Field, value: Any) -> str:
    if field.kind == "select":
        return customs.selected_name(field, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def digest(*values: Mapping[str, str]) -> str:
    """A hash of stated values; empty if there are none."""
    if not any(values):
        return ""
    return hashlib.sha256(repr([sorted(each.items()) for each in values]).encode()).hexdigest()[:12]


# -- back again ---------------------------------------------------------------------------------------


def restored(store: NetSuiteStore, fields: Mapping[str, Field], stated: Mapping[str, str]) -> dict[str, Any]:
    """The custom fields of a record that a ledger states, as records keep them; what cannot be taken is left out."""
    found = {}
    for name, text in stated.items():
        field = fields.get(name)
        if field is None:
            continue
        try:
            found[name] = customs.value_of(store, field, _in_a_body(store, field, text), name)
        except Refused:
            continue
    return {name: value for name, value in found.items() if value is not None}


def _in_a_body(store: NetSuiteStore, field: Field, text: str) -> Any:
    match field.kind:
        case "reference":
            return {"externalId" if text in store.by_external_id.get(field.to, {}) else "refName": text}
        case "select":
            return {"refName": text}
        case "boolean":
            return text == "true"
    return text
