"""Pairs the elements of two versions: a rename is one change, not a removal and an addition."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.change import written
from gameday.contracts.compatibility.document import Element, words_of

#: Names at least this similar are a rename, if type and constraints are the same.
LIKE = 0.6
#: Where the constraints differ, the names must be this similar.
VERY_LIKE = 0.8
#: An object with another name is recognised by this share of common properties.
_COMMON_PROPERTIES = 0.5
#: Keys that name or describe a property, and do not limit its values.
_NAMING = frozenset(
    {
        "id",
        "name",
        "physicalName",
        "businessName",
        "description",
        "tags",
        "synonyms",
        "customProperties",
        "authoritativeDefinitions",
        "examples",
        "deprecated",
        "context",
    }
)
_SUFFIX = frozenset({"c", "cust", "custbody", "custcol", "custom"})


class Pairs(msgspec.Struct, frozen=True):
    """Pairs of one element's versions, the removed elements and the added ones."""

    same: tuple[tuple[Element, Element], ...]
    removed: tuple[Element, ...]
    added: tuple[Element, ...]


def pair(old: Sequence[Element], new: Sequence[Element]) -> Pairs:
    """Pair the children of one parent, most certain first: by both names, a ``renamedFrom``, id, one name, similarity.

    Raises GamedayError if two children have the same name.
    """
    _refuse_twins(old)
    _refuse_twins(new)
    rest = _Rest(list(old), list(new))
    rest.match(lambda element: (element.name, element.wire))
    rest.match_renamed_from()
    rest.match(lambda element: element.raw.get("id"))
    rest.match(lambda element: element.wire)
    rest.match(lambda element: element.name)
    rest.match_alike(old, new)
    return Pairs(tuple(rest.same), (*rest.parted_old, *rest.old), (*rest.parted_new, *rest.new))


def earlier_names(element: Element) -> set[str]:
    """The old names that an element declares in ``renamedFrom``."""
    said = element.custom("renamedFrom")
    return {str(name) for name in (said if isinstance(said, list) else [said]) if name}


def _refuse_twins(elements: Sequence[Element]) -> None:
    seen: dict[str, Element] = {}
    for element in elements:
        first = seen.setdefault(element.name, element)
        if first is not element:
            where = element.where("name")
            raise GamedayError(
                f"{where.source.label}:{where.line}: two elements are named {element.path!r}; rename one"
            )


class _Rest:
    """The elements that have no counterpart yet."""

    def __init__(self, old: list[Element], new: list[Element]) -> None:
        self.old, self.new = old, new
        self.same: list[tuple[Element, Element]] = []
        #: What was split or merged: the old ones are gone, and the new ones are others.
        self.parted_old: list[Element] = []
        self.parted_new: list[Element] = []

    def _join(self, old: Element, new: Element) -> None:
        self.old.remove(old)
        self.new.remove(new)
        self.same.append((old, new))

    def match(self, key: Callable[[Element], Hashable]) -> None:
        """Pair elements with the same key, unless several have it."""
        olds, news = (Counter(map(key, elements)) for elements in (self.old, self.new))
        by_key = {key(element): element for element in self.old}
        for element in tuple(self.new):
            wanted = key(element)
            if wanted is not None and olds[wanted] == news[wanted] == 1:
                self._join(by_key[wanted], element)

    def match_renamed_from(self) -> None:
        """Pair elements that declare their old name; where two declare one, or one declares two, all are others."""
        claims = [
            (old, element)
            for element in self.new
            for old in self.old
            if earlier_names(element) & {old.name, old.wire, old.path, old.wire_path}
        ]
        olds, news = (Counter(id(each) for each in side) for side in zip(*claims, strict=True)) if claims else ({}, {})
        for old, element in claims:
            if olds[id(old)] == news[id(element)] == 1:
                self._join(old, element)
                continue
            for each, rest, parted in ((old, self.old, self.parted_old), (element, self.new, self.parted_new)):
                if each in rest:
                    rest.remove(each)
                    parted.append(each)

    def match_alike(self, old: Sequence[Element], new: Sequence[Element]) -> None:
        """Pair elements so similar that a rename is likelier than a removal and an addition; most similar first."""
        before = {new_one.path: old_one.path for old_one, new_one in self.same}
        scored = [
            (score, i, j)
            for i, gone in enumerate(self.old)
            for j, come in enumerate(self.new)
            if (score := _likeness(gone, come, _same_place(gone, come, old, new, before)))
        ]
        gone_ones, come_ones = tuple(self.old), tuple(self.new)
        for _, i, j in sorted(scored, key=lambda item: (-item[0], item[1], item[2])):
            if gone_ones[i] in self.old and come_ones[j] in self.new:
                self._join(gone_ones[i], come_ones[j])


def _likeness(old: Element, new: Element, same_place: bool) -> float:
    """How certain it is that two elements are one; 0 if they are not."""
    if old.type != new.type or old.kind != new.kind:
        return 0.0
    if old.kind == "object":
        mine, others = ({child.wire for child in element.children} for element in (old, new))
        common = len(mine & others) / max(1, len(mine | others))
        return common if common >= _COMMON_PROPERTIES else 0.0
    like = max(name_likeness(old.name, new.name), name_likeness(old.wire, new.wire))
    if _facts(old) != _facts(new):
        return like if like >= VERY_LIKE else 0.0
    description = old.raw.get("description")
    same_words = bool(description) and description == new.raw.get("description")
    return like + same_words + same_place if like >= LIKE or same_words or same_place else 0.0


def name_likeness(old: str, new: str) -> float:
    """How similar two names are, from 0 to 1, whatever their spelling; very similar if one has all words of the other.

    >>> name_likeness("Amount", "amount__c")
    1.0
    """
    mine, others = (words_of(name) - _SUFFIX for name in (old, new))
    if mine and others and (mine <= others or others <= mine):
        return 1.0 if mine == others else VERY_LIKE
    first, second = ("".join(sorted(words)) for words in (mine, others))
    return float(difflib.SequenceMatcher(None, first, second).ratio())


def _facts(element: Element) -> str:
    return written({key: value for key, value in _sorted_items(element.raw) if key not in _NAMING})


def _sorted_items(raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The constraints without those at their default."""
    return ((key, value) for key, value in sorted(raw.items()) if value not in (False, None, [], {}))


def _same_place(
    gone: Element, come: Element, old: Sequence[Element], new: Sequence[Element], before: dict[str, str]
) -> bool:
    """Whether the neighbours on both sides are paired with each other."""

    def neighbours(elements: Sequence[Element], one: Element) -> tuple[str | None, str | None]:
        at = elements.index(one)
        after = elements[at + 1].path if at + 1 < len(elements) else None
        return elements[at - 1].path if at else None, after

    left, right = neighbours(old, gone)
    new_left, new_right = (before.get(path, "?") if path else None for path in neighbours(new, come))
    return left == new_left and right == new_right
