"""Drafts one side from JSON Schemas, alone or as the components of an OpenAPI or AsyncAPI document.

Sources: JSON Schema 2020-12, "Core" and "Validation"; OpenAPI Specification 3.1, "Components Object" (in 2.0
``definitions``); AsyncAPI 3.0, "Components Object" (messages with a ``payload``). References within the document are
followed; one to another document is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.classification import classify
from gameday.contracts.drafting.draft import Element, Property
from gameday.contracts.drafting.loose import mapping

#: Objects within objects are written with dots; deeper ones are left out.
DEEPEST = 4
_MOST_REFERENCES = 16
_FORMATS = {"date": "date", "date-time": "timestamp", "time": "time"}
_KINDS = ("string", "number", "integer", "boolean", "object", "array")
_LIMITS = {
    "string": ("minLength", "maxLength", "pattern"),
    **dict.fromkeys(
        ("number", "integer"), ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    ),
}
Schema = Mapping[str, Any]


def elements_of(document: Any, origin: str, wanted: tuple[str, ...]) -> list[Element]:
    """The named objects of a document, or its only one. Raises GamedayError naming the objects that it has."""
    if not isinstance(document, dict):
        raise GamedayError(f"{origin} is no schema", hint="a JSON Schema, an OpenAPI or an AsyncAPI document")
    found = dict(_objects(document, origin))
    if not found:
        raise GamedayError(f"{origin} has no object with properties")
    names = chosen("object", found, origin, wanted)
    return [Element(name, "object", tuple(_fields(found[name], document, "", 0))) for name in names]


def chosen(kind: str, found: Mapping[str, object], origin: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The wanted names, else the only one. Raises GamedayError naming those that there are."""
    if not wanted and len(found) > 1:
        raise GamedayError(
            f"{origin} has {len(found)} {kind}s: {', '.join(sorted(found)[:20])}", hint="name them with --object"
        )
    for name in wanted:
        if name not in found:
            raise unknown(kind, name, found, where=origin)
    return wanted or tuple(found)


def _objects(document: Schema, origin: str) -> Iterator[tuple[str, Schema]]:
    """The schemas of a document that have properties, by name."""
    components = mapping(document.get("components"))
    if not ("openapi" in document or "asyncapi" in document or "swagger" in document):
        yield from _with_properties(
            {str(document.get("title") or origin.rpartition(".")[0] or origin): document}, document
        )
        # A bundle of definitions, without a schema of its own.
        if "properties" not in followed(document, document):
            yield from _with_properties(document.get("$defs") or document.get("definitions") or {}, document)
        return
    yield from _with_properties(components.get("schemas") or document.get("definitions") or {}, document)
    messages = {**mapping(components.get("messages")), **dict(_messages_of_channels(document))}
    payloads = {
        name: message["payload"]
        for name, each in messages.items()
        if isinstance(each, dict) and isinstance((message := followed(each, document)).get("payload"), dict)
    }
    # Since AsyncAPI 3, a payload may be wrapped with the format of its schema.
    bare = {name: payload.get("schema", payload) for name, payload in payloads.items()}
    yield from _with_properties(bare, document)


def _messages_of_channels(document: Schema) -> Iterator[tuple[str, Any]]:
    for channel, each in mapping(document.get("channels")).items():
        if not isinstance(each, dict):
            continue
        yield from mapping(each.get("messages")).items()
        for operation in ("publish", "subscribe"):
            message = mapping(each.get(operation)).get("message")
            if isinstance(message, dict):
                yield str(message.get("name") or channel), message


def _with_properties(schemas: Any, document: Schema) -> Iterator[tuple[str, Schema]]:
    for name, schema in schemas.items() if isinstance(schemas, dict) else ():
        if isinstance(schema, dict) and isinstance((whole := followed(schema, document)).get("properties"), dict):
            yield name, whole


def followed(schema: Schema, document: Schema) -> dict[str, Any]:
    """A schema with its references and the parts of its allOf in one; cycles end."""
    merged = dict(schema)
    for _ in range(_MOST_REFERENCES):
        parts = merged.pop("allOf", None)
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                merged = _joined(followed_once(part, document), merged)
        if "$ref" not in merged and "allOf" not in merged:
            break
        merged = followed_once(merged, document)
    return merged


def followed_once(schema: Schema, document: Schema) -> dict[str, Any]:
    """A schema with its own reference resolved, if it has one in this document."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return dict(schema)
    target: Any = document if reference.startswith("#") else None
    for step in filter(None, reference.removeprefix("#").split("/")):
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        target = target.get(key) if isinstance(target, dict) else None
    own = {key: value for key, value in schema.items() if key != "$ref"}
    return _joined(target, own) if isinstance(target, dict) else own


def _joined(first: Schema, second: Schema) -> dict[str, Any]:
    """Two schemas that both hold."""
    joined = {**first, **second}
    if isinstance(first.get("properties"), dict) and isinstance(second.get("properties"), dict):
        joined["properties"] = {**first["properties"], **second["properties"]}
    if isinstance(first.get("required"), list) and isinstance(second.get("required"), list):
        joined["required"] = [*first["required"], *second["required"]]
    return joined


def _fields(schema: Schema, document: Schema, above: str, depth: int) -> Iterator[Property]:
    required = schema.get("required")
    wanted = set(map(str, required)) if isinstance(required, list) else set()
    for name, each in mapping(schema.get("properties")).items():
        if isinstance(each, dict):
            yield from _field(f"{above}{name}", followed(each, document), document, name in wanted, depth)


def _field(path: str, schema: dict[str, Any], document: Schema, required: bool, depth: int) -> Iterator[Property]:
    whole, nullable = _without_null(schema, document)
    kind = _kind(whole)
    if kind == "object" and isinstance(whole.get("properties"), dict):
        if depth < DEEPEST:
            yield from _fields(whole, document, f"{path}.", depth + 1)
        return
    items = followed(whole["items"], document) if kind == "array" and isinstance(whole.get("items"), dict) else {}
    yield field_of(
        path,
        kind,
        physical_type=str(whole.get("format") or whole.get("type") or "")
        if not isinstance(whole.get("type"), list)
        else "",
        required=required and not nullable,
        options={
            limit: whole[limit]
            for limit in _LIMITS.get(kind, ())
            if limit in whole and not isinstance(whole[limit], bool)
        },
        enum=_enum(whole),
        description=str(whole.get("description") or whole.get("title") or ""),
        properties=tuple(_fields(items, document, "", depth + 1)) if depth < DEEPEST else (),
    )


def field_of(path: str, kind: str, **facts: Any) -> Property:
    """A field with its classification; one without a known type is only mentioned."""
    classification, why = classify(path)
    options = dict(facts.pop("options", {}))
    if kind == "date":
        options = {"format": "yyyy-MM-dd"}
    notes = (why,) if why else ()
    if not kind:
        notes = ("its type is not known",)
    return Property(path, kind, classification=classification, notes=notes, options=options, **facts)


def _enum(schema: Schema) -> tuple[Any, ...]:
    values = schema.get("enum")
    if not isinstance(values, list):
        values = [schema["const"]] if "const" in schema else []
    return tuple(value for value in values if isinstance(value, str | int) and not isinstance(value, bool))


def _without_null(schema: dict[str, Any], document: Schema) -> tuple[dict[str, Any], bool]:
    """The schema of a value, and whether null may stand in its place. Of other alternatives none is chosen."""
    nullable = schema.get("nullable") is True or (isinstance(schema.get("type"), list) and "null" in schema["type"])
    for key in ("anyOf", "oneOf"):
        choices = schema.get(key)
        if isinstance(choices, list):
            others = [each for each in choices if isinstance(each, dict) and each.get("type") != "null"]
            nullable = nullable or len(others) < len(choices)
            if len(others) == 1:
                own = {name: value for name, value in schema.items() if name != key}
                schema = _joined(followed(others[0], document), own)
    return schema, nullable


def _kind(schema: Schema) -> str:
    kinds = schema.get("type")
    named = [each for each in (kinds if isinstance(kinds, list) else [kinds]) if each in _KINDS]
    if len(named) != 1:
        values = _enum(schema)
        return (
            "string"
            if values and all(isinstance(value, str) for value in values)
            else "object"
            if "properties" in schema
            else ""
        )
    return _FORMATS.get(str(schema.get("format")), "string") if named[0] == "string" else str(named[0])
