"""Associations between records, each under one or more types, and the types themselves.

A type has an id of its own for each direction. Source: developers.hubspot.com, "Associations v4", "Association type ID
values".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.standard import OBJECTS

#: How many labels an account may have between two objects, in one direction.
MOST_LABELS = 50


class Spec(NamedTuple):
    """One type in one direction. ``label`` is None for the plain association."""

    category: str
    type_id: int
    label: str | None = None

    def described(self) -> dict[str, Any]:
        """As lists of labels and of associated records have it."""
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


def _own(type_id: int, label: str | None = None) -> Spec:
    return Spec("HUBSPOT_DEFINED", type_id, label)


#: HubSpot's own types: the plain one first.
_DEFINED: dict[tuple[str, str], tuple[tuple[Spec, Spec], ...]] = {
    ("contacts", "companies"): ((_own(279), _own(280)), (_own(1, "Primary"), _own(2, "Primary"))),
    ("deals", "contacts"): ((_own(3), _own(4)),),
    ("deals", "companies"): ((_own(341), _own(342)), (_own(5, "Primary"), _own(6, "Primary"))),
    ("deals", "line_items"): ((_own(19), _own(20)),),
    ("deals", "deals"): ((_own(451), _own(451)),),
    ("companies", "companies"): ((_own(450), _own(450)), (_own(13, "Parent Company"), _own(14, "Child Company"))),
    ("contacts", "contacts"): ((_own(449), _own(449)),),
}


class Types:
    """The types of associations of an account: HubSpot's own and its labels."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], dict[int, tuple[Spec, Spec]]] = {}
        self._next_id = 1
        for (one, other), pairs in _DEFINED.items():
            for spec, inverse in pairs:
                self._add(one, other, spec, inverse)

    def of(self, one: str, other: str) -> list[Spec]:
        """The types from one object to another, the plain one first."""
        return [spec for spec, _ in self._pairs.get((one, other), {}).values()]

    def plain(self, one: str, other: str) -> tuple[Spec, Spec] | None:
        """The plain type and its inverse; None where records of the two cannot be associated."""
        return next(iter(self._pairs.get((one, other), {}).values()), None)

    def pair(self, one: str, other: str, type_id: int, category: str = "") -> tuple[Spec, Spec] | None:
        """A type and its inverse, by its id."""
        found = self._pairs.get((one, other), {}).get(type_id)
        return found if found and category in ("", found[0].category) else None

    def add_label(self, one: str, other: str, label: str, inverse: str) -> list[Spec]:
        """Add a label of the account's own; returns the types of both directions."""
        forth, back = (
            Spec("USER_DEFINED", self._next_id + number, text) for number, text in enumerate((label, inverse))
        )
        self._next_id += 2
        self._add(one, other, forth, back)
        return [forth, back]

    def rename(self, one: str, other: str, type_id: int, label: str, inverse: str | None) -> bool:
        """Change a label of the account's own."""
        found = self.pair(one, other, type_id, "USER_DEFINED")
        if found is None:
            return False
        forth, back = found[0]._replace(label=label), found[1]._replace(label=inverse or found[1].label)
        self._pairs[one, other][forth.type_id] = (forth, back)
        self._pairs[other, one][back.type_id] = (back, forth)
        return True

    def remove(self, one: str, other: str, type_id: int) -> bool:
        """Remove a label of the account's own."""
        found = self.pair(one, other, type_id, "USER_DEFINED")
        if found is None:
            return False
        del self._pairs[one, other][type_id], self._pairs[other, one][found[1].type_id]
        return True

    def _add(self, one: str, other: str, spec: Spec, inverse: Spec) -> None:
        self._pairs.setdefault((one, other), {})[spec.type_id] = (spec, inverse)
        self._pairs.setdefault((other, one), {})[inverse.type_id] = (inverse, spec)


class Links:
    """Which records are associated, and under which types."""

    def __init__(self) -> None:
        #: Of (object, id, other object): the types with their inverses, by the other's id.
        self._links: dict[tuple[str, str, str], dict[str, dict[Spec, Spec]]] = {}

    def of(self, object_: str, id_: str, to: str) -> Mapping[str, Mapping[Spec, Spec]]:
        """The ids of the records of an object that a record is associated with, and under which types."""
        return self._links.get((object_, id_, to), _NOTHING)

    def all_of(self, record: Record) -> Iterator[tuple[str, str, Spec, Spec]]:
        """Every association of a record: the other object, the other's id, the type and its inverse."""
        for to in OBJECTS:
            for id_, specs in list(self.of(record.object, record.id, to).items()):
                for spec, inverse in list(specs.items()):
                    yield to, id_, spec, inverse

    def add(self, one: Record, other: Record, spec: Spec, inverse: Spec) -> bool:
        """Associate two records under a type; False if they are."""
        types = self._links.setdefault((one.object, one.id, other.object), {}).setdefault(other.id, {})
        if spec in types:
            return False
        types[spec] = inverse
        self._links.setdefault((other.object, other.id, one.object), {}).setdefault(one.id, {})[inverse] = spec
        return True

    def take(self, one: Record, other: Record, spec: Spec, inverse: Spec) -> bool:
        """Take a type away; False if there was none."""
        if spec not in self.of(one.object, one.id, other.object).get(other.id, {}):
            return False
        self._remove(one, other, spec)
        self._remove(other, one, inverse)
        return True

    def _remove(self, one: Record, other: Record, spec: Spec) -> None:
        key = (one.object, one.id, other.object)
        by_id = self._links.get(key, {})
        types = by_id.get(other.id, {})
        types.pop(spec, None)
        if not types:
            by_id.pop(other.id, None)


_NOTHING: Mapping[str, Mapping[Spec, Spec]] = {}
