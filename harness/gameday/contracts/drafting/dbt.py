"""Drafts one side from a dbt manifest: the columns of models and sources, with their tests and constraints.

Source: dbt Developer Hub, "Manifest JSON file" (``target/manifest.json``), "Data tests", "constraints".
"""

from __future__ import annotations

from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.drafting.draft import Element, Property
from gameday.contracts.drafting.json_schemas import chosen, field_of
from gameday.contracts.drafting.loose import listing, mapping

#: By how the name of a type begins, in lower case; the first that fits.
_TYPES = (
    ("timestamp", "timestamp"), ("datetime", "timestamp"), ("date", "date"), ("time", "time"), ("bool", "boolean"),
    ("bigint", "integer"), ("smallint", "integer"), ("tinyint", "integer"), ("int", "integer"),
    ("numeric", "number"), ("decimal", "number"), ("number", "number"), ("float", "number"), ("double", "number"),
    ("real", "number"), ("money", "number"),
    ("char", "string"), ("varchar", "string"), ("text", "string"), ("string", "string"), ("uuid", "string"),
    ("nvarchar", "string"),
)  # fmt: skip


def elements_of(document: Any, origin: str, wanted: tuple[str, ...]) -> list[Element]:
    """The named models and sources. Raises GamedayError naming those that it has."""
    nodes = {**_nodes(document, "nodes"), **_nodes(document, "sources")}
    tables = {
        str(node.get("name")): (key, node)
        for key, node in nodes.items()
        if node.get("resource_type") in ("model", "source", "seed", "snapshot") and node.get("columns")
    }
    if not tables:
        raise GamedayError(f"{origin} has no model with columns", hint="it is target/manifest.json, after `dbt parse`")
    return [_element(name, *tables[name], nodes) for name in chosen("model", tables, origin, wanted)]


def _nodes(document: Any, key: str) -> dict[str, dict[str, Any]]:
    found = document.get(key) if isinstance(document, dict) else None
    return {name: node for name, node in found.items() if isinstance(node, dict)} if isinstance(found, dict) else {}


def _element(name: str, key: str, node: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> Element:
    tests: dict[str, dict[str, Any]] = {}
    for test in nodes.values():
        about = mapping(test.get("test_metadata"))
        kwargs = mapping(about.get("kwargs"))
        column = test.get("column_name") or kwargs.get("column_name")
        if test.get("resource_type") == "test" and test.get("attached_node") == key and column:
            tests.setdefault(str(column).lower(), {})[str(about.get("name"))] = kwargs
    columns = mapping(node["columns"]).values() or listing(node["columns"])
    return Element(name, "table", tuple(_column(each, tests) for each in columns if isinstance(each, dict)))


def _column(column: dict[str, Any], tests: dict[str, dict[str, Any]]) -> Property:
    name, typed = str(column.get("name")), str(column.get("data_type") or "")
    mine = tests.get(name.lower(), {})
    constraints = {str(each.get("type")) for each in listing(column.get("constraints")) if isinstance(each, dict)}
    values = mine.get("accepted_values", {}).get("values")
    lower = typed.lower()
    return field_of(
        name,
        next((kind for start, kind in _TYPES if lower.startswith(start)), ""),
        physical_type=typed,
        required="not_null" in mine or bool(constraints & {"not_null", "primary_key"}),
        unique="unique" in mine or bool(constraints & {"unique", "primary_key"}),
        primary_key="primary_key" in constraints,
        enum=tuple(values) if isinstance(values, list) else (),
        description=str(column.get("description") or ""),
    )
