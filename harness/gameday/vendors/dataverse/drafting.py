"""Drafts the CRM's side from Dataverse's definitions of its tables and columns.

``GET /api/data/v9.2/EntityDefinitions?$filter=EntitySetName eq 'opportunities'&$expand=Attributes`` answers with the
tables, each with its columns: type, length, whether it can be read, whether the system demands it. Source:
learn.microsoft.com, "Query table definitions using the Web API", "AttributeMetadata EntityType" and the types derived
from it. The values of choices come only with ``OptionSet``, which has to be expanded column by column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday_fakes.dataverse.manifest import MANIFEST

HINT = "save what .../EntityDefinitions?$filter=EntitySetName eq 'opportunities'&$expand=Attributes answers"
_LOGICAL_TYPES = {
    **dict.fromkeys(("Money", "Decimal", "Double"), "number"),
    **dict.fromkeys(("Integer", "BigInt", "Picklist", "State", "Status"), "integer"),
    **dict.fromkeys(("String", "Memo", "Uniqueidentifier", "Lookup", "Customer", "Owner"), "string"),
    "Boolean": "boolean",
    "DateTime": "timestamp",
}
_CHOICES = ("Picklist", "State", "Status")
_LOOKUPS = ("Lookup", "Customer", "Owner")
_PLAIN = ("Money", "Decimal", "Double", "Integer", "BigInt", "DateTime")
#: Formats of texts about people.
_PERSONAL = frozenset({"Email", "Phone", "TextArea"})
#: Tables whose records are people.
_OF_PEOPLE = frozenset({"contact", "lead", "systemuser", "team"})
_GUID = {"minLength": 36, "maxLength": 36}
#: An enumeration with more options is not written as one.
MOST_VALUES = 50


class _Value(msgspec.Struct, frozen=True):
    """A value that Dataverse wraps, because who may change it is beside it."""

    value: str = msgspec.field(default="", name="Value")


class _Option(msgspec.Struct, frozen=True):
    value: int | None = msgspec.field(default=None, name="Value")


class _Options(msgspec.Struct, frozen=True):
    options: list[_Option] = msgspec.field(default_factory=list, name="Options")


class _Column(msgspec.Struct, frozen=True, rename="pascal"):
    """What the API says of a column; of an older version, or with ``$select``, less."""

    logical_name: str
    attribute_type: str = ""
    attribute_of: str | None = None
    max_length: int | None = None
    precision: int | None = None
    format: str | None = None
    date_time_behavior: _Value | None = None
    is_primary_id: bool = False
    is_custom_attribute: bool = False
    is_valid_for_create: bool | None = None
    is_valid_for_read: bool | None = None
    is_valid_for_update: bool | None = None
    required_level: _Value | None = None
    targets: list[str] | None = None
    option_set: _Options | None = None


class _Table(msgspec.Struct, frozen=True, rename="pascal"):
    entity_set_name: str
    attributes: list[_Column]


class DataverseDrafting(VendorDrafting):
    """Drafts from definitions of tables."""

    api_version = "v9.2"

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        for name in objects or MANIFEST.objects:
            where = quote(f"EntitySetName eq '{name}'")
            yield Ask(f"/api/data/{version}/EntityDefinitions?$filter={where}&$expand=Attributes")

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        if not documents:
            raise GamedayError("no definition of a table to draft from", hint=HINT)
        tables = {each.entity_set_name: each for origin, document in documents for each in _tables(document, origin)}
        origins = ", ".join(origin for origin, _ in documents)
        for name in objects:
            if name not in tables:
                raise unknown("table", name, tables, where=origins, hint="see --object")
        chosen = [tables[name] for name in objects] if objects else list(tables.values())
        return Draft("crm", MANIFEST.name, f"the definitions in {origins}", tuple(map(_element, chosen)))


def _tables(document: Any, origin: str) -> Iterator[_Table]:
    listed = document.get("value") if isinstance(document, dict) and "Attributes" not in document else [document]
    if not isinstance(listed, list) or not listed:
        raise GamedayError(f"{origin} defines no tables", hint=HINT)
    for each in listed:
        try:
            yield msgspec.convert(each, _Table)
        except msgspec.ValidationError as problem:
            raise GamedayError(f"{origin} defines no table: {problem}", hint=HINT) from None


def _element(table: _Table) -> Element:
    # A lookup brings columns of its own with it, such as the name of what it leads to: those are not columns to read.
    shown = [
        each
        for each in table.attributes
        if not each.attribute_of and each.is_valid_for_read is not False and each.attribute_type in _LOGICAL_TYPES
    ]
    return Element(table.entity_set_name, "object", tuple(map(_property, shown)))


def _property(each: _Column) -> Property:
    is_lookup = each.attribute_type in _LOOKUPS
    kind = "date" if _is_day(each) else _LOGICAL_TYPES[each.attribute_type]
    values = [option.value for option in (each.option_set or _Options()).options if option.value is not None]
    is_enum = each.attribute_type in _CHOICES and 0 < len(values) <= MOST_VALUES
    personal = each.attribute_type == "Memo" or each.format in _PERSONAL
    classification, why = classify(
        each.logical_name, money=each.attribute_type == "Money", personal=personal, proof=_proof(each)
    )
    writable = each.is_valid_for_create is not False or each.is_valid_for_update is not False
    return Property(
        # A lookup is read by a name of its own.
        physical_name=f"_{each.logical_name}_value" if is_lookup else each.logical_name,
        logical_type=kind,
        physical_type=each.attribute_type,
        required=each.is_primary_id or (each.required_level or _Value()).value == "SystemRequired",
        primary_key=each.is_primary_id,
        unique=each.is_primary_id,
        options=_options(each, kind, is_lookup=is_lookup),
        enum=tuple(values) if is_enum else (),
        classification=classification,
        description="" if writable else "Computed by the CRM.",
        notes=tuple(_notes(each, why, values, is_lookup=is_lookup)),
    )


def _is_day(each: _Column) -> bool:
    behavior = each.date_time_behavior.value if each.date_time_behavior is not None else ""
    return each.attribute_type == "DateTime" and "DateOnly" in (each.format, behavior)


def _options(each: _Column, kind: str, *, is_lookup: bool) -> dict[str, Any]:
    if is_lookup or each.attribute_type == "Uniqueidentifier":
        return _GUID
    if kind == "date":
        return {"format": "yyyy-MM-dd"}
    if kind == "timestamp":
        return {"timezone": True}
    return {"maxLength": each.max_length} if kind == "string" and each.max_length else {}


def _proof(each: _Column) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if each.attribute_type == "Boolean":
        return "its type has no words of people"
    if each.is_primary_id:
        return "the record's own id"
    if each.attribute_type in _CHOICES:
        return "its values are a list of the CRM's"
    if each.attribute_type == "Lookup":
        # Which tables it leads to is not always said.
        people = is_of_people(each.logical_name) or not _OF_PEOPLE.isdisjoint(each.targets or ())
        return "" if people else "the id of another record"
    # People name and use columns of their own as they like.
    standard = each.attribute_type in _PLAIN and not each.is_custom_attribute and not is_of_people(each.logical_name)
    return f"a standard column of the type {each.attribute_type}" if standard else ""


def _notes(each: _Column, why: str, values: Sequence[int], *, is_lookup: bool) -> Iterator[str]:
    if why:
        yield why
    if is_lookup:
        leads = f" of {' or '.join(each.targets)}" if each.targets else ""
        yield f"the id{leads}; what else the flow reads of it has a path, such as {each.logical_name}.name"
    level = (each.required_level or _Value()).value
    if level == "ApplicationRequired":
        yield "TO DO: required? People have to fill it in on a form, a client of the API does not"
    elif not level and not each.is_primary_id:
        yield "TO DO: required? The definition does not say"
    if each.attribute_type in _CHOICES and not 0 < len(values) <= MOST_VALUES:
        yield f"too many options to list: {len(values)}" if values else "its options are not in the definition"
