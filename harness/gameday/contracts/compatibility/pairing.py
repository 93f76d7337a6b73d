"""Which element of the new contract is which of the old one: a rename is one change, not a removal and an addition."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.change import written
from gameday.contracts.compatibility.document import Element, words_of

#: A name this like the old one tells of a rename, where type and constraints are the same.
_LIKE = 0.6
#: Where the constraints are not the same, the name has to be nearly the old one.
_VERY_LIKE = 0.8
#: The share of common properties by which an object of another name is known again.
_COMMON_PROPERTIES = 0.5
#: What names and describes a property, and says nothing of the values that it may have.
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
    """Elements that are the same one, those that are gone, and those that are new."""

    same: tuple[tuple[Element, Element], ...]
    removed: tuple[Element, ...]
    added: tuple[Element, ...]


def pair(old: Sequence[Element], new: Sequence[Element]) -> Pairs:
    """Pair the children of one parent, surest first: by both names, a ``renamedFrom``, id, one name, likeness.

    Raises GamedayError where two children have the same name.
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
    return Pairs(tuple(rest.same), tuple(rest.old), tuple(rest.new))


def _refuse_twins(elements: Sequence[Element]) -> None:
    seen: dict[str, Element] = {}
    for element in elements:
        first = seen.setdefault(element.name, element)
        if first is not element:
            where = element.where("name")
            raise GamedayError(f"{where.source.label}:{where.line}: two are named {element.path!r}; rename one")


class _Rest:
    """What has no counterpart yet."""

    def __init__(self, old: list[Element], new: list[Element]) -> None:
        self.old, self.new = old, new
        self.same: list[tuple[Element, Element]] = []

    def _join(self, old: Element, new: Element) -> None:
        self.old.remove(old)
        self.new.remove(new)
        self.same.append((old, new))

    def match(self, key: Callable[[Element], Hashable]) -> None:
        """Join those of the same key, unless several have it."""
        olds, news = (Counter(map(key, elements)) for elements in (self.old, self.new))
        by_key = {key(element): element for element in self.old}
        for element in tuple(self.new):
            wanted = key(element)
            if wanted is not None and olds[wanted] == news[wanted] == 1:
                self._join(by_key[wanted], element)

    def match_renamed_from(self) -> None:
        """Join what says itself what it was called before."""
        for element in tuple(self.new):
            said = element.custom("renamedFrom")
            names = {str(name) for name in (said if isinstance(said, list) else [said]) if name}
            for old in tuple(self.old):
                if names & {old.name, old.wire, old.path, old.wire_path}:
                    self._join(old, element)
                    break

    def match_alike(self, old: Sequence[Element], new: Sequence[Element]) -> None:
        """Join what is so alike that a rename is likelier than a removal and an addition; the likest first."""
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
    """0 for two that are not one; more the surer."""
    if old.type != new.type or old.kind != new.kind:
        return 0.0
    if old.kind == "object":
        mine, others = ({child.wire for child in element.children} for element in (old, new))
        common = len(mine & others) / max(1, len(mine | others))
        return common if common >= _COMMON_PROPERTIES else 0.0
    like = max(name_likeness(old.name, new.name), name_likeness(old.wire, new.wire))
    if _facts(old) != _facts(new):
        return like if like >= _VERY_LIKE else 0.0
    told = old.raw.get("description")
    same_words = bool(told) and told == new.raw.get("description")
    return like + same_words + same_place if like >= _LIKE or same_words or same_place else 0.0


def name_likeness(old: str, new: str) -> float:
    """How alike two names are, from 0 to 1, whatever their spelling; all words of one in the other is very alike.

    >>> name_likeness("Amount", "amount__c")
    1.0
    """
    mine, others = (words_of(name) - _SUFFIX for name in (old, new))
    if mine and others and (mine <= others or others <= mine):
        return 1.0 if mine == others else _VERY_LIKE
    first, second = ("".join(sorted(words)) for words in (mine, others))
    return float(difflib.SequenceMatcher(None, first, second).ratio())


def _facts(element: Element) -> str:
    return written({key: value for key, value in _sorted_items(element.raw) if key not in _NAMING})


def _sorted_items(raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Without what is at its default, which may be said or not."""
    return ((key, value) for key, value in sorted(raw.items()) if value not in (False, None, [], {}))


def _same_place(
    gone: Element, come: Element, old: Sequence[Element], new: Sequence[Element], before: dict[str, str]
) -> bool:
    """Whether the neighbours on either side are the same ones."""

    def neighbours(elements: Sequence[Element], one: Element) -> tuple[str | None, str | None]:
        at = elements.index(one)
        after = elements[at + 1].path if at + 1 < len(elements) else None
        return elements[at - 1].path if at else None, after

    left, right = neighbours(old, gone)
    new_left, new_right = (before.get(path, "?") if path else None for path in neighbours(new, come))
    return left == new_left and right == new_right
