"""The objects of the organisation as tables for the engine of queries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gameday_fakes.salesforce.currencies import converter
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql_dates import part
from gameday_fakes.sql import Column, Database, Kind, Source
from gameday_fakes.sql.source import KEY, with_keys

_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "currency": "number",
    "double": "number",
    "percent": "number",
    "int": "number",
    "long": "number",
    "date": "date",
    "datetime": "moment",
}


def kind_of(field: Field) -> Kind:
    """How the engine keeps a field's values."""
    return _KINDS.get(field.type, "text")


def is_folded(field: Field) -> bool:
    """Whether a field's values are compared whatever their case: texts, but not ids."""
    return kind_of(field) == "text" and field.type not in ("id", "reference")


def database(store: SalesforceStore, schema: Schema, is_listed: Callable[[str], bool] = lambda _: True) -> Database:
    """The engine for an organisation's records. Deleted ones are among them, with ``IsDeleted``.

    Its columns have the types of now, so it does for as long as no field gets another type. ``is_listed`` says of an
    id whether queries find its record.
    """
    functions = {**functions_of(store), ("is_listed", 1): is_listed}
    return Database(sources(store, schema), functions)


def functions_of(store: SalesforceStore) -> dict[tuple[str, int], Callable[..., Any]]:
    """The functions that queries over an organisation's records call."""
    return {("date_part", 2): part, ("has_all", 2): _has_all, ("own_currency", 2): converter(store)}


def sources(store: SalesforceStore, schema: Schema) -> list[Source]:
    """The tables of an organisation's records, one for each object."""
    return [_source(store, schema, name) for name in store.model.objects]


def _source(store: SalesforceStore, schema: Schema, name: str) -> Source:
    columns = _columns(schema.fields(name)) if schema.has_other_types(name) else _unchanged(store.model)[name]
    return Source(name, (store.tables[name], store.bin[name]), columns)


@functools.lru_cache(maxsize=8)
def _unchanged(model: Model) -> Mapping[str, Mapping[str, Column]]:
    """The columns of each object as its model has it: those of all runs in which no field has another type."""
    return {name: _columns(sobject.fields.values()) for name, sobject in model.objects.items()}


def _columns(fields: Iterable[Field]) -> Mapping[str, Column]:
    """The columns of an object with these fields."""
    columns = {}
    for field in fields:
        # Pollers ask for what has changed since.
        indexed = field.type in ("id", "reference") or field.name == "SystemModstamp"
        columns[field.name] = Column(kind_of(field), _getter(field), indexed)
        if is_folded(field):
            columns[field.name + KEY] = Column("text", _folded(field), field.external_id)
    return with_keys(columns)


def _getter(field: Field) -> Callable[[Record], Any]:
    name = field.name
    if field.kept_as:
        return lambda record: value_of(record, field)
    return lambda record: record.fields[name]


def _folded(field: Field) -> Callable[[Record], Any]:
    def get(record: Record) -> Any:
        value = value_of(record, field)
        return None if value is None else str(value).casefold()

    return get


def _has_all(value: str | None, wanted: str) -> bool:
    """Whether a multi-select picklist's value (``a;b``) has all of some values, written likewise."""
    return value is not None and set(wanted.split(";")) <= set(value.split(";"))
