"""Sorts signals into classes: those that one rule, template or pattern of deduplication keys of the stack raises.

People learn to trust or to ignore a kind of alert, not a single one, so precision is a property of the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gameday.analysis.observations import Raised
from gameday.model.signal import Signal

#: What stands for an id or a figure in a pattern.
MASK = "#"

_TOKEN = re.compile(r"\w+")
_HAS_WORD = re.compile(r"[^\W\d_]{2,}")
_MASKS = re.compile(rf"{MASK}(?:\W*{MASK})+")


def masked(text: str, deals: Iterable[str] = ()) -> str:
    """The text with deal ids, and every word that has a digit, masked.

    >>> masked("sync/record_lock: 12 deals, first 0065g00000ABcdE")
    'sync/record_lock: # deals, first #'
    """
    for deal in deals:
        text = text.replace(deal, MASK)
    text = _TOKEN.sub(lambda m: MASK if any(c.isdigit() for c in m[0]) else m[0].casefold(), text)
    return _MASKS.sub(MASK, text)


def patterns(signal: Signal) -> Iterator[tuple[str, str, str]]:
    """What a signal shares with others of its class: its rule, its title, and the pattern of its key.

    A ticket's key is given by the ticket system, so it says nothing about the class.
    """
    place = f"{signal.source} {signal.kind}"
    title = signal.summary or signal.reason or signal.text.partition("\n")[0]
    # Masking every id of a digest in turn would cost much, and its title has a few at most.
    named = [deal for deal in signal.orders if deal in title or deal in signal.key]
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

    def __init__(self, raised: Iterable[Raised]) -> None:
        self._parent: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        for one in raised:
            first, *others = self._patterns(one.signal)
            for other in others:
                self._parent[self._root(other)] = self._root(first)

    def of(self, signal: Signal) -> tuple[str, str, str]:
        """What stands for the class of a signal."""
        return self._root(self._patterns(signal)[0])

    def _patterns(self, signal: Signal) -> list[tuple[str, str, str]]:
        return [*patterns(signal)] or [(f"{signal.source} {signal.kind}", "", "")]

    def _root(self, pattern: tuple[str, str, str]) -> tuple[str, str, str]:
        while (parent := self._parent.get(pattern, pattern)) != pattern:
            pattern = parent
        return pattern
