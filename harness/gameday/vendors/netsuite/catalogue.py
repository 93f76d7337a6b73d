"""Reads NetSuite's metadata catalogue, for drafts of contracts and for organisations.

``GET /services/rest/record/v1/metadata-catalog/salesOrder`` (SuiteTalk REST Web Services API Guide) answers ``Accept:
application/schema+json`` with a JSON schema of the record type, ``application/swagger+json`` with an OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown

RECORD = "salesOrder"
#: Links in every record, which no integration writes.
LINKS = frozenset({"links", "nsLink"})
HINT = "save what .../metadata-catalog/salesOrder answers to Accept: application/schema+json"

_REFERENCE = "#/components/schemas/"
#: Schemas may refer to each other in a cycle.
_MOST_REFERENCES = 8

Schemas = Mapping[str, Any]


def record_schema(document: Any, origin: str, record: str) -> tuple[str, Schemas, Schemas]:
    """The record type's name, its JSON schema, and the schemas that it may refer to."""
    if not isinstance(document, dict):
        raise GamedayError(f"{origin} is {shown(document)}, not a metadata catalogue", hint=HINT)
    if "openapi" not in document:
        name = record or document.get("title") or RECORD
        return str(name), document, {}
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict):
        raise GamedayError(f"{origin} has no components.schemas", hint=HINT)
    names = [name for name, schema in schemas.items() if name not in LINKS and isinstance(schema, dict)]
    wanted = record or (RECORD if RECORD in names else names[0] if len(names) == 1 else "")
    if wanted not in names:
        raise unknown("record type", wanted or "(none named)", names, where=origin, hint="see --object")
    return wanted, schemas[wanted], schemas


def followed(schema: Schemas, others: Schemas) -> Schemas:
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


def line_schemas(schema: Schemas, others: Schemas) -> Schemas | None:
    """The columns of a sublist (an object with ``items``), or None if it is not a sublist."""
    inner = schema.get("properties")
    lines = inner.get("items") if isinstance(inner, dict) else schema
    if not isinstance(lines, dict) or (lines := followed(lines, others)).get("type") != "array":
        return None
    items = lines.get("items")
    columns = followed(items, others).get("properties") if isinstance(items, dict) else None
    return columns if isinstance(columns, dict) else {}
