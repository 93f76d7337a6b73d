"""Rules for the structure of the schema: removed, added and renamed elements, and the key of a record."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.contracts.compatibility.change import FIELD_RULES, Change, rule
from gameday.contracts.compatibility.document import Document, Element
from gameday.contracts.compatibility.pairing import Pairs, pair
from gameday.contracts.compatibility.partial import as_far_as_read
from gameday.contracts.compatibility.value_rules import TYPE

REMOVED = rule("field-removed", "major", breaks="new", says="{path} ({wire}) was removed")
ADDED = rule("field-added", "minor", breaks="none", says="{path} ({wire}) was added and is optional")
ADDED_REQUIRED = rule("field-added-required", "major", breaks="old", says="{path} ({wire}) was added and is required")
RENAMED = rule("field-renamed", "major", breaks="both", says="{path}: {before} was renamed to {after}")
NAME_CHANGED = rule(
    "name-changed",
    "minor",
    breaks="none",
    says="{before} was renamed to {after} in the contract only; records still use {wire}",
)
NAME_REUSED = rule(
    "name-reused",
    "major",
    breaks="both",
    says="{path} named another field before: {wire} was {before}, so the name now means another value",
)
OBJECT_REMOVED = rule(
    "object-removed", "major", breaks="new", says="{path} ({wire}) was removed with all its properties"
)
OBJECT_ADDED = rule("object-added", "minor", breaks="none", says="{path} ({wire}) was added")
OBJECT_RENAMED = rule("object-renamed", "major", breaks="both", says="{path}: {before} was renamed to {after}")
RECORD_CHANGED = rule(
    "record-changed", "major", breaks="both", says="the record itself (first in schema) was {before} and is now {after}"
)
KEY_CHANGED = rule("key-changed", "major", breaks="both", says="the key of {path} changed from {before} to {after}")
UNUSED = rule(
    "field-unused",
    "major",
    breaks="new",
    says="{path} ({wire}) is no longer used by the flow, so nothing guarantees it",
)
USED = rule("field-used", "minor", breaks="none", says="{path} ({wire}) is now used by the flow")

#: Kinds of elements that are not fields but part of their parent's type.
_PARTS = ("items", "key", "value")


def compare_schemas(old: Document, new: Document) -> Iterator[Change]:
    """Every change of the objects and properties that the flow uses."""
    pairs = pair(old.objects, new.objects)
    yield from _gone_and_new(pairs, None, new)
    yield from _record(old, new, pairs)
    for before, after in pairs.same:
        yield from _compare(before, after)


def unjudged(old: Document, new: Document) -> Iterator[Element]:
    """Changed elements that the flow uses in neither version."""

    def below(olds: tuple[Element, ...], news: tuple[Element, ...]) -> Iterator[Element]:
        pairs = pair(olds, news)
        yield from (element for element in (*pairs.removed, *pairs.added) if not element.used)
        for before, after in pairs.same:
            if not before.used and not after.used:
                if before.raw != after.raw:
                    yield after
            else:
                yield from below(before.children, after.children)

    yield from below(old.objects, new.objects)


def _record(old: Document, new: Document, pairs: Pairs) -> Iterator[Change]:
    """The first object of a schema is the record itself; the others are lists of its children."""
    now = {before.path: after for before, after in pairs.same}
    if old.objects and new.objects:
        heir = now.get(old.objects[0].path)
        if heir is not None and heir is not new.objects[0]:
            yield RECORD_CHANGED.change(new.objects[0].where("name"), heir.name, new.objects[0].name)


def _compare(old: Element, new: Element, siblings: tuple[Element, ...] = ()) -> Iterator[Change]:
    """The changes of an element and of all below; ``siblings`` are the old version's elements beside it."""
    if not old.used and not new.used:
        return
    old, new = as_far_as_read(old, new)
    if old.used and not new.used:
        yield UNUSED.change(new.where_custom("used"), of=old)
        return
    if not old.used:
        yield USED.change(new.where("name"))
    yield from _names(old, new, siblings)
    for detect in FIELD_RULES:
        yield from detect(old, new)
    if old.type == new.type:
        pairs = pair(old.children, new.children)
        yield from _gone_and_new(pairs, new, None)
        yield from _key(old, new, pairs)
        for before, after in pairs.same:
            yield from _compare(before, after, old.children)


def _names(old: Element, new: Element, siblings: tuple[Element, ...]) -> Iterator[Change]:
    if old.wire != new.wire:
        renamed = OBJECT_RENAMED if new.kind == "object" else RENAMED
        key = "physicalName" if "physicalName" in new.raw else "name"
        yield renamed.change(new.where(key), old.wire, new.wire, of=old)
    elif old.name != new.name and any(each.name == new.name for each in siblings if each.used):
        # Readers go by the contract's names: they would read the one field for the other.
        yield NAME_REUSED.change(new.where("name"), old.name, new.name)
    elif old.name != new.name:
        yield NAME_CHANGED.change(new.where("name"), old.name, new.name)


def _gone_and_new(pairs: Pairs, parent: Element | None, document: Document | None) -> Iterator[Change]:
    for element in pairs.removed:
        if parent and element.used and element.kind in _PARTS:
            yield TYPE.change(parent.where(), element.type, None, of=element)
        elif element.used:
            gone = OBJECT_REMOVED if element.kind == "object" else REMOVED
            # Its nearest remaining ancestor is the place to show.
            left = parent.where() if parent else document.where("schema") if document else element.where()
            yield gone.change(left, element.wire, of=element)
    for element in pairs.added:
        if element.used and element.kind in _PARTS:
            yield TYPE.change(element.where(), None, element.type)
        elif element.used:
            if element.kind == "object":
                added = OBJECT_ADDED
            else:
                added = ADDED_REQUIRED if element.raw.get("required") else ADDED
            yield added.change(element.where("name"), None, element.wire)


def _key(old: Element, new: Element, pairs: Pairs) -> Iterator[Change]:
    now = {before.name: after.name for before, after in pairs.same}
    before, after = _key_of(old), _key_of(new)
    if [now.get(name, name) for name in before] != after:
        at = next((child.where("primaryKey") for child in new.children if child.raw.get("primaryKey")), new.where())
        yield KEY_CHANGED.change(at, ", ".join(before), ", ".join(after), of=new)


def _key_of(element: Element) -> list[str]:
    """The names of the key's parts, by their positions, then alphabetically."""
    parts = [child for child in element.children if child.used and child.raw.get("primaryKey")]
    return [part.name for part in sorted(parts, key=lambda p: (p.raw.get("primaryKeyPosition", -1), p.name))]
