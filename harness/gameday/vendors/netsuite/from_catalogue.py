"""From NetSuite's metadata catalogue to the record types of an organisation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.organisations.imported import Imported, unserved
from gameday.vendors.netsuite.catalogue import HINT, LINKS, Schemas, followed, line_schemas, record_schema
from gameday_fakes.netsuite.field import SUBLISTS, Field
from gameday_fakes.netsuite.fields import BUNDLED, LINES
from gameday_fakes.netsuite.manifest import MANIFEST
from gameday_fakes.netsuite.model import Model
from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_FORMATS = {"date": "date", "date-time": "date-time"}
#: What every account has; the fields of the bundled organisation are none of it.
_STANDARD = Model(Organisation()).record_types
#: Properties of a reference that say nothing about what it refers to.
_OF_REFERENCES = frozenset({"id", "externalId", "refName", "links"})


def take_catalogue(imported: Imported, document: Any, origin: str) -> None:
    """Take every record type of a catalogue as decoded JSON. Raises GamedayError naming the origin."""
    components = document.get("components") if isinstance(document, dict) else None
    schemas = components.get("schemas") if isinstance(components, dict) else None
    names = [name for name in schemas if name not in LINKS] if isinstance(schemas, dict) else [""]
    for wanted in names:
        name, schema, others = record_schema(document, origin, wanted)
        properties = followed(schema, others).get("properties")
        if not isinstance(properties, dict):
            if wanted:
                imported.note(name, "not taken: it has no properties")
                continue
            raise GamedayError(f"{origin} has no properties of {name!r}", hint=HINT)
        if not _NAME.fullmatch(name):
            imported.note(name[:80], "not taken: this cannot be the name of a record type")
            continue
        _take(imported, name, properties, others)


def _take(imported: Imported, name: str, properties: Schemas, others: Schemas) -> None:
    standard = next((kind for each, kind in _STANDARD.items() if each.lower() == name.lower()), None)
    fields = _fields(imported, name, properties, others, standard.fields if standard else {})
    lines: dict[str, FieldSpec] = {}
    sublist = properties.get(LINES)
    if standard is not None and standard.lines and isinstance(sublist, dict):
        columns = line_schemas(followed(sublist, others), others) or {}
        lines = _fields(imported, f"{name}.{LINES}", columns, others, standard.lines)
    imported.add(MANIFEST.name, ObjectSpec(standard.name if standard else name, fields=fields, lines=lines))


def _fields(
    imported: Imported, name: str, schemas: Schemas, others: Schemas, standard: Mapping[str, Field]
) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for field, schema in schemas.items():
        if field in LINKS or field in ("id", "refName"):
            continue
        if not isinstance(schema, dict):
            imported.note(f"{name}.{field}"[:160], "not taken: the catalogue does not describe it")
            continue
        if not _NAME.fullmatch(field):
            imported.note(f"{name}.{field}"[:160], "not taken: this cannot be the name of a field")
            continue
        read = followed(schema, others)
        if field in standard:
            if read.get("nullable") is False and not standard[field].required and not standard[field].read_only:
                found[field] = FieldSpec(_type(standard[field]), label=_label(read), required=True)
            continue
        taken = _field(imported, f"{name}.{field}", field, read, others)
        if taken is not None:
            found[field] = taken
    return found


#: The types of a schema that a field with one value has.
_SCALARS = ("string", "number", "integer", "boolean")


def _type(field: Field) -> str:
    return "string" if field.kind in SUBLISTS else field.kind


def _field(imported: Imported, what: str, name: str, schema: Schemas, others: Schemas) -> FieldSpec | None:
    kind, read_only = schema.get("type"), schema.get("readOnly") is True
    if isinstance(kind, list):
        # JSON Schema writes a field that may be empty with two types.
        kind = next((each for each in kind if each != "null"), None)
    required = schema.get("nullable") is False and not read_only
    if line_schemas(schema, others) is not None:
        imported.note(what, "not taken: a sublist besides 'item' is not served")
        return None
    if kind == "object" or "properties" in schema:
        return _reference(imported, what, name, schema, required=required)
    if kind not in _SCALARS:
        imported.note(what, unserved(kind, (*_SCALARS, "object")))
        return None
    values = _texts(schema)
    if kind == "string" and values:
        imported.note(what, "the values of its list are not checked")
    length = schema.get("maxLength")
    return FieldSpec(
        _FORMATS.get(str(schema.get("format")), "string") if kind == "string" else str(kind),
        _label(schema),
        length=length if kind == "string" and isinstance(length, int) and 0 < length < 2_000_000 else 0,
        required=required,
        read_only=read_only,
    )


def _reference(imported: Imported, what: str, name: str, schema: Schemas, *, required: bool) -> FieldSpec | None:
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties.keys() - _OF_REFERENCES:
        imported.note(what, "not taken: a record within a record is not served")
        return None
    named = properties.get("refName") if isinstance(properties, dict) else None
    values = _texts(named) if isinstance(named, dict) else ()
    if values:
        return FieldSpec("select", _label(schema), values=values, required=required)
    to = next((kind.name for kind in BUNDLED.record_types.values() if kind.name.lower() == name.lower()), "")
    if not to:
        imported.note(
            what, "not taken: it does not say what it refers to; add it by hand, with 'refers_to' or 'values'"
        )
        return None
    return FieldSpec("reference", _label(schema), refers_to=to, required=required)


def _texts(schema: Schemas) -> tuple[str, ...]:
    """The texts that a schema enumerates."""
    listed = schema.get("enum")
    texts = (
        [each for each in listed if isinstance(each, str) and 0 < len(each) <= 255] if isinstance(listed, list) else ()
    )
    return tuple(dict.fromkeys(texts))


def _label(schema: Schemas) -> str:
    return str(schema.get("title") or schema.get("description") or "")[:255]
