"""The state of each deal while a run goes on, found by the judge: gameday.analysis decides, on what a history shows.

A history has the totals and currencies of deals, orders and invoices, not their customers, dates and lines. So the
ledgers that the judge is shown here have nothing else, and agree in all that they do not have. What the judge calls
lost, or mismatched for want of something that may still come, is ``on the way`` here until it is due, and ``overdue``
from then on if it is lost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

import msgspec

from gameday.analysis.billed import billed
from gameday.analysis.cause import LOST, MISMATCHED, PENDING
from gameday.analysis.causes import explains_parking
from gameday.analysis.differences import Comparison
from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.order_times import Documents, affected_s, agreed_s
from gameday.analysis.pending import is_pending
from gameday.analysis.reconcile import state_by_ledgers
from gameday.analysis.writes import Write
from gameday.model.contract import Contract
from gameday_fakes.ledger import Entry, Invoice, Ledger

State = Literal["ok", "on the way", "overdue", "lost", "duplicated", "mismatched", "parked", "late"]
#: The words of the judge, and two for what is not decided before a deal is due.
STATES: tuple[State, ...] = get_args(State)
#: The states of a deal on which both systems agree.
AGREED: frozenset[State] = frozenset({"ok", "late"})
#: The total of a document that states none: it differs from every other.
_UNSTATED = Decimal("Infinity")


class LiveDeal(msgspec.Struct, gc=False):
    """One deal: as sold, what the ERP holds of it, and the state that was last found. Times are scenario seconds.

    ``key`` is its name in the workload. ``orders`` and ``invoices`` are those that were not deleted, and
    ``writes`` all that made them so. ``parkings`` are the reasons of the open tickets that hold it with its payload.
    ``wrong_s`` is since when the systems disagree; ``affected_s`` since when that counts as affected. ``margin_s`` is
    by how much its due time may be missed.
    """

    id: str
    key: str
    amount: Decimal
    currency: str
    closed_s: float
    changed_s: float
    due_s: float
    void: bool = False
    orders: tuple[Entry, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    writes: tuple[Write, ...] = ()
    parkings: tuple[str, ...] = ()
    state: State | None = None
    wrong_s: float = 0.0
    affected_s: float | None = None
    margin_s: float = 0.0

    @property
    def limit_s(self) -> float:
        """Until when it may come and not be late: a little after it was due, as for the judge."""
        return self.due_s + self.margin_s

    def take(self, write: Write, currency: str) -> None:
        """An order or an invoice of this deal is open, cancelled or deleted from now on."""
        self.writes += (write,)
        if write.invoice:
            self._take_invoice(write, currency)
        else:
            self._take_order(write, currency)

    def _take_order(self, write: Write, currency: str) -> None:
        known = next((order for order in self.orders if order.id == write.order), None)
        others = tuple(order for order in self.orders if order is not known)
        if write.state not in ("open", "cancelled"):
            self.orders = others
            return
        made_s = write.time_s if known is None else known.time_s
        total = _UNSTATED if write.total is None else write.total
        held: Literal["open", "cancelled"] = "open" if write.state == "open" else "cancelled"
        self.orders = (*others, Entry(write.order, {}, held, "", currency, total, (), made_s, write.time_s))

    def _take_invoice(self, write: Write, currency: str) -> None:
        known = next((invoice for invoice in self.invoices if invoice.id == write.invoice), None)
        others = tuple(invoice for invoice in self.invoices if invoice is not known)
        made_s = write.time_s if known is None else known.time_s
        total = _UNSTATED if write.total is None else write.total
        # Of one that states no total, what is left when some of it was taken back is not known.
        if write.state != "open" and (write.state != "credited" or not total.is_finite()):
            self.invoices = others
            return
        credited = total if write.state == "credited" else NOTHING
        self.invoices = (*others, Invoice(write.invoice, total, currency, made_s, credited=credited))


class DealState(msgspec.Struct, frozen=True):
    """A state with the time since when the deal is affected; None if it is not."""

    state: State
    affected_s: float | None = None


def live_comparison(contract: Contract) -> Comparison:
    """How documents are compared of which only total and currency are known: by the contract, as for the judge."""
    plain = msgspec.structs.replace(contract, customer_match="", pairs=(), unmapped=())
    return Comparison(plain, Ledger("crm", 0.0, ()), Ledger("erp", 0.0, ()))


def state_of(
    deal: LiveDeal, contract: Contract, compare: Comparison, now_s: float, *, final: bool = False
) -> DealState:
    """The state of a deal at a moment; with ``final`` the run is over and nothing is on its way any more."""
    sold = Entry(
        deal.id, {}, "void" if deal.void else "won", "", deal.currency, deal.amount, (), deal.closed_s, deal.changed_s
    )
    live = [order for order in deal.orders if order.state == "open"]
    invoiced, invoices = contract.invoiced, billed(sold, deal.invoices)
    state, differences = state_by_ledgers(sold, live, invoices, compare, invoiced=invoiced)
    documents = Documents(sold, deal.orders, live, invoices, deal.writes, invoiced)
    ordered_s = agreed_s(documents, deal.due_s, deal.limit_s) if state == "ok" else None
    if ordered_s is not None and ordered_s > deal.limit_s:
        state = "late"
    wrong_s = affected_s(state, differences, documents, deal.due_s, deal.limit_s, ordered_s)
    if state in AGREED:
        return DealState(state, wrong_s)
    if state == "duplicated":
        return DealState(state, wrong_s)
    pending = state == "mismatched" and is_pending(sold, live, invoices, differences)
    due = final or now_s >= deal.limit_s or not (state == "lost" or pending or deal.void)
    harm = LOST if state == "lost" else PENDING if pending else MISMATCHED
    if any(explains_parking(reason, harm) for reason in deal.parkings):
        return DealState("parked", wrong_s if due else None)
    if not due:
        return DealState("on the way")
    return DealState("overdue" if state == "lost" and not final else state, wrong_s)
