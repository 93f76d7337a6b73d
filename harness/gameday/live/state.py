"""What the board knows of a run: a fold over its history, a little work for each operation and no look back."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from gameday.live.books import RIGHT, Bill, Deal, billed, judge, unbilled, unwrote, wrote
from gameday.live.deals import NEAR, Deals
from gameday.live.faults import Faults
from gameday.live.log import EntryKind, Log
from gameday.live.series import Series
from gameday.live.signals import Parking
from gameday.live.tally import Tally
from gameday.model.contract import Contract
from gameday.model.history import Operation
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal
from gameday.scoring.budget import Budget
from gameday.scoring.score import Tally as Judged

#: How long a write may be of a deal that the workload has not told us of (scenario seconds): it is a stranger's then.
ORPHAN_S = 60.0
#: Of how many such deals the writes are kept.
MOST_STRAYS = 1_000


class Reveal(msgspec.Struct, frozen=True):
    """Who asked what was injected, and when."""

    by: str
    time_s: float


class LiveState:
    """A run as it goes on. ``take`` every operation in the order of the history; ``view`` at any moment.

    ``near`` is how many deals that are right stay in memory.
    """

    def __init__(
        self, scenario: Scenario, contract: Contract, *, budget: Budget | None = None, near: int = NEAR
    ) -> None:
        self.scenario = scenario
        self.budget = budget or Budget()
        self.log = Log()
        self.faults = Faults()
        self.tally = Tally()
        self.backlog = Series()
        self.operations = 0
        self.refused = 0
        self.time_s = 0.0
        self.phase = ""
        self.phase_began_s = 0.0
        self.revealed: Reveal | None = None
        #: The notes in the history: by whom, and their texts.
        self.notes: list[tuple[str, str]] = []
        self.stopped = False
        #: The books have been read; then the history is closed, when the control is over too; then comes the verdict.
        self.ended = False
        self.closed = False
        self.final = False
        #: What the run was judged to come to, once it was: by the names of the end states.
        self.judged: dict[str, Judged] = {}
        self._contract = contract
        self._deals = Deals(near)
        self._asked_s: dict[tuple[str, str], float] = {}
        self._strays: dict[str, list[Operation]] = {}
        self._orphans = 0
        self._nameless: set[str] = set()
        self._due: list[tuple[float, str]] = []
        self._parking = Parking()
        self._takers: dict[str, Callable[[Operation], None]] = {
            "phase": self._take_phase,
            "close_deal": self._take_close,
            "amend_deal": self._take_change,
            "void_deal": self._take_change,
            "order_write": self._take_write,
            "invoice_write": self._take_write,
            "alert": self._take_signal,
            "ticket": self._take_signal,
            "inject": self._take_fault,
            "heal": self._take_fault,
            "stack": self._take_stack,
            "note": self._take_word,
            "reveal": self._take_word,
            "stop": self._take_word,
            "dead_letters": self._take_end,
            "closed": self._take_closed,
        }

    def take(self, op: Operation) -> None:
        """One operation more. One whose value is not as the vocabulary says changes nothing but the count."""
        self.operations += 1
        self.advance(op.time_s)
        taker = self._takers.get(op.f)
        if taker is not None:
            try:
                taker(op)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError):
                return

    def advance(self, time_s: float) -> None:
        """It is that late now: what was due by then and is not there is overdue. Time never goes back."""
        self.time_s = max(self.time_s, time_s)
        while self._due and self._due[0][0] <= self.time_s:
            deal = self.tally.wrong.get(heapq.heappop(self._due)[1])
            if deal is not None and deal.due_s <= self.time_s:
                self._judge(deal)
        self.backlog.put(self.time_s, self.tally.backlog)

    @property
    def orphans(self) -> int:
        """How many orders of no deal, or of deals that the workload does not know, are in the ERP."""
        waiting = sum(ops[0].time_s < self.time_s - ORPHAN_S for ops in self._strays.values())
        return waiting + self._orphans + len(self._nameless)

    # -- deals ---------------------------------------------------------------------------------------

    def _take_close(self, op: Operation) -> None:
        value = op.value
        if op.outcome == "invoke":
            self._asked_s[op.f, value["key"]] = op.time_s
            return
        if op.outcome != "ok" or not value.get("deal"):
            return
        closed_s = self._asked_s.pop((op.f, value["key"]), op.time_s)
        due_s = closed_s + self._contract.sla.latency_s
        # One text for all deals of a currency: there may be a great many.
        currency = sys.intern(str(value.get("currency", "")))
        key, amount = str(value["key"]), Decimal(value["amount"])
        deal = Deal(str(value["deal"]), key, amount, currency, closed_s, closed_s, due_s)
        self._deals.add(deal)
        deal.parkings = self._parking.of(deal.id)
        for stray in (*self._strays.pop(deal.id, ()), *self._strays.pop(key, ())):
            self._write(deal, stray)
        self._judge(deal)

    def _take_change(self, op: Operation) -> None:
        """A deal that was amended or taken back: it has to get into the ERP anew."""
        value = op.value
        if op.outcome == "invoke":
            self._asked_s[op.f, value["key"]] = op.time_s
            return
        asked_s = self._asked_s.pop((op.f, value["key"]), op.time_s)
        deal = self._deals.find(str(value["key"]))
        if op.outcome != "ok" or deal is None:
            return
        self.tally.remove(deal)
        deal.changed_s = asked_s
        deal.due_s = asked_s + self._contract.sla.latency_s
        if op.f == "void_deal":
            deal.void = True
        elif value.get("amount") is not None:
            deal.amount = Decimal(value["amount"])
        self.tally.add(deal)
        self._await(deal)
        self._judge(deal)

    def _take_write(self, op: Operation) -> None:
        if op.outcome == "invoke":
            return
        if op.outcome == "fail":
            self.refused += 1
            return
        name = self._named_deal(op.value)
        deal = self._deals.find(name)
        if deal is None:
            # The events of a fake may be written down before the reply of the workload's own request.
            self._keep_stray(name, op)
            return
        self._write(deal, op)
        self._judge(deal)

    def _keep_stray(self, name: str, op: Operation) -> None:
        """Keep the writes of a deal that is not known yet, the newest few: most deals are known a moment later."""
        if not name:
            if op.f == "order_write":
                self._nameless.add(str(op.value.get("order")))
            return
        self._strays.setdefault(name, []).append(op)
        if len(self._strays) > MOST_STRAYS:
            self._strays.pop(next(iter(self._strays)))
            self._orphans += 1

    def _named_deal(self, value: dict[str, Any]) -> str:
        """The deal that an order bears, under the key by which the contract matches them."""
        keys = value.get("keys") or {}
        if not keys:
            return str(value.get("deal") or "")
        if self._contract.match:
            return str(keys.get(self._contract.match, ""))
        return next((key for key in keys.values() if key in self._deals), str(value.get("deal") or ""))

    @staticmethod
    def _write(deal: Deal, op: Operation) -> None:
        value = op.value
        order, total = str(value.get("order") or ""), value.get("total")
        currency = sys.intern(str(value.get("currency") or ""))
        amount = None if total in (None, "") else Decimal(str(total))
        if amount == deal.amount:
            amount = deal.amount
        state = value.get("state", "open")
        there = state == "open"
        if op.f == "invoice_write":
            invoice = str(value.get("invoice") or f"of order {order}")
            billed(deal, Bill(invoice, amount, currency, op.time_s)) if there else unbilled(deal, invoice)
        elif there:
            wrote(deal, order, amount, currency, op.time_s)
        else:
            unwrote(deal, order)
            if state != "deleted":
                # As in the ledger at the end, where a deleted order leaves no trace.
                deal.cancelled_s = op.time_s

    def _judge(self, deal: Deal) -> None:
        was_open = deal.state is not None and deal.state not in RIGHT
        judged = judge(deal, self._contract, self.time_s, final=self.final)
        self.tally.move(deal, judged, self.time_s)
        if judged.state in RIGHT:
            self._deals.right(deal)
            return
        self._deals.wrong(deal)
        if not was_open:
            self._await(deal)

    def _await(self, deal: Deal) -> None:
        """Judge a deal that is not right when it is due. Those that became right meanwhile are sorted out at times."""
        if deal.due_s <= self.time_s:
            return
        heapq.heappush(self._due, (deal.due_s, deal.id))
        if len(self._due) > 2 * (len(self.tally.wrong) + NEAR):
            self._due = [(each.due_s, each.id) for each in self.tally.wrong.values() if each.due_s > self.time_s]
            heapq.heapify(self._due)

    # -- signals and everything else -----------------------------------------------------------------

    def _take_signal(self, op: Operation) -> None:
        told = op.value.get("signal")
        if not told:
            kind: EntryKind = "alert" if op.f == "alert" else "ticket"
            self.log.add(op.time_s, kind, f"{op.process} {kind}: not readable", str(op.value.get("problem", "")))
            return
        signal = msgspec.convert(told, Signal)
        for deal_id in self._parking.take(signal):
            deal = self._deals.find(deal_id)
            if deal is not None:
                deal.parkings = self._parking.of(deal_id)
                self._judge(deal)
        title = f"{signal.source} {signal.kind}" + ("" if signal.action == "trigger" else f": {signal.action}d")
        # What only takes a signal back says nothing of its own but which one.
        text = signal.reason or (signal.text if signal.action == "trigger" else signal.key)
        self.log.add(op.time_s, signal.kind, title, text, signal.owner, len(signal.orders))

    def _take_phase(self, op: Operation) -> None:
        self.phase, self.phase_began_s = str(op.value["phase"]), op.time_s
        self.log.add(op.time_s, "phase", self.phase)

    def _take_end(self, op: Operation) -> None:
        """The dead letters are counted when the books have been read."""
        self.ended = self.phase == "verification"

    def _take_closed(self, _: Operation) -> None:
        self.closed = True

    def _take_fault(self, op: Operation) -> None:
        line = self.faults.take(op)
        if line:
            self.log.add(op.time_s, "fault", line)

    def _take_stack(self, op: Operation) -> None:
        self.log.add(op.time_s, "stack", f"stack: {op.value['act']}")

    def _take_word(self, op: Operation) -> None:
        by, text = str(op.value.get("by", "")), str(op.value.get("text", ""))
        if op.f == "reveal":
            self.revealed = Reveal(by, op.time_s)
            self.log.add(op.time_s, "reveal", "the injection was revealed", text, by)
        elif op.f == "stop":
            self.stopped = True
            self.log.add(op.time_s, "stop", "the day was stopped", text, by)
        else:
            self.notes.append((by, text))
            self.log.add(op.time_s, "note", "note", text, by)

    def close(self) -> None:
        """The books are closed: what is not there now is lost."""
        self.final = True
        for deal in [*self.tally.wrong.values()]:
            self._judge(deal)
        self._deals.close()
