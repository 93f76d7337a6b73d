"""Reads what can be compared of a contract that breaks the standard; what cannot is left out and reported.

A pull request that repairs a contract is compared with the broken one. So a part that breaks the standard is as if
neither version had it: its key is taken from the other version, and an element without a name is not compared.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.base.violation import Violation
from gameday.contracts.compatibility.document import (
    Document,
    Element,
    Source,
    labelled,
    make_document,
    parse_document,
    side_of,
)
from gameday.contracts.compatibility.lines import Lines, Place, moved_up, read_lines
from gameday.contracts.compatibility.term_rules import read_custom, read_promise
from gameday.contracts.standard import Breach, first_breach

#: A contract with more mistakes than that is not read any further.
MOST_BREACHES = 200
#: What a document must have to be compared, and what stands for it where it is missing or wrong.
_NEEDED: dict[str, str] = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": "", "version": ""}

#: What the standard's schema finds missing where an element has no type.
_TYPE = ("logicalType", "map")

#: The keys of an element with the elements below it.
_BELOW = frozenset({"properties", "items", "map"})


class PartialReading:
    """Parses the documents of one version as far as they can be compared, and keeps what is wrong with them.

    ``old``: a file that is no contract at all is passed over, so that there is nothing to compare with; its mistakes
    are warnings. Of a new version such a file is a GamedayError, and its mistakes are errors.
    """

    def __init__(self, *, old: bool = False) -> None:
        self._old = old
        #: By the path of a file, what is wrong with it.
        self.problems: dict[str, list[Violation]] = {}

    def __call__(self, data: bytes, *, path: str, revision: str = "") -> Document | None:
        """The document without what breaks the standard; None for an old file that is no contract."""
        label = labelled(path, revision)
        try:
            raw = read_yaml(data, where=label)
            if not isinstance(raw, dict):
                return parse_document(data, path=path, revision=revision)
            lines = read_lines(data)
            return self._parsed(raw, lines, path, revision)
        except GamedayError as problem:
            if not self._old:
                raise
            text = f"the old version cannot be read, so nothing is compared with it: {problem.problem}"
            self._add(path, Violation("contract.old-unreadable", "warning", text))
            return None

    def _parsed(self, raw: dict[str, Any], lines: Lines, path: str, revision: str) -> Document:
        label = labelled(path, revision)
        pruner = _Pruner(raw, lines, label)
        for line, message in pruner.prune():
            self._report(path, label, line, message)
        source = Source(side_of(pruner.raw, path), path, pruner.lines, revision, frozenset(pruner.unread))
        return make_document(pruner.raw, source)

    def _report(self, path: str, label: str, line: int, message: str) -> None:
        if self._old:
            text = f"the old version breaks the standard: {label}:{line}: {message}"
            self._add(path, Violation("contract.old-not-standard", "warning", text))
        else:
            self._add(path, Violation("contract.not-standard", "error", message, path, line))

    def _add(self, path: str, violation: Violation) -> None:
        self.problems.setdefault(path, []).append(violation)


class _Pruner:
    """Removes from a copy of a document what breaks the standard, until it keeps it. Each step removes something."""

    def __init__(self, raw: dict[str, Any], lines: Lines, label: str) -> None:
        self.raw = copy.deepcopy(raw)
        self.lines = lines
        #: The places of keys that were removed, in the document as it is now.
        self.unread: set[Place] = set()
        self._label = label

    def prune(self) -> Iterator[tuple[int, str]]:
        """Each mistake with its line."""
        for _ in range(MOST_BREACHES):
            breach = first_breach(self.raw, where=self._label) or next(self._senseless(), None)
            if breach is None:
                return
            dotted = ".".join(map(str, breach.place)) or "the whole file"
            yield self.lines.of(breach.place) or 1, f"{dotted}: {breach.message}"
            self._repair(breach)
        raise GamedayError(f"{self._label} has more than {MOST_BREACHES} mistakes", hint="is it a contract?")

    def _repair(self, breach: Breach) -> None:
        if breach.missing in _TYPE and breach.place:
            # Without a type nothing of an element could be compared.
            place = (*breach.place, "logicalType")
            self._at(breach.place)["logicalType"] = "string"
            self.unread.add(place)
        elif breach.missing and not breach.place:
            self.raw[breach.missing] = _NEEDED.get(breach.missing, "")
        elif not breach.place and not breach.unknown:
            raise GamedayError(f"{self._label}: {breach.message}", hint="by ODCS 3")
        elif breach.unknown:
            for key in breach.unknown:
                self._remove((*breach.place, key))
        else:
            self._remove(breach.place)

    def _remove(self, place: Place) -> None:
        if len(place) == 1 and place[0] in _NEEDED:
            value = self.raw[str(place[0])]
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            self.raw[str(place[0])] = str(value) if is_number else _NEEDED[str(place[0])]
            return
        parent = self._at(place[:-1])
        del parent[place[-1]]
        if isinstance(parent, list):
            self.lines = self.lines.without(place)
            self.unread = {moved for each in self.unread if (moved := moved_up(each, place))}
        else:
            self.unread.add(place)

    def _at(self, place: Place) -> Any:
        found: Any = self.raw
        for step in place:
            found = found[step]
        return found

    def _senseless(self) -> Iterator[Breach]:
        """What the standard allows and no comparison can read: two elements of one name, promises without sense."""
        yield from _twins(self.raw.get("schema"), ("schema",))
        document = make_document(self.raw, Source("", self._label, self.lines))
        for key, read in (("slaProperties", read_promise), ("customProperties", read_custom)):
            for index, item in enumerate(self.raw.get(key) or ()):
                try:
                    list(read(item, document.where(key, index)))
                except GamedayError as problem:
                    yield Breach((key, index), problem.problem.removeprefix(f"{self._label}:").partition(": ")[2])


def _twins(elements: Any, place: Place) -> Iterator[Breach]:
    seen: set[str] = set()
    for index, element in enumerate(elements or ()):
        here = (*place, index)
        name = element.get("name")
        if name is not None and name in seen:
            yield Breach(here, f"two elements are named {shown(name)}")
        seen.add(name)
        yield from _twins(element.get("properties"), (*here, "properties"))
        yield from _twins((element.get("items") or {}).get("properties"), (*here, "items", "properties"))


def as_far_as_read(old: Element, new: Element) -> tuple[Element, Element]:
    """Two versions of an element, where neither has what could not be read of the other."""
    if not (old.source.unread or new.source.unread):
        return old, new
    return _filled(old, new), _filled(new, old)


def _filled(one: Element, other: Element) -> Element:
    depth = len(one.place)
    below = [place for place in one.source.unread if place[:depth] == one.place and len(place) > depth]
    # What is wrong within a key, such as one limit, is of that key; what is wrong in a field below is of the field.
    unread = {str(place[depth]) for place in below if len(place) == depth + 1 or place[depth] not in _BELOW}
    if not unread:
        return one
    raw = {key: value for key, value in one.raw.items() if key not in unread}
    raw |= {key: other.raw[key] for key in unread if key in other.raw}
    # Fields that could not be read are neither new nor gone.
    children = other.children if unread & _BELOW else one.children
    return msgspec.structs.replace(one, raw=raw, children=children)
