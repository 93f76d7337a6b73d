"""Drafts one side from an Avro schema. Source: Apache Avro 1.12, "Specification", Schema Declaration, Logical Types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.draft import Element, Property
from gameday.contracts.drafting.json_schemas import DEEPEST, field_of
from gameday.contracts.drafting.loose import listing, mapping

_PRIMITIVES = {
    "string": "string", "bytes": "string", "boolean": "boolean", "int": "integer", "long": "integer",
    "float": "number", "double": "number",
}  # fmt: skip
_LOGICAL = {
    **{"decimal": "number", "big-decimal": "number", "date": "date", "uuid": "string"},
    **dict.fromkeys(("time-millis", "time-micros"), "time"),
    **{
        f"{kind}-{unit}": "timestamp"
        for kind in ("timestamp", "local-timestamp")
        for unit in ("millis", "micros", "nanos")
    },
}
Names = dict[str, dict[str, Any]]


def elements_of(document: Any, origin: str, wanted: tuple[str, ...]) -> list[Element]:
    """The named records of a schema, else the only one, or of a union the first. Raises GamedayError."""
    schemas = document if isinstance(document, list) else [document]
    names: Names = {}
    for schema in schemas:
        _collect(schema, names)
    records = {name: schema for name, schema in names.items() if schema.get("type") == "record"}
    if not records:
        raise GamedayError(
            f"{origin} has no Avro record", hint='a schema is {"type": "record", "name": ..., "fields": [...]}'
        )
    for name in wanted:
        if name not in records:
            raise unknown("record", name, records, where=origin)
    first = str(mapping(schemas[0]).get("name"))
    chosen = wanted or (first if first in records else next(iter(records)),)
    return [Element(name, "record", tuple(_fields(records[name], names, "", 0))) for name in chosen]


def _collect(schema: Any, names: Names, depth: int = 0) -> None:
    """Note every named type: it may be used again by its name."""
    if isinstance(schema, list):
        for each in schema:
            _collect(each, names, depth)
    elif isinstance(schema, dict) and depth < 2 * DEEPEST:
        if isinstance(schema.get("name"), str) and isinstance(schema.get("type"), str):
            names.setdefault(schema["name"], schema)
        for each in listing(schema.get("fields")):
            if isinstance(each, dict):
                _collect(each.get("type"), names, depth + 1)
        for key in ("items", "values", "type"):
            if isinstance(schema.get(key), dict | list):
                _collect(schema[key], names, depth + 1)


def _fields(record: dict[str, Any], names: Names, above: str, depth: int) -> Iterator[Property]:
    for field in listing(record.get("fields")):
        if isinstance(field, dict) and isinstance(field.get("name"), str):
            yield from _field(f"{above}{field['name']}", field, names, depth)


def _field(path: str, field: dict[str, Any], names: Names, depth: int) -> Iterator[Property]:
    schema, required = _of_union(field.get("type"))
    if isinstance(schema, str):
        schema = names.get(schema.rpartition(".")[2] if schema not in _PRIMITIVES else "", {"type": schema})
    if not isinstance(schema, dict):
        yield field_of(path, "")
        return
    kind, description = schema.get("type"), str(field.get("doc") or schema.get("doc") or "")
    if kind == "record":
        if depth < DEEPEST:
            yield from _fields(schema, names, f"{path}.", depth + 1)
        return
    inner, _ = _of_union(schema.get("items")) if kind == "array" else (None, True)
    items = names.get(inner, {}) if isinstance(inner, str) else inner if isinstance(inner, dict) else {}
    symbols = schema.get("symbols") if kind == "enum" else None
    logical = "string" if kind in ("enum", "fixed") else "array" if kind == "array" else _PRIMITIVES.get(str(kind), "")
    yield field_of(
        path,
        _LOGICAL.get(str(schema.get("logicalType")), logical),
        physical_type=str(schema.get("logicalType") or kind or ""),
        required=required and "default" not in field,
        enum=tuple(map(str, symbols)) if isinstance(symbols, list) else (),
        description=description,
        properties=tuple(_fields(items, names, "", depth + 1)) if items and depth < DEEPEST else (),
    )


def _of_union(schema: Any) -> tuple[Any, bool]:
    """The type of a value, and whether there must be one; of several other types none is chosen."""
    if not isinstance(schema, list):
        return schema, True
    others = [each for each in schema if each != "null"]
    return (others[0] if len(others) == 1 else None), len(others) == len(schema)
