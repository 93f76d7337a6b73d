"""Which deals an open ticket holds with their payload and a reason that fits.

The board shows what is known so far. Whether the class of a ticket is precise shows only at the end of the run, when
gameday.analysis.reports decides.
"""

from __future__ import annotations

from collections.abc import Collection

from gameday.analysis.cause_list import LOST
from gameday.analysis.causes import explains_parking
from gameday.analysis.reports import reason_of
from gameday.model.signal import Signal

Name = tuple[str, str]


class Parking:
    """The open tickets and the deals that each holds. A ticket is open until it is resolved."""

    def __init__(self) -> None:
        self._held: dict[Name, set[str]] = {}
        self._resolved: set[Name] = set()
        self._counts: dict[str, int] = {}

    def of(self, deal: str) -> int:
        """How many open tickets hold a deal."""
        return self._counts.get(deal, 0)

    def take(self, signal: Signal) -> Collection[str]:
        """A signal was raised, acknowledged or resolved; returns the deals for which anything changed."""
        name = signal.name
        held = self._held.setdefault(name, set())
        if signal.action == "resolve":
            if name in self._resolved:
                return ()
            self._resolved.add(name)
            return self._change(held, -1)
        changed: set[str] = set()
        if name in self._resolved:
            self._resolved.discard(name)
            changed |= self._change(held, 1)
        fits = signal.kind == "ticket" and explains_parking(reason_of(signal), LOST)
        if signal.action == "trigger" and fits:
            new = {deal for deal, payload in signal.context.items() if payload and deal not in held}
            held |= new
            changed |= self._change(new, 1)
        return changed

    def _change(self, deals: set[str], by: int) -> set[str]:
        for deal in deals:
            self._counts[deal] = self._counts.get(deal, 0) + by
        return set(deals)
