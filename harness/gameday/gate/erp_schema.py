"""The ERP side of a contract as JSON Schema, one for each type of record: what the fake ERP enforces in a replay.

The schema is that of a body as it is written: lines are a list, what is null or empty counts as absent. A text may
also be written as a reference, such as ``{"id": ...}``, whose fields the vendors' manifests name. Limits of dates and
rules between fields have no JSON Schema: gameday.gate.written judges those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.model.contract import Condition, Field
from gameday.records.constraints import allowed_values, read_count, read_decimal
from gameday.records.tree import Node, read_shape
from gameday.run.setup import SchemaFaults
from gameday_fakes.manifests import every
from gameday_fakes.rules import CheckWrites

#: The fields of a reference by which a value may be named.
REFERENCES = every("references")

_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LENGTHS = ("minLength", "maxLength")
_SIZES = {"array": ("minItems", "maxItems"), "object": ("minProperties", "maxProperties")}
_PREFIX = "accepts-"


def by_record(fields: Iterable[Field]) -> dict[str, tuple[Field, ...]]:
    """The fields of each type of record, by its physical name."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault((field.physical_name or field.name).partition(".")[0], []).append(field)
    return {record: tuple(own) for record, own in found.items()}


def write_checks(fields: Iterable[Field], conditions: Sequence[Condition] = (), *, report: bool) -> SchemaFaults:
    """The faults that make the fake ERP enforce the fields of a contract, by role and id; ``report``: as its rule."""
    rules = {
        f"{_PREFIX}{record}": CheckWrites(record, schema_of(own, _of(conditions, record)), report).wire()
        for record, own in by_record(fields).items()
    }
    return {"erp": rules} if rules else {}


def unenforced(refused: dict[str, str]) -> dict[str, str]:
    """Of the faults that a fake has refused: the types of record whose contract is not enforced, with the reason."""
    return {key.removeprefix(_PREFIX): why for key, why in refused.items() if key.startswith(_PREFIX)}


def schema_of(fields: Sequence[Field], conditions: Sequence[Condition] = ()) -> dict[str, Any]:
    """The JSON Schema of one type of record, with its conditions under ``allOf``.

    Raises GamedayError for a constraint that makes no sense.
    """
    main = read_shape(fields).main
    schema = _object(main)
    return {**schema, "allOf": [condition_schema(main, each) for each in conditions]} if conditions else schema


def condition_schema(main: Node, condition: Condition) -> dict[str, Any]:
    """The JSON Schema of one condition of a record."""
    when, then = (
        {"allOf": [_at(main, path.split("."), constraints, every) for path, constraints in fields.items()]}
        for fields, every in ((condition.when, False), (condition.then, True))
    )
    return {"if": when, "then": then}


def _at(node: Node, path: Sequence[str], constraints: Mapping[str, Any], every: bool) -> dict[str, Any]:
    """A field with constraints, below a node; of lines ``every`` one has them, or any."""
    name, rest = path[0], path[1:]
    child = node.children[name]
    if not rest:
        inner = _schema(msgspec.structs.replace(child, constraints=constraints))
    elif child.is_list:
        inner = {"type": "array", "items" if every else "contains": _at(child, rest, constraints, every)}
    else:
        inner = _at(child, rest, constraints, every)
    return {"type": "object", "properties": {name: inner}, "required": [name]}


def _of(conditions: Iterable[Condition], record: str) -> list[Condition]:
    return [each for each in conditions if each.record == record]


def _schema(node: Node) -> dict[str, Any]:
    if node.is_list:
        items = {"items": _object(node)} if node.children else {}
        unique = {"uniqueItems": True} if node.constraints.get("uniqueItems") else {}
        return {"type": "array", **items, **unique, **_counts(node, _SIZES["array"])}
    if is_text(node):
        return _text(node)
    match node.kind:
        case "number" | "integer":
            limits = {name: _plain(limit) for name in _LIMITS if (limit := read_decimal(node, name)) is not None}
            return {"type": node.kind, **limits, **_enum(node)}
        case "boolean":
            return {"type": "boolean", **_enum(node)}
        case "object" | "map":
            return {**_object(node), **_counts(node, _SIZES["object"])}
        case "vector":
            return {"type": "array"}
    return _enum(node)


def is_text(node: Node) -> bool:
    """Whether the value of a field is a text: so is that of a reference whose values or lengths are limited."""
    named = {"enum", "pattern", *_LENGTHS} & node.constraints.keys()
    return node.kind in ("string", "date", "time", "timestamp") or (
        node.kind == "object" and not node.children and bool(named)
    )


def _text(node: Node) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", **_counts(node, _LENGTHS), **_enum(node)}
    if "pattern" in node.constraints:
        text["pattern"] = str(node.constraints["pattern"])
    if node.kind not in ("string", "object"):
        return text
    reference = [{"type": "object", "properties": {name: text}, "required": [name]} for name in REFERENCES]
    if node.kind == "object":
        return {"anyOf": reference}
    # A text keeps its own limits, so that an error names the limit; only an object is taken as a reference.
    return {"if": {"type": "object"}, "then": {"anyOf": reference}, "else": text}


def _object(node: Node) -> dict[str, Any]:
    needed = [str(name) for name in node.constraints.get("required", ())]
    return {
        "type": "object",
        "properties": {child.name: _schema(child) for child in node.children.values()},
        "required": [*(child.name for child in node.children.values() if child.required), *needed],
    }


def _counts(node: Node, names: Iterable[str]) -> dict[str, int]:
    return {name: count for name in names if (count := read_count(node, name)) is not None}


def _enum(node: Node) -> dict[str, Any]:
    allowed = allowed_values(node)
    return {} if allowed is None else {"enum": [_plain(one) for one in allowed]}


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
