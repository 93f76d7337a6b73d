"""Sorts signals into classes: those that one rule, template or pattern of deduplication keys of the stack raises.

People learn to trust or to ignore a kind of alert, not a single one, so precision is a property of the class. Titles
that differ from deal to deal make no kinds: where a source states one reason under many titles, they are one class.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from gameday.analysis.causes import causes_in
from gameday.analysis.raised import Raised
from gameday.analysis.reasons import reason_of
from gameday.model.checker import DeadLetter
from gameday.model.signal import Signal
from gameday_fakes.ledger import Ledger

#: So many titles for one reason are titles of deals, not of kinds of trouble.
VARIED = 5
#: What stands for an id or a figure in a pattern.
MASK = "#"

_TOKEN = re.compile(r"\w+")
_HAS_WORD = re.compile(r"[^\W\d_]{2,}")
_MASKS = re.compile(rf"{MASK}(?:\W*{MASK})+")


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with these names, and every word that has a digit, masked.

    >>> masked("sync/record_lock: 12 deals, first 0065g00000ABcdE")
    'sync/record_lock: # deals, first #'
    """
    for name in names:
        text = text.replace(name, MASK)
    return _MASKS.sub(MASK, _TOKEN.sub(_word, text))


def _word(token: re.Match[str]) -> str:
    # Most words are letters alone, which is seen at once.
    text = token[0]
    return MASK if not text.isalpha() and any(letter.isdigit() for letter in text) else text.casefold()


def customer_names(*ledgers: Ledger) -> dict[str, str]:
    """The name of each deal's customer, by the deal's id, as far as these ledgers of a CRM state it."""
    found: dict[str, str] = {}
    for ledger in ledgers:
        names = {customer: name for customer, fields in ledger.customers.items() if (name := fields.get("Name", ""))}
        if names:
            found |= {entry.id: names[entry.customer] for entry in ledger.entries if entry.customer in names}
    return found


def patterns(signal: Signal, customers: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What a signal shares with others of its class: its rule, its title, and the pattern of its key.

    "Acme: record locked" and "Bravo: record locked" have one title if these are the ``customers`` of the deals that
    they name. A ticket's key is given by the ticket system, so it says nothing about the class.
    """
    place = f"{signal.source} {signal.kind}"
    title = signal.summary or signal.reason or signal.text.partition("\n")[0]
    # Masking every id of a digest in turn would cost much, and its title has a few at most.
    names = (name for deal in signal.orders for name in (deal, customers.get(deal, "")))
    named = [name for name in dict.fromkeys(names) if name and (name in title or name in signal.key)]
    found = [("title", masked(title, named))]
    if signal.kind == "alert":
        found.append(("key", masked(signal.key, named)))
    if signal.rule:
        found.append(("rule", signal.rule))
    for kind, pattern in found:
        if _HAS_WORD.search(pattern):
            yield place, kind, pattern


def letter_classes(letters: Iterable[DeadLetter], customers: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The class of each dead letter, by the deal and the reason."""
    classes = {
        (each.order, each.reason): masked(
            each.reason, [name for name in (each.order, customers.get(each.order, "")) if name]
        )
        for each in letters
    }
    reason_of_class = {pattern: reason for (_, reason), pattern in classes.items()}
    same = {
        each: pooled[0]
        for pooled in varied({pattern: causes_in(reason) for pattern, reason in reason_of_class.items()})
        for each in pooled
    }
    return {letter: same.get(pattern, pattern) for letter, pattern in classes.items()}


C = TypeVar("C", bound=Hashable)


def varied(kinds: Mapping[C, Hashable]) -> Iterator[list[C]]:
    """The classes that are too many for one kind of trouble; ``kinds`` has the kind of each."""
    by_kind: dict[Hashable, list[C]] = {}
    for class_, kind in kinds.items():
        by_kind.setdefault(kind, []).append(class_)
    return (classes for classes in by_kind.values() if len(classes) >= VARIED)


class Classes:
    """The class of each signal: signals are of one class if any of their patterns is the same.

    So are those of one source that state the same causes under many titles.
    """

    def __init__(self, raised: Sequence[Raised], customers: Mapping[str, str] | None = None) -> None:
        self._customers = customers or {}
        #: By the place of a signal in memory: the signal, which keeps its place so, and its patterns.
        self._known: dict[int, tuple[Signal, list[tuple[str, str, str]]]] = {}
        self._parent: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        for one in raised:
            first, *others = self._patterns(one.signal)
            for other in others:
                self._join(other, first)
        first_of = {self.of(one.signal): one.signal for one in reversed(raised)}
        kinds = {class_: (class_[0], causes_in(reason_of(signal))) for class_, signal in first_of.items()}
        for first, *others in varied(kinds):
            for other in others:
                self._join(other, first)

    def of(self, signal: Signal) -> tuple[str, str, str]:
        """What stands for the class of a signal."""
        return self._root(self._patterns(signal)[0])

    def _join(self, one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
        if (root := self._root(one)) != (target := self._root(other)):
            self._parent[root] = target

    def _patterns(self, signal: Signal) -> list[tuple[str, str, str]]:
        known = self._known.get(id(signal))
        if known is None:
            found = [*patterns(signal, self._customers)] or [(f"{signal.source} {signal.kind}", "", "")]
            known = self._known[id(signal)] = signal, found
        return known[1]

    def _root(self, pattern: tuple[str, str, str]) -> tuple[str, str, str]:
        while (parent := self._parent.get(pattern, pattern)) != pattern:
            pattern = parent
        return pattern
