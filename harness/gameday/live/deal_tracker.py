"""Follows every deal through a history: its closing, its changes, the ERP's writes, the signals that name it."""

from __future__ import annotations

import heapq
import sys

from gameday.analysis.writes import Write
from gameday.live.deal_state import AGREED, LiveDeal, live_comparison, state_of
from gameday.live.deals import NEAR, Deals
from gameday.live.signals import Parking
from gameday.live.tally import Tally
from gameday.model.contract import Contract
from gameday.model.events import (
    DealAmended,
    DealClosed,
    DealEvent,
    DealVoided,
    ErpWrite,
    Event,
    InvoiceWrite,
    OrderWrite,
)
from gameday.model.history import Operation
from gameday.model.signal import Signal
from gameday_fakes.manifests import known_id, spellings

#: How long a write may wait for its deal to become known (scenario seconds); after that its order counts as an orphan.
ORPHAN_S = 60.0
#: For how many unknown deals the writes are kept.
MOST_UNKNOWN = 1_000


class DealTracker:
    """The deals of one run and their sums. ``near`` is how many settled deals stay in memory.

    ``margin_s`` is by how much a time limit may be missed (scenario seconds).
    """

    def __init__(self, contract: Contract, near: int = NEAR, *, margin_s: float = 0.0) -> None:
        self.tally = Tally()
        self.refused = 0
        self._contract = contract
        self._compare = live_comparison(contract)
        self._margin_s = margin_s
        self._deals = Deals(near)
        self._time_s = 0.0
        self._final = False
        self._asked_s: dict[tuple[str, str], float] = {}
        self._early_writes: dict[str, list[tuple[ErpWrite, Operation[Event]]]] = {}
        self._orphans = 0
        self._nameless: set[str] = set()
        self._due: list[tuple[float, str]] = []
        self._parking = Parking()

    @property
    def orphans(self) -> int:
        """How many orders in the ERP belong to no deal, or to a deal that the workload does not know."""
        waiting = sum(writes[0][1].time_s < self._time_s - ORPHAN_S for writes in self._early_writes.values())
        return waiting + self._orphans + len(self._nameless)

    def advance(self, time_s: float) -> None:
        """Move the clock forward: a deal that is due and has not arrived becomes overdue."""
        self._time_s = max(self._time_s, time_s)
        while self._due and self._due[0][0] <= self._time_s:
            deal = self.tally.wrong.get(heapq.heappop(self._due)[1])
            if deal is not None and deal.limit_s <= self._time_s:
                self._update(deal)

    def take_deal(self, op: Operation[Event], event: DealEvent) -> None:
        """A deal is closed, amended or voided."""
        name = event.f, event.key
        if op.outcome == "invoke":
            self._asked_s[name] = op.time_s
            return
        asked_s = self._asked_s.pop(name, op.time_s)
        if op.outcome != "ok":
            return
        if isinstance(event, DealClosed):
            self._close(event, asked_s)
        elif isinstance(event, DealAmended | DealVoided):
            self._change(event, asked_s)

    def _close(self, event: DealClosed, closed_s: float) -> None:
        if not event.deal or event.amount is None:
            return
        due_s = closed_s + self._contract.sla.latency_s
        # One string for all deals of a currency: there may be a great many.
        currency = sys.intern(event.currency)
        deal = LiveDeal(event.deal, event.key, event.amount, currency, closed_s, closed_s, due_s)
        deal.margin_s = self._margin_s
        self._deals.add(deal)
        deal.parkings = self._parking.of(deal.id)
        for name in (*spellings(deal.id), deal.key):
            for write, op in self._early_writes.pop(name, ()):
                self._write(deal, write, op)
        self._update(deal)

    def _change(self, event: DealAmended | DealVoided, changed_s: float) -> None:
        """The deal was amended or voided, so the ERP has to change too."""
        deal = self._deals.find(event.key)
        if deal is None:
            return
        self.tally.remove(deal)
        deal.changed_s = changed_s
        deal.due_s = changed_s + self._contract.sla.latency_s
        if isinstance(event, DealVoided):
            deal.void = True
        elif event.amount is not None:
            deal.amount = event.amount
        self.tally.add(deal)
        self._await(deal)
        self._update(deal)

    def take_write(self, op: Operation[Event], event: ErpWrite) -> None:
        """The ERP took or refused an order or an invoice."""
        if op.outcome == "invoke":
            return
        if op.outcome == "fail":
            self.refused += 1
            return
        name = self._deal_of(event)
        deal = self._deals.find(name) or self._deals.find(known_id(name, self._deals))
        if deal is None:
            # A fake's events may be written before the reply to the workload's own request.
            self._keep(name, event, op)
            return
        self._write(deal, event, op)
        self._update(deal)

    def take_signal(self, signal: Signal) -> None:
        """An alert or a ticket was raised, acknowledged or resolved."""
        for deal_id in self._parking.take(signal):
            deal = self._deals.find(deal_id)
            if deal is not None:
                deal.parkings = self._parking.of(deal_id)
                self._update(deal)

    def close(self) -> None:
        """The run is over: what has not arrived is lost."""
        self._final = True
        for deal in [*self.tally.wrong.values()]:
            self._update(deal)
        self._deals.close()

    def _keep(self, name: str, event: ErpWrite, op: Operation[Event]) -> None:
        """Keep the newest writes whose deals are not known yet: most become known a moment later."""
        if not name:
            if isinstance(event, OrderWrite):
                self._nameless.add(str(event.order))
            return
        self._early_writes.setdefault(name, []).append((event, op))
        if len(self._early_writes) > MOST_UNKNOWN:
            self._early_writes.pop(next(iter(self._early_writes)))
            self._orphans += 1

    def _deal_of(self, event: ErpWrite) -> str:
        """The deal that an order names under the key by which the contract matches orders to deals."""
        if event.keys and self._contract.match:
            return self._contract.referred(event.keys.get(self._contract.match, ""))
        deals = map(self._contract.referred, event.keys.values())
        return next((deal for deal in deals if known_id(deal, self._deals)), event.deal or "")

    @staticmethod
    def _write(deal: LiveDeal, event: ErpWrite, op: Operation[Event]) -> None:
        order, invoice = event.order or "", ""
        if isinstance(event, InvoiceWrite):
            invoice = event.invoice or f"of order {order}"
        # One number and one text for both: there may be a great many.
        total = deal.amount if event.total == deal.amount else event.total
        state = sys.intern(event.state)
        write = Write(event.f, order, op.outcome, op.time_s, op.index, total, invoice, event.content, state)
        deal.take(write, sys.intern(event.currency))

    def _update(self, deal: LiveDeal) -> None:
        was_wrong = deal.state is not None and deal.state not in AGREED
        found = state_of(deal, self._contract, self._compare, self._time_s, final=self._final)
        self.tally.move(deal, found, self._time_s)
        if found.state in AGREED:
            self._deals.settled(deal)
            return
        self._deals.open(deal)
        if not was_wrong:
            self._await(deal)

    def _await(self, deal: LiveDeal) -> None:
        """Look at an open deal again when it is due. Those that were settled meanwhile are dropped now and then."""
        if deal.limit_s <= self._time_s:
            return
        heapq.heappush(self._due, (deal.limit_s, deal.id))
        if len(self._due) > 2 * (len(self.tally.wrong) + NEAR):
            self._due = [(each.limit_s, each.id) for each in self.tally.wrong.values() if each.limit_s > self._time_s]
            heapq.heapify(self._due)
