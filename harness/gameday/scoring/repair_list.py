"""What is still wrong in the books, deal by deal: what each system holds, and what would make it right.

Pure: from the two ledgers, the dead letters and the contract. Whoever carries it out is told ids of both systems and
never has to search; see ``gameday repair``, which tries the list in a sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from gameday.analysis.differences import Difference, invoice_differences, order_differences
from gameday.analysis.observations import once_for_each
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case
from gameday_fakes.ledger import Entry, Line

Problem = Literal["lost", "duplicated", "mismatched", "void not undone", "no deal"]
Act = Literal["replay", "create_order", "rewrite_order", "cancel_order", "delete_invoice", "create_invoice"]


class Step(msgspec.Struct, frozen=True):
    """One thing to do: at the stack (``replay``: a dead letter's id) or at the ERP (an order's or invoice's id)."""

    act: Act
    target: str = ""


class Order(msgspec.Struct, frozen=True):
    """An open order in the ERP, with its invoices."""

    id: str
    total: Decimal
    currency: str
    invoices: tuple[str, ...] = ()


class Repair(msgspec.Struct, frozen=True):
    """One deal (or, with ``no deal``, one order) that is to be put right.

    ``deal`` is the CRM's id, ``key`` the workload's. ``state`` is the end state; an ``accounted`` deal is parked where
    people look, and still to be settled. ``crm`` and ``erp`` say in words what each system holds. ``steps`` are in the
    order in which they must be done; the first ones may be a replay, after which the rest are needed only as far as
    the books are still wrong.
    """

    problem: Problem
    state: str
    deal: str
    key: str
    amount: Decimal
    currency: str
    crm: str
    erp: str
    orders: tuple[Order, ...]
    invoices: tuple[str, ...]
    dead_letters: tuple[str, ...]
    differences: tuple[Difference, ...]
    unreported: bool
    steps: tuple[Step, ...]


@once_for_each
def repair_list(case: Case) -> tuple[Repair, ...]:
    """Everything that the books disagree on, silent harm first, then the largest amounts of each currency.

    Pure, remembered for the case.
    """
    found = reconcile(case)
    wrong = [outcome for outcome in found.outcomes if outcome.wrong]
    if not wrong and not found.orphans:
        return ()
    deals = {entry.id: entry for entry in case.crm.entries}
    orders = {entry.id: entry for entry in case.erp.entries}
    invoiced = {invoice.id: entry.id for entry in case.erp.entries for invoice in entry.invoices}
    letters: dict[str, list[str]] = {}
    for letter in case.dead_letters:
        letters.setdefault(letter.order, []).append(letter.id or letter.order)
    rows = [_repair(case, outcome, deals[outcome.deal], orders, invoiced, letters) for outcome in wrong]
    rows += map(_orphan, found.orphans)
    return tuple(sorted(rows, key=lambda row: (not row.unreported, row.currency, -row.amount, row.deal)))


def _repair(
    case: Case,
    outcome: OrderOutcome,
    deal: Entry,
    orders: dict[str, Entry],
    invoiced: dict[str, str],
    letters: dict[str, list[str]],
) -> Repair:
    live = [orders[id_] for id_ in outcome.orders if id_ in orders]
    others = [id_ for id_ in outcome.invoices if invoiced.get(id_) not in outcome.orders]
    parked = letters.get(deal.id, [])
    steps = [Step("replay", id_) for id_ in parked]
    if deal.state == "void":
        steps += _rollback(live)
    else:
        steps += _put_right(case, deal, live, others)
    return Repair(
        problem=_problem(deal, live, outcome),
        state=outcome.state,
        deal=deal.id,
        key=outcome.key,
        amount=deal.total,
        currency=deal.currency,
        crm=_in_crm(deal),
        erp=_in_erp(live),
        orders=tuple(_order(order) for order in live),
        invoices=outcome.invoices,
        dead_letters=tuple(parked),
        differences=outcome.differences,
        unreported=outcome.unreported,
        steps=tuple(steps),
    )


def _orphan(order: Entry) -> Repair:
    return Repair(
        problem="no deal",
        state="no deal",
        deal="",
        key="",
        amount=order.total,
        currency=order.currency,
        crm="no deal",
        erp=_in_erp([order]),
        orders=(_order(order),),
        invoices=tuple(invoice.id for invoice in order.invoices),
        dead_letters=(),
        differences=(),
        unreported=False,
        steps=tuple(_rollback([order])),
    )


def _problem(deal: Entry, live: Sequence[Entry], outcome: OrderOutcome) -> Problem:
    if deal.state == "void":
        return "void not undone"
    if not live:
        return "lost"
    return "duplicated" if len(live) > 1 or len(outcome.invoices) > 1 else "mismatched"


def _rollback(live: Sequence[Entry]) -> Iterator[Step]:
    """Take the orders out of the books: an order with an invoice cannot be cancelled."""
    for order in live:
        yield from (Step("delete_invoice", invoice.id) for invoice in order.invoices)
        yield Step("cancel_order", order.id)


def _put_right(case: Case, deal: Entry, live: Sequence[Entry], others: Sequence[str]) -> Iterator[Step]:
    """One order as the deal says with one invoice of it; ``others`` are invoices of orders that are not open."""
    yield from (Step("delete_invoice", id_) for id_ in others)
    if not live:
        yield Step("create_order")
        if case.contract.invoiced:
            yield Step("create_invoice")
        return
    tolerance = case.contract.tolerance
    kept = min(live, key=lambda order: _preference(case, deal, order))
    yield from _rollback([order for order in live if order is not kept])
    differs = bool(order_differences(deal, kept, tolerance))
    right = [i for i in kept.invoices if not differs and not invoice_differences(deal, [i], tolerance)]
    yield from (Step("delete_invoice", invoice.id) for invoice in kept.invoices if invoice not in right[:1])
    if differs:
        yield Step("rewrite_order", kept.id)
    if case.contract.invoiced and not right:
        yield Step("create_invoice", kept.id)


def _preference(case: Case, deal: Entry, order: Entry) -> tuple[bool, bool, bool, float, str]:
    """Which of several orders stays: a right one, with an invoice, under its idempotency key, the oldest."""
    key = case.contract.idempotency_key
    return (
        bool(order_differences(deal, order, case.contract.tolerance)),
        not order.invoices,
        not (key and order.keys.get(key)),
        order.time_s,
        order.id,
    )


def _order(order: Entry) -> Order:
    return Order(order.id, order.total, order.currency, tuple(invoice.id for invoice in order.invoices))


def _in_crm(deal: Entry) -> str:
    return f"{'void' if deal.state == 'void' else 'won'}, {deal.total} {deal.currency}, {_lines(deal.lines)}"


def _in_erp(live: Sequence[Entry]) -> str:
    if not live:
        return "no order"
    told = []
    for order in live:
        invoices = ", ".join(f"invoice {i.id} of {i.total} {i.currency}" for i in order.invoices) or "no invoice"
        told.append(f"order {order.id} of {order.total} {order.currency}, {_lines(order.lines)}, {invoices}")
    return "; ".join(told)


def _lines(lines: Sequence[Line]) -> str:
    return f"{len(lines)} line{'' if len(lines) == 1 else 's'}"


_WORDS = {
    "replay": "replay dead letter {}",
    "create_order": "create the order as the deal says",
    "rewrite_order": "rewrite order {} as the deal says",
    "cancel_order": "cancel order {}",
    "delete_invoice": "take back invoice {}",
    "create_invoice": "invoice order {}",
}


def in_words(steps: Sequence[Step]) -> str:
    """What to do, in one line; a replay that works leaves the rest without anything to do."""
    said = [
        "invoice it" if step.act == "create_invoice" and not step.target else _WORDS[step.act].format(step.target)
        for step in steps
    ]
    replays = sum(step.act == "replay" for step in steps)
    parts = [", ".join(said[:replays]), ", then ".join(said[replays:])]
    return "; if it is still wrong: ".join(part for part in parts if part)
