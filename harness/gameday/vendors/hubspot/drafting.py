"""Drafts the CRM's side from HubSpot's descriptions of the properties of its objects.

``GET /crm/v3/properties/deals`` answers ``{"results": [...]}``, each property with its type, the options of an
enumeration and what cannot be changed. Source: HubSpot developer documentation, "CRM API | Properties"; the types:
"Property type and fieldType values". Which properties are mandatory is a setting of forms and pipelines, and not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday.records.personal import NAME, Looks
from gameday_fakes.hubspot.manifest import MANIFEST

HINT = "save what .../crm/v3/properties/deals answers"
#: The logical type of ODCS for each type of HubSpot; all others become strings.
_LOGICAL_TYPES = {"number": "number", "date": "date", "datetime": "timestamp", "bool": "boolean"}
_OPTIONS: dict[str, dict[str, Any]] = {"date": {"format": "yyyy-MM-dd"}, "timestamp": {"timezone": True}}
_PERSONAL = frozenset({"phone_number", "phonenumber", "textarea", "html", "file"})
_PLAIN = ("number", "date", "timestamp")
#: An enumeration with more options is not written as one.
MOST_VALUES = 50
#: The id of every object.
KEY = "hs_object_id"


class _Option(msgspec.Struct, frozen=True):
    value: str = ""
    hidden: bool = False


class _Modification(msgspec.Struct, frozen=True, rename="camel"):
    read_only_value: bool = False


class _Described(msgspec.Struct, frozen=True, rename="camel"):
    """What the API says of one property."""

    name: str
    type: str
    field_type: str = ""
    label: str = ""
    calculated: bool = False
    hidden: bool = False
    archived: bool = False
    has_unique_value: bool = False
    hubspot_defined: bool = False
    external_options: bool = False
    referenced_object_type: str | None = None
    show_currency_symbol: bool = False
    options: list[_Option] = []
    modification_metadata: _Modification = _Modification()


class HubSpotDrafting(VendorDrafting):
    """Drafts from descriptions of properties."""

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        return [Ask(f"/crm/v3/properties/{name}") for name in objects or MANIFEST.objects]

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        if not documents:
            raise GamedayError("no description of properties to draft from", hint=HINT)
        if objects and len(objects) != len(documents):
            hint = "one --object for each description, in their order, or none: then a file is named as its object"
            raise GamedayError(f"{len(objects)} objects for {len(documents)} descriptions", hint=hint)
        # An answer does not say of which object it is.
        names = objects or [PurePosixPath(origin).stem for origin, _ in documents]
        read = [_read(document, origin) for origin, document in documents]
        elements = tuple(_element(name, described) for name, described in zip(names, read, strict=True))
        origins = ", ".join(origin for origin, _ in documents)
        return Draft("crm", MANIFEST.name, f"the properties in {origins}", elements)


def _read(document: Any, origin: str) -> list[_Described]:
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list) or not results:
        raise GamedayError(f"{origin} describes no properties", hint=HINT)
    try:
        return msgspec.convert(results, list[_Described])
    except msgspec.ValidationError as problem:
        raise GamedayError(f"{origin} describes no properties: {problem}", hint=HINT) from None


def _element(name: str, described: Iterable[_Described]) -> Element:
    shown = [each for each in described if not (each.archived or each.hidden)]
    notes = ("TO DO: which fields are required? The description of properties does not say",)
    return Element(name, "object", tuple(map(_property, shown)), notes)


def _property(each: _Described) -> Property:
    kind = _LOGICAL_TYPES.get(each.type, "string")
    # Options of an outside list, such as the owners, are people.
    values = [option.value for option in each.options if option.value and not option.hidden]
    looks = _looks(each, values)
    personal = bool(_PERSONAL & {each.type, each.field_type})
    classification, why = classify(
        each.name, money=each.show_currency_symbol, personal=personal, looks=looks, proof=_proof(each, kind)
    )
    is_enum = each.type == "enumeration" and 0 < len(values) <= MOST_VALUES and not looks
    sentences = [each.label if each.label.lower().replace(" ", "") != each.name else ""]
    computed = each.calculated or each.modification_metadata.read_only_value
    sentences.append("Computed by the CRM" if computed else "")
    return Property(
        physical_name=each.name,
        logical_type=kind,
        physical_type=f"{each.type}/{each.field_type}" if each.field_type else each.type,
        required=each.name == KEY,
        primary_key=each.name == KEY,
        unique=each.name == KEY or each.has_unique_value,
        options=_OPTIONS.get(kind, {}),
        enum=tuple(values) if is_enum else (),
        classification=classification,
        description="".join(f"{sentence}. " for sentence in sentences if sentence).rstrip(),
        notes=tuple(note for note in (why, _note_of_values(each, values, looks)) if note),
    )


def _looks(each: _Described, values: Sequence[str]) -> tuple[str, ...]:
    """What the options of an enumeration look like, such as names of people."""
    looks = Looks(each.name)
    for value in values:
        looks.add(value)
    of_people = each.external_options or each.referenced_object_type == "OWNER"
    return tuple(looks.found()) or ((NAME,) if of_people and is_of_people(each.name) else ())


def _proof(each: _Described, kind: str) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if each.name == KEY:
        return "the record's own number"
    if kind == "boolean":
        return "its type has no words of people"
    if each.type == "enumeration" and not each.external_options:
        return "its values are a list of the CRM's"
    # People name and use properties of their own as they like.
    standard = each.hubspot_defined and kind in _PLAIN and not is_of_people(each.name)
    return f"a standard property of the type {kind}" if standard else ""


def _note_of_values(each: _Described, values: Sequence[str], looks: Sequence[str]) -> str:
    if looks and values:
        return f"no enum: {len(values)} values, and some look like {' and '.join(looks)}"
    if each.type == "enumeration" and len(values) > MOST_VALUES:
        return f"too many options to list: {len(values)}"
    return ""
