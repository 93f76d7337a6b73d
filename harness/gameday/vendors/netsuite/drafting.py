"""Drafts the ERP's side from NetSuite's metadata catalogue.

``GET /services/rest/record/v1/metadata-catalog/salesOrder`` (SuiteTalk REST Web Services API Guide) answers ``Accept:
application/schema+json`` with a JSON schema of the record type, ``application/swagger+json`` with an OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday.records.personal import NAME, Looks
from gameday.vendors.netsuite.catalogue import HINT, LINKS, Schemas, followed, line_schemas, record_schema
from gameday_fakes.netsuite.manifest import MANIFEST

_MONEY = frozenset({"amount", "rate", "total", "subtotal", "taxTotal", "discountTotal", "shippingCost", "unitPrice"})


#: No flow writes sublists nested three deep.
_DEEPEST_LIST = 2


class NetSuiteDrafting(VendorDrafting):
    """Drafts from metadata catalogues."""

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        wanted = objects or MANIFEST.objects[:1]
        root = "/services/rest/record/v1/metadata-catalog"
        return [Ask(f"{root}/{name}", "application/schema+json") for name in wanted]

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        return draft_catalogues(documents, record=objects[0] if objects else "")


def draft_catalogues(documents: Iterable[tuple[str, Any]], *, record: str = "") -> Draft:
    """The ERP's side, from documents with their origins.

    ``record`` selects the type in an OpenAPI document: by default the sales order, else the only one. Raises
    GamedayError naming the origin of a document that is not a catalogue.
    """
    elements, origins = [], []
    for origin, document in documents:
        name, schema, others = record_schema(document, origin, record)
        properties = followed(schema, others).get("properties")
        if not isinstance(properties, dict) or not all(isinstance(each, dict) for each in properties.values()):
            raise GamedayError(f"{origin} has no properties of {name!r}", hint=HINT)
        elements.append(Element(name, "record", tuple(_properties(properties, others))))
        origins.append(origin)
    if not elements:
        raise GamedayError("no metadata catalogue to draft from", hint=HINT)
    return Draft("erp", MANIFEST.name, f"the metadata catalogue in {', '.join(origins)}", tuple(elements))


def _properties(schemas: Schemas, others: Schemas, depth: int = 0) -> Iterator[Property]:
    for name, schema in schemas.items():
        if name not in LINKS and isinstance(schema, dict):
            yield _property(name, followed(schema, others), others, depth)


def _property(name: str, schema: Schemas, others: Schemas, depth: int) -> Property:
    read_only = schema.get("readOnly") is True
    described = str(schema.get("title") or schema.get("description") or "")
    sentences = [described.rstrip(".") if described.replace(" ", "").lower() != name.lower() else ""]
    lines = line_schemas(schema, others)
    kind = "array" if lines is not None else _logical_type(schema)
    reference = kind == "object"
    sentences.append("Created by the ERP" if read_only else "A reference to another record" if reference else "")
    values = _values(schema)
    looks = _looks(name, values)
    proof = _proof(name, kind, values)
    classification, why = classify(name, money=name in _MONEY, looks=looks, proof=proof)
    return Property(
        physical_name=name,
        logical_type=kind,
        physical_type=str(schema.get("format") or schema.get("type") or ""),
        # A read-only field cannot be required of writers; the ERP may assign the key.
        required=schema.get("nullable") is False and not read_only,
        primary_key=name == "externalId",
        unique=name == "externalId",
        options=_options(kind, schema),
        enum=() if looks else values,
        # A list only holds its fields.
        classification="internal" if lines is not None else classification,
        description="".join(f"{each}. " for each in sentences if each).rstrip(),
        notes=tuple(_notes(schema, read_only, "" if lines is not None else why)),
        properties=tuple(_properties(lines, others, depth + 1)) if lines and depth < _DEEPEST_LIST else (),
    )


def _values(schema: Schemas) -> tuple[Any, ...]:
    """The values that the catalogue lists."""
    listed = schema.get("enum")
    return tuple(value for value in listed if value is not None) if isinstance(listed, list) else ()


def _looks(name: str, values: Sequence[Any]) -> tuple[str, ...]:
    """What the listed values look like, such as names of people."""
    looks = Looks(name)
    for value in values:
        looks.add(value)
    return tuple(looks.found()) or ((NAME,) if values and is_of_people(name) else ())


def _proof(name: str, kind: str, values: Sequence[Any]) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if kind == "boolean":
        return "its type has no words of people"
    if values:
        return "its values are a list of the ERP's"
    custom = name.startswith("cust")
    if kind in ("date", "timestamp", "integer", "number") and not custom and not is_of_people(name):
        return f"a standard field of the type {kind}"
    return "the record's own id" if name in ("id", "externalId") else ""


def _notes(schema: Schemas, read_only: bool, why: str) -> Iterator[str]:
    if why:
        yield why
    if "nullable" not in schema and not read_only:
        yield "TO DO: required? The catalogue does not say"


def _logical_type(schema: Schemas) -> str:
    kind, form = schema.get("type"), schema.get("format")
    if kind == "string":
        return {"date": "date", "date-time": "timestamp"}.get(str(form), "string")
    return str(kind) if kind in ("number", "integer", "boolean", "object") else "object" if "$ref" in schema else ""


def _options(kind: str, schema: Schemas) -> dict[str, Any]:
    if kind == "date":
        return {"format": "yyyy-MM-dd"}
    if kind == "timestamp":
        return {"timezone": True}
    if kind == "string":
        names = ["minLength", "maxLength", "pattern"]
    elif kind in ("number", "integer"):
        names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
    else:
        names = []
    return {name: schema[name] for name in names if name in schema and not isinstance(schema[name], bool)}
