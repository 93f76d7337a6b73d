"""What is known of each deal while a run goes on: what the CRM sold and what the ERP holds, one write after the other.

A deal's state is found by the same rules as in ``gameday.analysis.reconcile``, as far as a history goes: it has totals
and currencies, not customers and lines. What reconcile calls lost is here ``on the way`` until it is due and
``overdue`` from then on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

import msgspec

from gameday.model.contract import Contract

State = Literal["ok", "on the way", "overdue", "lost", "duplicated", "mismatched", "parked", "late"]
#: The words of the judge, and two for what is not decided before a deal is due.
STATES: tuple[State, ...] = get_args(State)
#: The states of a deal on which both systems agree.
AGREED: frozenset[State] = frozenset({"ok", "late"})


class LiveOrder(msgspec.Struct, gc=False):
    """An order as last written: its total and since when it has that content, and its first and last write."""

    id: str
    total: Decimal | None
    currency: str
    total_since_s: float
    first_s: float
    last_s: float
    content: str = ""


class LiveInvoice(msgspec.Struct, gc=False):
    """An invoice as last written, with the time of its first write and since when it has its total."""

    id: str
    total: Decimal | None
    currency: str
    time_s: float
    total_since_s: float
    content: str = ""


class LiveDeal(msgspec.Struct, gc=False):
    """One deal: as sold, what the ERP holds of it, and the state that was last found. Times are scenario seconds.

    ``key`` is its name in the workload. ``parkings`` is how many open tickets hold it with its payload and a reason.
    ``wrong_s`` is since when the systems disagree; ``affected_s`` since when that counts as affected.
    ``removed_s`` is when one of its orders was last cancelled or deleted, or one of its invoices deleted.
    ``margin_s`` is by how much its due time may be missed.
    """

    id: str
    key: str
    amount: Decimal
    currency: str
    closed_s: float
    changed_s: float
    due_s: float
    void: bool = False
    orders: tuple[LiveOrder, ...] = ()
    invoices: tuple[LiveInvoice, ...] = ()
    removed_s: float = 0.0
    late_s: float = 0.0
    parkings: int = 0
    state: State | None = None
    wrong_s: float = 0.0
    affected_s: float | None = None
    margin_s: float = 0.0

    @property
    def limit_s(self) -> float:
        """Until when it may come and not be late: a little after it was due, as for the judge."""
        return self.due_s + self.margin_s

    def write_order(
        self, order_id: str, total: Decimal | None, currency: str, time_s: float, content: str = ""
    ) -> None:
        """An order of this deal was created or changed."""
        new = total, currency, content
        for order in self.orders:
            if order.id == order_id:
                if new != (order.total, order.currency, order.content) or order.total_since_s < self.changed_s:
                    order.total_since_s = time_s
                order.total, order.currency, order.content = new
                order.last_s = time_s
                return
        self.orders += (LiveOrder(order_id, total, currency, time_s, time_s, time_s, content),)

    def remove_order(self, order_id: str) -> None:
        """An order of this deal was cancelled, closed or deleted."""
        self.orders = tuple(order for order in self.orders if order.id != order_id)

    def write_invoice(
        self, invoice_id: str, total: Decimal | None, currency: str, time_s: float, content: str = ""
    ) -> None:
        """An invoice of this deal was created or changed."""
        new = total, currency, content
        for invoice in self.invoices:
            if invoice.id == invoice_id:
                if new != (invoice.total, invoice.currency, invoice.content) or invoice.total_since_s < self.changed_s:
                    invoice.total_since_s = time_s
                invoice.total, invoice.currency, invoice.content = new
                return
        self.invoices += (LiveInvoice(invoice_id, total, currency, time_s, time_s, content),)

    def remove_invoice(self, invoice_id: str) -> None:
        """An invoice of this deal was deleted."""
        self.invoices = tuple(invoice for invoice in self.invoices if invoice.id != invoice_id)


class DealState(msgspec.Struct, frozen=True):
    """A state with the time since when the deal is affected (None: it is not) and, if both agree, since when."""

    state: State
    affected_s: float | None = None
    agreed_s: float | None = None


def state_of(deal: LiveDeal, contract: Contract, now_s: float, *, final: bool = False) -> DealState:
    """The state of a deal at a moment; with ``final`` the run is over and nothing is on its way any more."""
    if deal.void:
        return _void(deal, now_s, final=final)
    if not deal.orders:
        return _missing(deal, now_s, final=final, then="lost" if final else "overdue")
    for times in ([order.first_s for order in deal.orders], [invoice.time_s for invoice in deal.invoices]):
        if len(times) > 1:
            return DealState("duplicated", sorted(times)[1])
    order = deal.orders[0]
    if not _equal(deal, order.total, order.currency, contract.tolerance):
        if order.last_s < deal.changed_s:
            return _missing(deal, now_s, final=final, then="mismatched")
        return DealState("mismatched", min(deal.due_s, max(order.total_since_s, deal.changed_s)))
    if contract.invoiced and not deal.invoices:
        return _missing(deal, now_s, final=final, then="mismatched")
    if deal.invoices and not _equal(deal, deal.invoices[0].total, deal.invoices[0].currency, contract.tolerance):
        return DealState("mismatched", min(deal.due_s, max(order.last_s, deal.changed_s)))
    agreed_s = order.total_since_s if order.total_since_s >= deal.changed_s else order.last_s
    if contract.invoiced:
        agreed_s = max(agreed_s, deal.invoices[0].total_since_s)
    return _agreed(deal, agreed_s)


def _equal(deal: LiveDeal, total: Decimal | None, currency: str, tolerance: Decimal) -> bool:
    return total is not None and currency == deal.currency and abs(total - deal.amount) <= tolerance


def _agreed(deal: LiveDeal, since_s: float) -> DealState:
    agreed_s = max(since_s, deal.changed_s)
    return DealState("late", deal.due_s, agreed_s) if agreed_s > deal.limit_s else DealState("ok", None, agreed_s)


def _void(deal: LiveDeal, now_s: float, *, final: bool) -> DealState:
    """A deal that was taken back must have no open order and no open invoice."""
    if deal.orders or deal.invoices:
        return _missing(deal, now_s, final=final, then="mismatched")
    return _agreed(deal, deal.removed_s)


def _missing(deal: LiveDeal, now_s: float, *, final: bool, then: State) -> DealState:
    """Something has not arrived: on its way until it is due, ``then`` that state, unless it is parked."""
    due = final or now_s >= deal.limit_s
    affected_s = deal.due_s if due else None
    if deal.parkings:
        return DealState("parked", affected_s)
    return DealState(then, affected_s) if due else DealState("on the way")
