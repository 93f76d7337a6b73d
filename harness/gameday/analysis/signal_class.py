"""Sorts signals into classes: those that one rule, template or pattern of deduplication keys of the stack raises.

People learn to trust or to ignore a kind of alert, not a single one, so precision is a property of the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from gameday.analysis.observations import Raised
from gameday.model.signal import Signal
from gameday_fakes.ledger import Ledger

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
    text = _TOKEN.sub(lambda m: MASK if any(c.isdigit() for c in m[0]) else m[0].casefold(), text)
    return _MASKS.sub(MASK, text)


def customer_names(*ledgers: Ledger) -> dict[str, str]:
    """The name of each deal's customer, by the deal's id, as far as these ledgers of a CRM state it."""
    return {
        entry.id: name
        for ledger in ledgers
        for entry in ledger.entries
        if (name := ledger.customers.get(entry.customer, {}).get("Name", ""))
    }


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


class Classes:
    """The class of each signal: signals are of one class if any of their patterns is the same."""

    def __init__(self, raised: Iterable[Raised], customers: Mapping[str, str] | None = None) -> None:
        self._customers = customers or {}
        self._parent: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        for one in raised:
            first, *others = self._patterns(one.signal)
            for other in others:
                self._parent[self._root(other)] = self._root(first)

    def of(self, signal: Signal) -> tuple[str, str, str]:
        """What stands for the class of a signal."""
        return self._root(self._patterns(signal)[0])

    def _patterns(self, signal: Signal) -> list[tuple[str, str, str]]:
        return [*patterns(signal, self._customers)] or [(f"{signal.source} {signal.kind}", "", "")]

    def _root(self, pattern: tuple[str, str, str]) -> tuple[str, str, str]:
        while (parent := self._parent.get(pattern, pattern)) != pattern:
            pattern = parent
        return pattern
