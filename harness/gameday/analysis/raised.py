"""The signals of a run in their order, each with the time when it was over."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from gameday.analysis.all_clear import says_all_is_well
from gameday.model.events import SignalEvent
from gameday.model.history import Operation
from gameday.model.signal import Signal


class Raised(msgspec.Struct, frozen=True):
    """A signal with its time and its place in the history.

    ``until_s`` is when it was next resolved; infinite if it never was. What says that all is well (``all_clear``) is
    over at once, and resolves what has its key: all of it, or if it names deals, what names no others.
    """

    signal: Signal
    time_s: float
    index: int
    until_s: float = math.inf
    all_clear: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """What a later acknowledgement or resolution of the same alert has too."""
        return self.signal.name


class _End(msgspec.Struct, frozen=True):
    """What resolves signals of one key; of all deals, or only of those."""

    time_s: float
    deals: frozenset[str]

    def ends(self, signal: Signal) -> bool:
        return not self.deals or self.deals.issuperset((*signal.orders, *signal.context))


def in_order(operations: Iterable[Operation[SignalEvent]]) -> list[Raised]:
    """Every signal in order, each with the time at which it was next resolved."""
    raised: list[Raised] = []
    ends: dict[tuple[str, str], list[_End]] = {}
    for op in sorted(operations, key=lambda op: op.index, reverse=True):
        signal = op.event.signal
        if signal is None:
            continue
        all_clear = signal.action == "trigger" and says_all_is_well(signal)
        if signal.action == "resolve":
            # What comes later is over with it.
            ends[signal.name] = [_End(op.time_s, frozenset())]
        elif all_clear:
            ends.setdefault(signal.name, []).append(_End(op.time_s, frozenset((*signal.orders, *signal.context))))
        next_end = (end.time_s for end in reversed(ends.get(signal.name, ())) if end.ends(signal))
        raised.append(Raised(signal, op.time_s, op.index, next(next_end, math.inf), all_clear))
    raised.reverse()
    return raised
