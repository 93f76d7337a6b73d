"""Records as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday_fakes.hubspot.links import Spec
from gameday_fakes.hubspot.moments import stamp
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.records import Store
from gameday_fakes.hubspot.schema import Schema, View
from gameday_fakes.hubspot.standard import OBJECTS

_encode = msgspec.json.Encoder().encode

#: How many associated ids a reply about a record has ("paging" leads to the rest).
MOST_ASSOCIATED = 500


def names_shown(object_: str, asked: Iterable[str] | None) -> tuple[str, ...]:
    """The names of the properties in a reply: those that were asked for and exist, else the usual ones."""
    of = OBJECTS[object_]
    if asked is None:
        return of.shown
    names = (name.strip() for name in asked)
    always = ("createdate", "hs_object_id", of.modified)
    return tuple(sorted({name for name in (*names, *always) if name}))


def record_bytes(record: Record, schema: Schema, names: tuple[str, ...]) -> bytes:
    """A record as JSON, with these properties."""
    schema.note_missing(record.object, names)
    wanted = (schema.generation, names)
    if record.cached_for != wanted:
        record.cached = _encode(record_json(record, schema, names))
        record.cached_for = wanted
    return record.cached


def record_json(record: Record, schema: Schema, names: Iterable[str]) -> dict[str, Any]:
    """A record as an object: a property without a value is null, one that does not exist is left out."""
    view = schema.view(record.object)
    found: dict[str, Any] = {
        "id": record.id,
        "properties": {name: record.properties.get(own) for name in names if (own := view.own_name(name)) is not None},
        "createdAt": stamp(record.created_ms),
        "updatedAt": stamp(record.updated_ms),
        "archived": bool(record.archived_ms),
    }
    if record.archived_ms:
        found["archivedAt"] = stamp(record.archived_ms)
    return found


def whole_json(record: Record, schema: Schema) -> dict[str, Any]:
    """A record with every property that has a value, as writes are answered."""
    view = schema.view(record.object)
    return record_json(record, schema, [name for name, of in view.shown.items() if record.properties.get(of.name)])


def history_json(record: Record, store: Store, view: View, names: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """What properties have been, the newest value first."""
    found = {}
    for name in names:
        own = view.own_name(name)
        if own is None:
            continue
        versions = store.history.get(record.id, {}).get(own)
        if versions:
            shown = [(each.value, each.ms, each.source) for each in reversed(versions)]
        else:
            value = record.properties.get(own)
            shown = [(value, record.created_ms, "CRM_UI")] if value else []
        found[name] = [{"value": value, "timestamp": stamp(ms), "sourceType": source} for value, ms, source in shown]
    return found


def associations_json(record: Record, store: Store, to: str) -> dict[str, Any] | None:
    """The records of an object with which a record is associated, as a reply about it has them; None without any."""
    names = {"from": OBJECTS[record.object].singular, "to": OBJECTS[to].singular}
    results = []
    for id_, specs in store.links.of(record.object, record.id, to).items():
        if id_ in store.tables[to]:
            results += [{"id": id_, "type": _type_name(names, spec)} for spec in specs]
    if not results:
        return None
    return {"results": results[:MOST_ASSOCIATED]}


def _type_name(names: dict[str, str], spec: Spec) -> str:
    plain = f"{names['from']}_to_{names['to']}"
    return plain if spec.label != "Primary" else f"{plain}_primary"
