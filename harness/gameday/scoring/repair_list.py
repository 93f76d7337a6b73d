"""What is still to be repaired, deal by deal: what each system holds, and the steps that would reconcile them.

Pure: from the two ledgers, the dead letters and the contract. Every row has the ids of both systems, so that nobody has
to search for them; ``gameday repair`` tries the list in a sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from gameday.analysis.alerts import unreported_orphans, unreported_strays
from gameday.analysis.billed import billed
from gameday.analysis.differences import Difference
from gameday.analysis.letters import letters_of
from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.once import once_for_each
from gameday.analysis.pending import CREDITED
from gameday.analysis.reconcile import OrderOutcome, comparison, reconcile
from gameday.analysis.strays import Stray, StrayKind
from gameday.model.checker import Case
from gameday_fakes.ledger import Entry, Line

Problem = Literal["lost", "duplicated", "mismatched", "void not cancelled", "no deal"] | StrayKind
Act = Literal[
    "replay",
    "create_order",
    "rewrite_order",
    "cancel_order",
    "delete_invoice",
    "create_invoice",
    "merge_customer",
    "remove_customer",
    "merge_item",
    "remove_item",
    "restore_order",
    "restore_deal",
    "check_credits",
]
#: What only people can do: no ledger says what other documents refer to, or what others meant.
BY_HAND: frozenset[Act] = frozenset(
    {"merge_customer", "remove_customer", "merge_item", "remove_item", "restore_order", "restore_deal", "check_credits"}
)


class Step(msgspec.Struct, frozen=True):
    """One thing to do: at the stack (``replay``: a dead letter's id) or at the ERP (the id of a record there)."""

    act: Act
    target: str = ""


class OpenOrder(msgspec.Struct, frozen=True):
    """An open order in the ERP, with its invoices."""

    id: str
    total: Decimal
    currency: str
    invoices: tuple[str, ...] = ()


class Repair(msgspec.Struct, frozen=True):
    """One deal (or, without a ``deal``, one orphan order or stray) to be repaired.

    ``deal`` is the CRM's id, ``key`` the workload's. ``state`` is the end state; a ``parked`` deal still has to be
    processed. ``crm`` and ``erp`` say in words what each system holds. ``steps`` are in the order in which they must be
    done; the first ones may be a replay, and the rest are needed only if the ledgers still disagree after that.
    """

    problem: Problem
    state: str
    deal: str
    key: str
    amount: Decimal
    currency: str
    crm: str
    erp: str
    orders: tuple[OpenOrder, ...]
    invoices: tuple[str, ...]
    dead_letters: tuple[str, ...]
    differences: tuple[Difference, ...]
    unreported: bool
    steps: tuple[Step, ...]


@once_for_each
def repair_list(case: Case) -> tuple[Repair, ...]:
    """Everything on which the ledgers disagree, unreported ones first, then the largest amounts of each currency.

    Pure, remembered for the case.
    """
    found = reconcile(case)
    wrong = [outcome for outcome in found.outcomes if outcome.unreconciled]
    if not wrong and not found.orphans and not found.strays:
        return ()
    deals = {entry.id: entry for entry in case.crm.entries}
    orders = {entry.id: entry for entry in case.erp.entries}
    invoiced = {invoice.id: entry.id for entry in case.erp.entries for invoice in entry.invoices}
    letters: dict[str, list[str]] = {}
    for letter, own in zip(letters_of(case), case.dead_letters, strict=True):
        # The stack knows it by what it called it itself.
        letters.setdefault(letter.order, []).append(own.id or own.order)
    rows = [_repair(case, outcome, deals[outcome.deal], orders, invoiced, letters) for outcome in wrong]
    unreported = {order.id for order in unreported_orphans(case)}
    rows += [_orphan(order, unreported=order.id in unreported) for order in found.orphans]
    unreported = {stray.id for stray in unreported_strays(case)}
    booked = {order.id: order for order in case.erp.others}
    rows += [_stray(stray, orders, booked, unreported=stray.id in unreported) for stray in found.strays]
    return tuple(sorted(rows, key=lambda row: (not row.unreported, row.currency, -row.amount, row.deal, row.erp)))


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
        steps += [Step("delete_invoice", id_) for id_ in others]
        steps += _cancel(live)
    else:
        steps += _correct(case, deal, live, others)
    credited = (difference for difference in outcome.differences if difference.field == CREDITED)
    steps += [Step("check_credits", difference.erp.partition(",")[0]) for difference in credited]
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


def _orphan(order: Entry, *, unreported: bool) -> Repair:
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
        unreported=unreported,
        steps=tuple(_cancel([order])),
    )


#: What the CRM calls what the ERP has; a customer is an account.
_CRM_NAMES = {"item": "product", "deal": "deal"}


def _stray(stray: Stray, orders: dict[str, Entry], booked: dict[str, Entry], *, unreported: bool) -> Repair:
    """A customer, an item, an order of others or a deal that the sync should not have left so; without its money."""
    other, now = booked.get(stray.id), orders.get(stray.id)
    what = stray.kind.partition(" ")[0]
    if what == "order":
        act: Act = "restore_order"
    elif what == "deal":
        act = "restore_deal"
    elif what == "item":
        act = "merge_item" if stray.of else "remove_item"
    else:
        act = "merge_customer" if stray.of else "remove_customer"
    return Repair(
        problem=stray.kind,
        state=stray.kind,
        deal="",
        key="",
        amount=other.total if other else NOTHING,
        currency=other.currency if other else "",
        crm=f"{_CRM_NAMES.get(what, 'account')} {stray.of}" if other is None and stray.of else "no deal",
        erp=_in_erp([now] if now else []) if other else "" if what == "deal" else f"{what} {stray.id}",
        orders=(_order(now),) if now and other else (),
        invoices=tuple(invoice.id for invoice in now.invoices) if now and other else (),
        dead_letters=(),
        differences=(),
        unreported=unreported,
        steps=(Step(act, stray.id),),
    )


def _problem(deal: Entry, live: Sequence[Entry], outcome: OrderOutcome) -> Problem:
    if deal.state == "void" or not live:
        return "void not cancelled" if deal.state == "void" else "lost"
    return "duplicated" if len(live) > 1 or len(outcome.invoices) > 1 else "mismatched"


def _cancel(live: Sequence[Entry]) -> Iterator[Step]:
    """Cancel the orders; their invoices go first, for an order with an invoice cannot be cancelled."""
    for order in live:
        yield from (Step("delete_invoice", invoice.id) for invoice in order.invoices)
        if order.state == "open":
            yield Step("cancel_order", order.id)


def _correct(case: Case, deal: Entry, live: Sequence[Entry], others: Sequence[str]) -> Iterator[Step]:
    """One order like the deal, with one invoice; ``others`` are invoices of orders that are not open."""
    yield from (Step("delete_invoice", id_) for id_ in others)
    if not live:
        yield Step("create_order")
        if case.contract.invoiced:
            yield Step("create_invoice")
        return
    compare = comparison(case)
    kept = min(live, key=lambda order: _preference(case, deal, order))
    yield from _cancel([order for order in live if order is not kept])
    differs = bool(compare.order(deal, kept))
    bills = billed(deal, kept.invoices)
    right = [invoice for invoice in bills if not differs and not compare.invoice(deal, invoice)]
    yield from (Step("delete_invoice", invoice.id) for invoice in bills if invoice not in right[:1])
    if differs:
        yield Step("rewrite_order", kept.id)
    if case.contract.invoiced and not right:
        yield Step("create_invoice", kept.id)


def _preference(case: Case, deal: Entry, order: Entry) -> tuple[bool, bool, bool, float, str]:
    """The order to keep of several sorts first: a right one, with an invoice, with its idempotency key, the oldest."""
    key = case.contract.idempotency_key
    return (
        bool(comparison(case).order(deal, order)),
        not order.invoices,
        not (key and order.keys.get(key)),
        order.time_s,
        order.id,
    )


def _order(order: Entry) -> OpenOrder:
    return OpenOrder(order.id, order.total, order.currency, tuple(invoice.id for invoice in order.invoices))


def _in_crm(deal: Entry) -> str:
    return f"{'void' if deal.state == 'void' else 'won'}, {deal.total} {deal.currency}, {_lines(deal.lines)}"


def _in_erp(live: Sequence[Entry]) -> str:
    if not live:
        return "no order"
    texts = []
    for order in live:
        invoices = ", ".join(f"invoice {i.id} of {i.total} {i.currency}" for i in order.invoices) or "no invoice"
        texts.append(f"order {order.id} of {order.total} {order.currency}, {_lines(order.lines)}, {invoices}")
    return "; ".join(texts)


def _lines(lines: Sequence[Line]) -> str:
    return f"{len(lines)} line{'' if len(lines) == 1 else 's'}"


_WORDS = {
    "replay": "replay dead letter {}",
    "create_order": "create the order from the deal",
    "rewrite_order": "rewrite order {} from the deal",
    "cancel_order": "cancel order {}",
    "delete_invoice": "delete invoice {}",
    "create_invoice": "invoice order {}",
    "merge_customer": "merge customer {} into the account's first one",
    "remove_customer": "find out whose customer {} is, and remove it if nobody's",
    "merge_item": "replace item {} by the product's first one, and remove it",
    "remove_item": "find out what item {} is, and remove it if nobody needs it",
    "restore_order": "bring order {} back to what others booked",
    "check_credits": "find out which credit memo of invoice {} is one too many, and remove it",
    "restore_deal": "bring deal {} back in the CRM to what people sold",
}


def in_words(steps: Sequence[Step]) -> str:
    """The steps in one line; after a replay that works the rest is not needed."""
    texts = [
        "invoice it" if step.act == "create_invoice" and not step.target else _WORDS[step.act].format(step.target)
        for step in steps
    ]
    replays = sum(step.act == "replay" for step in steps)
    parts = [", ".join(texts[:replays]), ", then ".join(texts[replays:])]
    return "; if it is still wrong: ".join(part for part in parts if part)
