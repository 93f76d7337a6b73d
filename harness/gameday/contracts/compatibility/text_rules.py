"""Rules for what no record depends on: documentation, servers, status. With them, every change is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gameday.contracts.compatibility.change import Change, on_field, rule, written
from gameday.contracts.compatibility.document import Document, Element, custom_properties

DESCRIPTION = rule("description-only", "patch", breaks="none", says="{path}: only documentation changed: {after}")
DEPRECATED = rule(
    "field-deprecated", "minor", breaks="none", says="{path}: deprecated changed from {before} to {after}"
)
RELATED = rule("relationship-changed", "minor", breaks="none", says="{path}: its relationships changed")
TRANSFORM = rule(
    "transform-changed", "major", breaks="both", says="{path}: the transformation changed from {before} to {after}"
)
SERVERS = rule("server-changed", "minor", breaks="none", says="the servers changed")
STATUS = rule("status-changed", "minor", breaks="none", says="the status changed from {before} to {after}")
RETIRED = rule("status-retired", "major", breaks="none", says="the contract changed from {before} to {after}")
ID = rule("id-changed", "minor", breaks="none", says="the contract's id changed from {before} to {after}")

#: Keys of an element that other rules check.
_JUDGED = frozenset(
    {
        "name",
        "physicalName",
        "physicalType",
        "logicalType",
        "logicalTypeOptions",
        "required",
        "unique",
        "primaryKey",
        "primaryKeyPosition",
        "enum",
        "classification",
        "properties",
        "items",
        "map",
        "relationships",
        "quality",
        "transformLogic",
        "customProperties",
        "deprecated",
    }
)
_JUDGED_CUSTOM = frozenset(
    {"unit", "currency", "timeZone", "precision", "scale", "used", "renamedFrom", "compare", "tolerance", "conditions"}
)
_JUDGED_OF_CONTRACT = frozenset(
    {"version", "schema", "slaProperties", "customProperties", "status", "servers", "id", "team"}
)


@on_field
def lineage(old: Element, new: Element) -> Iterator[Change]:
    """Reports changed transformations and relationships, and a property that was deprecated."""
    before, after = (" ".join(str(element.raw.get("transformLogic") or "").split()) for element in (old, new))
    if before and after and before != after:
        yield TRANSFORM.change(new.where("transformLogic"), before, after)
    if _differs(old.raw.get("relationships"), new.raw.get("relationships")):
        yield RELATED.change(new.where("relationships"))
    was, now = (bool(element.raw.get("deprecated")) for element in (old, new))
    if was != now:
        yield DEPRECATED.change(new.where("deprecated"), was, now)


@on_field
def words_of_a_field(old: Element, new: Element) -> Iterator[Change]:
    """Reports all other changes of an element."""
    changed = [*_differing(old.raw, new.raw, _JUDGED), *_stated(old, new)]
    before, after = (custom_properties(element.raw) for element in (old, new))
    changed += [f"customProperties.{name}" for name in _differing(before, after, _JUDGED_CUSTOM)]
    if _enum_words(old) != _enum_words(new):
        changed.append("enum")
    if changed:
        yield DESCRIPTION.change(new.where(changed[0].partition(".")[0]), None, ", ".join(changed))


def _stated(old: Element, new: Element) -> Iterator[str]:
    """Keys that were added or dropped, which contradicts nothing."""
    for key in ("physicalType", "transformLogic"):
        if bool(old.raw.get(key)) != bool(new.raw.get(key)):
            yield key


def _enum_words(element: Element) -> dict[str, str]:
    items = element.raw.get("enum") or ()
    return {
        written(item["value"]): written({key: value for key, value in item.items() if key != "value"})
        for item in items
        if len(item) > 1
    }


def compare_texts(old: Document, new: Document) -> Iterator[Change]:
    """Every change of one file outside its schema and its terms."""
    if old.raw.get("id") != new.raw.get("id"):
        yield ID.change(new.where("id"), old.raw.get("id"), new.raw.get("id"))
    before, after = (str(document.raw.get("status") or "") for document in (old, new))
    if before != after:
        found = RETIRED if after.lower() == "retired" else STATUS
        yield found.change(new.where("status"), before, after)
    if _differs(old.raw.get("servers"), new.raw.get("servers")):
        yield SERVERS.change(new.where("servers"))
    for key in _differing(old.raw, new.raw, _JUDGED_OF_CONTRACT):
        yield DESCRIPTION.change(new.where(key), None, key)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], judged: frozenset[str]) -> list[str]:
    names = sorted((old.keys() | new.keys()) - judged)
    return [name for name in names if _differs(old.get(name), new.get(name))]


def _differs(old: Any, new: Any) -> bool:
    return _canonical(old) != _canonical(new)


def _canonical(value: Any) -> str:
    """A value in one form, whatever the order of keys and lists; an empty value equals a missing one."""
    if isinstance(value, dict):
        return written({key: _canonical(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return written(sorted(_canonical(item) for item in value))
    return written(value)
