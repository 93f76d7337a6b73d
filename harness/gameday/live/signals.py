"""Which deals an open ticket holds with their payload, and for what reasons.

The board shows what is known so far. Whether the class of a ticket is precise shows only at the end of the run, when
gameday.analysis.reports decides.
"""

from __future__ import annotations

from collections.abc import Collection

from gameday.analysis.reasons import reason_of
from gameday.model.signal import Signal

Name = tuple[str, str]


class Parking:
    """The open tickets and the deals that each holds. A ticket is open until it is resolved."""

    def __init__(self) -> None:
        #: The reason that each ticket gives for each deal that it holds.
        self._held: dict[Name, dict[str, str]] = {}
        self._resolved: set[Name] = set()
        self._by_deal: dict[str, list[str]] = {}

    def of(self, deal: str) -> tuple[str, ...]:
        """The reasons of the open tickets that hold a deal."""
        return tuple(self._by_deal.get(deal, ()))

    def take(self, signal: Signal) -> Collection[str]:
        """A signal was raised, acknowledged or resolved; returns the deals for which anything changed."""
        if signal.kind != "ticket":
            return ()
        name = signal.name
        held = self._held.setdefault(name, {})
        if signal.action == "resolve":
            if name in self._resolved:
                return ()
            self._resolved.add(name)
            for deal, reason in held.items():
                self._release(deal, reason)
            return [*held]
        changed: list[str] = []
        if name in self._resolved:
            self._resolved.discard(name)
            changed += self._hold(held)
        if signal.action == "trigger":
            reason = reason_of(signal)
            new = {deal: reason for deal, payload in signal.context.items() if payload and deal not in held}
            held |= new
            changed += self._hold(new)
        return changed

    def _hold(self, deals: dict[str, str]) -> list[str]:
        for deal, reason in deals.items():
            self._by_deal.setdefault(deal, []).append(reason)
        return [*deals]

    def _release(self, deal: str, reason: str) -> None:
        reasons = self._by_deal[deal]
        reasons.remove(reason)
        if not reasons:
            del self._by_deal[deal]
