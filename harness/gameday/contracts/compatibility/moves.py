"""Where the values of old records belong in new ones, as far as the difference of two contracts says it for certain.

A field moves if both versions have it under one name of the contract, if the new one names the old one in
``renamedFrom``, or if only one field can have become it. Nothing is guessed: where two fields may have become one, or
one may have become two, no value moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gameday.contracts.compatibility.document import Document, Element
from gameday.contracts.compatibility.pairing import LIKE, Pairs, earlier_names, name_likeness, pair

#: The custom property of a field that says which value of an enumeration replaced which.
RENAMED_VALUES = "renamedValues"


class Move(msgspec.Struct, frozen=True):
    """One place of a record: its vendor's name before and after, each with the points in it, below its parent.

    ``before_type`` and ``after_type`` are logical types. ``values`` are the renamed values. ``below`` are the places
    within it, of each item if it is a list. ``path`` and ``new_path`` are the full physical names.
    """

    before: str
    after: str
    path: str
    new_path: str
    before_type: str = ""
    after_type: str = ""
    values: dict[str, Any] = {}
    below: tuple[Move, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything in a record changes by it."""
        return self.before != self.after or self.retyped or bool(self.values or self.below or self.removed)

    @property
    def retyped(self) -> bool:
        """Whether its values have another type."""
        return self.before_type != self.after_type and not self.below


class Moves(msgspec.Struct, frozen=True):
    """The moves of a record, by its elements.

    ``removed`` are elements that the new contract does not have. ``new_required`` are required fields that no old
    record can have. ``uncertain``: old and new physical names of renames that may be something else.
    """

    moves: tuple[Move, ...] = ()
    removed: tuple[str, ...] = ()
    new_required: tuple[str, ...] = ()
    uncertain: tuple[tuple[str, str], ...] = ()


def moves_between(old: Document, new: Document) -> Moves:
    """The moves from one version of a side's contract to the next."""
    found = _Found()
    moves, removed = found.below(old.objects, new.objects)
    return Moves(moves, removed, tuple(found.new_required), tuple(found.uncertain))


class _Found:
    def __init__(self) -> None:
        self.new_required: list[str] = []
        self.uncertain: list[tuple[str, str]] = []

    def below(self, olds: Sequence[Element], news: Sequence[Element]) -> tuple[tuple[Move, ...], tuple[str, ...]]:
        """The moves of one parent's children that change something, and the names of the removed children."""
        pairs = pair(olds, news)
        moves, removed = [], [element.wire for element in pairs.removed]
        self.new_required += [path for element in pairs.added for path in _required(element)]
        for before, after in pairs.same:
            if before.wire != after.wire and not _is_certain(before, after, pairs):
                self.uncertain.append((before.wire_path, after.wire_path))
                self.new_required += _required(after)
                removed.append(before.wire)
                continue
            move = self._move(before, after)
            if move.changes:
                moves.append(move)
        return tuple(moves), tuple(removed)

    def _move(self, before: Element, after: Element) -> Move:
        below, removed = self.below(_fields(before), _fields(after))
        return Move(
            before.wire,
            after.wire,
            before.wire_path,
            after.wire_path,
            before.type,
            after.type,
            _renamed_values(before, after),
            below,
            removed,
        )


def _fields(element: Element) -> tuple[Element, ...]:
    """The fields of an object, or of the items of a list."""
    inner = next((child for child in element.children if child.kind == "items"), element)
    return tuple(child for child in inner.children if child.kind == "field")


def _required(element: Element) -> list[str]:
    """The required fields of an added element; those of an optional one are not missing without it."""
    if element.kind == "object":
        return [path for child in element.children for path in _required(child)]
    return [element.wire_path] if element.used and element.raw.get("required") else []


def _is_certain(before: Element, after: Element, pairs: Pairs) -> bool:
    """Whether an old element can only have become this new one."""
    if before.name == after.name or (before.raw.get("id") and before.raw.get("id") == after.raw.get("id")):
        return True
    if earlier_names(after) & {before.name, before.wire, before.path, before.wire_path}:
        return True
    renamed = [(old, new) for old, new in pairs.same if old.wire != new.wire and old.name != new.name]
    olds = [*pairs.removed, *(old for old, _ in renamed if old is not before)]
    news = [*pairs.added, *(new for _, new in renamed if new is not after)]
    own = name_likeness(before.name, after.name)
    rivals = [*_alike(after, olds), *_alike(before, news)]
    if own >= LIKE:
        return not rivals
    # Only their place or their description says that they are one.
    return not any(each.type == before.type for each in (*pairs.removed, *pairs.added)) and not rivals


def _alike(one: Element, others: Sequence[Element]) -> Iterator[Element]:
    for other in others:
        like = max(name_likeness(one.name, other.name), name_likeness(one.wire, other.wire))
        if other.type == one.type and like >= LIKE:
            yield other


def _renamed_values(before: Element, after: Element) -> dict[str, Any]:
    """The old values of an enumeration that the new contract says how to replace by others of its own."""
    said = after.custom(RENAMED_VALUES)
    if not isinstance(said, Mapping):
        return {}
    olds, news = ([item["value"] for item in element.raw.get("enum") or ()] for element in (before, after))
    return {str(old): new for old, new in said.items() if old in olds and old not in news and new in news}
