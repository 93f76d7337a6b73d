"""Drafts the ERP's side from the metadata documents of S/4HANA's services.

``GET /sap/opu/odata/sap/API_SALES_ORDER_SRV/$metadata`` (SAP Business Accelerator Hub, "Sales Order (A2X)") answers
with the entity types of the service: keys, lengths, what cannot be written, and the records within records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.csdl import HINT, Csdl, CsdlProperty, EntityType, parts_of, read_csdl
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday_fakes.s4hana.account import ROOT
from gameday_fakes.s4hana.manifest import MANIFEST
from gameday_fakes.s4hana.schema import SERVICES

_TYPES = {"Edm.String": "string", "Edm.Boolean": "boolean", "Edm.Decimal": "number", "Edm.Double": "number"}
_TYPES |= {"Edm.DateTime": "date", "Edm.DateTimeOffset": "timestamp", "Edm.Int16": "integer", "Edm.Int32": "integer"}
_OPTIONS: dict[str, dict[str, Any]] = {"date": {"format": "yyyy-MM-dd"}, "timestamp": {"timezone": True}}
#: Pricing elements are within items, which are within orders.
_DEEPEST = 2
_MONEY = ("Amount", "RateValue")
#: In doubt a field of these types says nothing of people.
_PLAIN = ("date", "timestamp", "integer", "number")


class S4HanaDrafting(VendorDrafting):
    """Drafts from metadata documents."""

    def parse(self, data: bytes, origin: str) -> Any:
        return read_csdl(data, origin)

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        wanted = objects or MANIFEST.objects[:1]
        return [Ask(f"{ROOT}/{name}/$metadata", "application/xml") for name in dict.fromkeys(map(_service, wanted))]

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        elements: dict[str, Element] = {}
        known: list[str] = []
        for _, csdl in documents:
            known += csdl.sets
            wanted = objects or [name for name in MANIFEST.objects if name in csdl.sets][:1] or [*csdl.sets][:1]
            elements |= {name: _element(name, csdl) for name in wanted if name in csdl.sets}
        if not documents:
            raise GamedayError("no metadata document to draft from", hint=HINT)
        origins = ", ".join(origin for origin, _ in documents)
        for name in objects:
            if name not in elements:
                raise unknown("entity set", name, known, where=origins, hint="see --object")
        return Draft("erp", MANIFEST.name, f"the metadata document in {origins}", tuple(elements.values()))


def _service(name: str) -> str:
    """The service that has an entity set. Raises GamedayError."""
    for service, schema in SERVICES.items():
        if name in schema.sets:
            return service
    known = [each for schema in SERVICES.values() for each in schema.sets]
    raise unknown("entity set", name, known, hint="save the $metadata of its service, and give the file")


def _element(name: str, csdl: Csdl) -> Element:
    of = csdl.of_set(name)
    if of is None:
        raise GamedayError(f"the metadata document does not describe the entity set {name!r}", hint=HINT)
    return Element(name, "record", tuple(_properties(of, csdl, _DEEPEST)))


def _properties(of: EntityType, csdl: Csdl, deepest: int, parent: Sequence[str] = ()) -> Iterator[Property]:
    for each in of.properties:
        # A part has its document's key from the document.
        if each.name not in parent:
            yield _property(each, of)
    for name, part in parts_of(csdl, of, deepest=deepest):
        inner = tuple(_properties(part, csdl, deepest - 1, of.key))
        yield Property(name, "array", "Navigation", classification="internal", properties=inner)


def _property(each: CsdlProperty, of: EntityType) -> Property:
    kind, is_key = _TYPES.get(each.type, ""), each.name in of.key
    written = each.creatable or each.updatable
    money = each.name.endswith(_MONEY)
    classification, why = classify(each.name, money=money, proof=_proof(each, kind, is_key=is_key))
    options = {"maxLength": each.length} if kind == "string" and each.length else _OPTIONS.get(kind, {})
    notes = [why] if why else []
    if kind == "date":
        notes.append("In JSON it is /Date(milliseconds)/: midnight in UTC")
    if written and not is_key:
        notes.append("TO DO: required? The metadata does not say")
    sentences = [each.label, "" if written else "Created by the ERP"]
    return Property(
        physical_name=each.name,
        logical_type=kind,
        physical_type=each.type,
        primary_key=is_key,
        unique=is_key and len(of.key) == 1,
        options=options,
        classification=classification,
        description="".join(f"{sentence}. " for sentence in sentences if sentence).rstrip(),
        notes=tuple(notes),
    )


def _proof(each: CsdlProperty, kind: str, *, is_key: bool) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if kind == "boolean":
        return "its type has no words of people"
    # What an organisation has added begins with YY1.
    if kind in _PLAIN and not each.name.startswith("YY1_") and not is_of_people(each.name):
        return f"a standard field of the type {kind}"
    return "the record's own number" if is_key else ""
