"""What is known of each deal while a run goes on: the books as the history tells them, one write after the other.

The judgement is ``gameday.analysis.reconcile``'s, as far as a history goes: it knows totals and currencies, not customers and
lines. What reconcile calls lost is here ``on the way`` until it is due and ``overdue`` from then on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

import msgspec

from gameday.model.contract import Contract

State = Literal["in step", "on the way", "overdue", "lost", "duplicated", "mismatched", "parked", "late"]
STATES: tuple[State, ...] = get_args(State)
#: The states that are right in the end.
RIGHT: frozenset[State] = frozenset({"in step", "late"})


class Order(msgspec.Struct, gc=False):
    """An order as last written: what it comes to, since when, and when it was written first and last."""

    id: str
    total: Decimal | None
    currency: str
    total_since_s: float
    first_s: float
    last_s: float


class Bill(msgspec.Struct, frozen=True, gc=False):
    """An invoice."""

    id: str
    total: Decimal | None
    currency: str
    time_s: float


class Deal(msgspec.Struct, gc=False):
    """One deal: as sold, what the ERP holds of it, and what it was last judged to be.

    ``key`` is its name in the workload.
    ``parkings`` is how many signals that stand hold it with its payload and a reason. ``wrong_s`` is since when it is
    not right; ``harmed_s`` since when that is harm. ``cancelled_s`` is when one of its orders was last taken back.
    """

    id: str
    key: str
    amount: Decimal
    currency: str
    closed_s: float
    changed_s: float
    due_s: float
    void: bool = False
    orders: tuple[Order, ...] = ()
    bills: tuple[Bill, ...] = ()
    cancelled_s: float = 0.0
    late_s: float = 0.0
    parkings: int = 0
    state: State | None = None
    wrong_s: float = 0.0
    affected_s: float | None = None


class DealState(msgspec.Struct, frozen=True):
    """A state with the moment at which the harm began (None: there is none) and, of a right deal, when it became so."""

    state: State
    affected_s: float | None = None
    right_s: float | None = None


def wrote(deal: Deal, order_id: str, total: Decimal | None, currency: str, time_s: float) -> None:
    """An order of this deal is in the books, the first time or again."""
    for order in deal.orders:
        if order.id == order_id:
            if (total, currency) != (order.total, order.currency) or order.total_since_s < deal.changed_s:
                order.total_since_s = time_s
            order.total, order.currency, order.last_s = total, currency, time_s
            return
    deal.orders += (Order(order_id, total, currency, time_s, time_s, time_s),)


def unwrote(deal: Deal, order_id: str) -> None:
    """An order of this deal was cancelled, closed or deleted."""
    deal.orders = tuple(order for order in deal.orders if order.id != order_id)


def billed(deal: Deal, bill: Bill) -> None:
    """An invoice of this deal is in the books."""
    if all(known.id != bill.id for known in deal.bills):
        deal.bills += (bill,)


def unbilled(deal: Deal, bill_id: str) -> None:
    """An invoice of this deal was deleted."""
    deal.bills = tuple(bill for bill in deal.bills if bill.id != bill_id)


def judge(deal: Deal, contract: Contract, now_s: float, *, final: bool = False) -> DealState:
    """What a deal is at a moment; ``final``: the books are closed, nothing is on its way any more."""
    if deal.void:
        return _judge_void(deal, now_s, final=final)
    if not deal.orders:
        return _missing(deal, now_s, final=final, wrong="lost" if final else "overdue")
    for postings in (deal.orders, deal.bills):
        if len(postings) > 1:
            times = sorted(p.first_s if isinstance(p, Order) else p.time_s for p in postings)
            return DealState("duplicated", times[1])
    order = deal.orders[0]
    if not _equal(deal, order.total, order.currency, contract.tolerance):
        if order.last_s < deal.changed_s:
            return _missing(deal, now_s, final=final, wrong="mismatched")
        return _wrong(deal, min(deal.due_s, max(order.total_since_s, deal.changed_s)))
    if contract.invoiced and not deal.bills:
        return _missing(deal, now_s, final=final, wrong="mismatched")
    if deal.bills and not _equal(deal, deal.bills[0].total, deal.bills[0].currency, contract.tolerance):
        return _wrong(deal, min(deal.due_s, max(order.last_s, deal.changed_s)))
    return _right(deal, order, contract)


def _equal(deal: Deal, total: Decimal | None, currency: str, tolerance: Decimal) -> bool:
    return total is not None and currency == deal.currency and abs(total - deal.amount) <= tolerance


def _right(deal: Deal, order: Order, contract: Contract) -> DealState:
    right_s = order.total_since_s if order.total_since_s >= deal.changed_s else order.last_s
    right_s = max(right_s, deal.changed_s)
    if contract.invoiced:
        right_s = max(right_s, deal.bills[0].time_s)
    return DealState("late", deal.due_s, right_s) if right_s > deal.due_s else DealState("in step", None, right_s)


def _judge_void(deal: Deal, now_s: float, *, final: bool) -> DealState:
    """A deal that was taken back is right without an open order."""
    if deal.orders:
        return _missing(deal, now_s, final=final, wrong="mismatched")
    right_s = max(deal.cancelled_s, deal.changed_s)
    return DealState("late", deal.due_s, right_s) if right_s > deal.due_s else DealState("in step", None, right_s)


def _missing(deal: Deal, now_s: float, *, final: bool, wrong: State) -> DealState:
    """Something is not there: on its way until it is due, then wrong, unless it is parked."""
    due = final or now_s >= deal.due_s
    affected_s = deal.due_s if due else None
    if deal.parkings:
        return DealState("parked", affected_s)
    return DealState(wrong, affected_s) if due else DealState("on the way")


def _wrong(deal: Deal, affected_s: float) -> DealState:
    """What is there is wrong."""
    return DealState("parked" if deal.parkings else "mismatched", affected_s)
