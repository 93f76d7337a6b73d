"""Drafts the ERP's side from NetSuite's metadata catalogue.

``GET /services/rest/record/v1/metadata-catalog/salesOrder`` (SuiteTalk REST Web Services API Guide) answers ``Accept:
application/schema+json`` with a JSON schema of the record type, ``application/swagger+json`` with an OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.drafting.classification import classify
from gameday.contracts.drafting.draft import Draft, Element, Property

RECORD = "salesOrder"
#: Links in every record, which no integration writes.
_LINKS = frozenset({"links", "nsLink"})
_MONEY = frozenset({"amount", "rate", "total", "subtotal", "taxTotal", "discountTotal", "shippingCost", "unitPrice"})
_HINT = "save what .../metadata-catalog/salesOrder answers to Accept: application/schema+json"


_REFERENCE = "#/components/schemas/"
#: Schemas may refer to each other in a cycle, and no flow writes sublists nested three deep.
_MOST_REFERENCES = 8
_DEEPEST_LIST = 2

Schemas = Mapping[str, Any]


def draft_netsuite(documents: Iterable[tuple[str, Any]], *, record: str = "") -> Draft:
    """The ERP's side, from documents with their origins.

    ``record`` selects the type in an OpenAPI document: by default the sales order, else the only one. Raises
    GamedayError naming the origin of a document that is not a catalogue.
    """
    elements, origins = [], []
    for origin, document in documents:
        name, schema, others = _schema(document, origin, record)
        properties = _followed(schema, others).get("properties")
        if not isinstance(properties, dict) or not all(isinstance(each, dict) for each in properties.values()):
            raise GamedayError(f"{origin} has no properties of {name!r}", hint=_HINT)
        elements.append(Element(name, "record", tuple(_properties(properties, others))))
        origins.append(origin)
    if not elements:
        raise GamedayError("no metadata catalogue to draft from", hint=_HINT)
    return Draft("erp", "netsuite", f"the metadata catalogue in {', '.join(origins)}", tuple(elements))


def _schema(document: Any, origin: str, record: str) -> tuple[str, Schemas, Schemas]:
    """The record type's name, its JSON schema, and the schemas that it may refer to."""
    if not isinstance(document, dict):
        raise GamedayError(f"{origin} is {shown(document)}, not a metadata catalogue", hint=_HINT)
    if "openapi" not in document:
        name = record or document.get("title") or RECORD
        return str(name), document, {}
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict):
        raise GamedayError(f"{origin} has no components.schemas", hint=_HINT)
    names = [name for name, schema in schemas.items() if name not in _LINKS and isinstance(schema, dict)]
    wanted = record or (RECORD if RECORD in names else names[0] if len(names) == 1 else "")
    if wanted not in names:
        raise unknown("record type", wanted or "(none named)", names, where=origin, hint="see --object")
    return wanted, schemas[wanted], schemas


def _followed(schema: Schemas, others: Schemas) -> Schemas:
    """The schema with its references and allOf parts resolved."""
    merged = dict(schema)
    for _ in range(_MOST_REFERENCES):
        parts = merged.pop("allOf", None)
        for part in parts if isinstance(parts, list) else ():
            merged = {**part, **merged} if isinstance(part, dict) else merged
        reference = merged.get("$ref")
        target = others.get(reference.removeprefix(_REFERENCE)) if isinstance(reference, str) else None
        if not isinstance(target, dict):
            break
        del merged["$ref"]
        merged = {**target, **merged}
    return merged


def _properties(schemas: Schemas, others: Schemas, depth: int = 0) -> Iterator[Property]:
    for name, schema in schemas.items():
        if name not in _LINKS and isinstance(schema, dict):
            yield _property(name, _followed(schema, others), others, depth)


def _property(name: str, schema: Schemas, others: Schemas, depth: int) -> Property:
    read_only = schema.get("readOnly") is True
    classification, why = classify(name, money=name in _MONEY)
    described = str(schema.get("title") or schema.get("description") or "")
    sentences = [described.rstrip(".") if described.replace(" ", "").lower() != name.lower() else ""]
    lines = _line_schemas(schema, others)
    kind = "array" if lines is not None else _logical_type(schema)
    reference = kind == "object"
    sentences.append("Created by the ERP" if read_only else "A reference to another record" if reference else "")
    values = schema.get("enum")
    return Property(
        physical_name=name,
        logical_type=kind,
        physical_type=str(schema.get("format") or schema.get("type") or ""),
        # A read-only field cannot be required of writers; the ERP may assign the key.
        required=schema.get("nullable") is False and not read_only,
        primary_key=name == "externalId",
        unique=name == "externalId",
        options=_options(kind, schema),
        enum=tuple(value for value in values if value is not None) if isinstance(values, list) else (),
        classification="internal" if reference or lines is not None else classification,
        description="".join(f"{each}. " for each in sentences if each).rstrip(),
        notes=tuple(_notes(schema, read_only, "" if reference or lines is not None else why)),
        properties=tuple(_properties(lines, others, depth + 1)) if lines and depth < _DEEPEST_LIST else (),
    )


def _notes(schema: Schemas, read_only: bool, why: str) -> Iterator[str]:
    if why:
        yield why
    if "nullable" not in schema and not read_only:
        yield "TO DO: required? The catalogue does not say"


def _line_schemas(schema: Schemas, others: Schemas) -> Schemas | None:
    """The columns of a sublist (an object with ``items``), or None if it is not a sublist."""
    inner = schema.get("properties")
    lines = inner.get("items") if isinstance(inner, dict) else schema
    if not isinstance(lines, dict) or (lines := _followed(lines, others)).get("type") != "array":
        return None
    items = lines.get("items")
    columns = _followed(items, others).get("properties") if isinstance(items, dict) else None
    return columns if isinstance(columns, dict) else {}


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
