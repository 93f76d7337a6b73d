"""When a deal and its order came to agree, and since when they did not: from the ledgers and the recorded writes.

All times are scenario seconds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence, Set
from decimal import Decimal
from typing import NamedTuple

from gameday.analysis.agreement import Document, Held, Period, broke_s, closed_s, last_held, opened, periods
from gameday.analysis.differences import Difference
from gameday.analysis.pending import CREDITED
from gameday.analysis.writes import Write
from gameday_fakes.ledger import Entry, Invoice, credited_of


class Documents(NamedTuple):
    """A deal, all its orders, the ``live`` ones, its open ``invoices``, and the writes about it.

    ``invoiced``: it needs an invoice.
    """

    deal: Entry
    orders: Sequence[Entry]
    live: Sequence[Entry]
    invoices: Sequence[Invoice]
    writes: Sequence[Write]
    invoiced: bool


def agreed_s(documents: Documents, due_s: float, limit_s: float) -> float:
    """When the ERP came to agree on a deal that is reconciled.

    Not before its invoice, if it needs one, nor before what was open beside its order was closed: of a void deal all.
    What agreed may be replaced later: that it did not agree for moments, in all no longer than the margin between
    ``due_s``, when it is due, and ``limit_s``, makes it no later.
    """
    last_s = _last_s(documents)
    if last_s <= limit_s:
        return last_s
    found, margin_s = _periods((), documents), limit_s - due_s
    if not found or math.isfinite(found[-1].end_s):
        return last_s
    # What the ledgers state and no write explains is no moment.
    if found[-1].start_s < _last_s(documents, but=opened(documents.writes)) - margin_s:
        return last_s
    away_s = [max(0.0, after.start_s - max(before.end_s, due_s)) for before, after in itertools.pairwise(found)]
    in_time = [period.start_s for period in found if period.start_s <= limit_s]
    if in_time and sum(away_s) <= margin_s:
        return in_time[-1]
    since_s = last_s
    for number in range(len(away_s) - 1, len(in_time) - 1, -1):
        if sum(away_s[number:]) > margin_s:
            break
        since_s = found[number].start_s
    return since_s


def _last_s(documents: Documents, *, but: Set[Document] = frozenset()) -> float:
    """When a deal and its documents last came to be as they are now; ``but`` for when these were closed."""
    deal, orders, live, invoices, writes, invoiced = documents
    closed = [time_s for document, time_s in _closed_s(orders, invoices, writes).items() if document not in but]
    last_s = max((deal.changed_s, *closed)) if closed else deal.changed_s
    if deal.state == "void":
        return last_s
    last_s = max(last_s, _order_agreed_s(deal, live[0], writes))
    return max(last_s, _invoice_agreed_s(deal, invoices[0], writes)) if invoiced else last_s


def _closed_s(entries: Sequence[Entry], invoices: Sequence[Invoice], writes: Sequence[Write]) -> dict[Document, float]:
    """When each document of a deal was closed that the ERP does not hold open; also of those that are there no more."""
    closed = closed_s(writes)
    for entry in entries:
        if entry.state != "open":
            closed.setdefault(("order_write", entry.id), entry.changed_s)
        elif closed:
            closed.pop(("order_write", entry.id), None)
    for invoice in invoices if closed else ():
        closed.pop(("invoice_write", invoice.id), None)
    return closed


def affected_s(
    state: str,
    differences: Sequence[Difference],
    documents: Documents,
    due_s: float,
    limit_s: float,
    ordered_s: float | None,
) -> float | None:
    """Since when a deal is affected: its second posting, its mismatched one, or when it was due. None if it is ok.

    One that was right when it was due (at ``due_s``, and in time until ``limit_s``) is affected since it ceased to be;
    a late one since it did so before it came to agree, at ``ordered_s``.
    """
    if state == "ok":
        return None
    credited = {each.erp.partition(",")[0] for each in differences if each.field == CREDITED}
    if len(credited) == len(differences) > 0:
        return max((w.time_s for w in documents.writes if w.committed and w.invoice in credited), default=due_s)
    found = _periods(differences, documents)
    if (since_s := broke_s(found, due_s, limit_s, ordered_s)) is not None:
        return since_s
    deal, _, live, invoices, writes, _ = documents
    if state == "duplicated":
        times = [entry.time_s for entry in live] if len(live) > 1 else [invoice.time_s for invoice in invoices]
        return sorted(times)[1]
    posted_wrong = state == "mismatched" and deal.state == "won" and any(d.erp for d in differences)
    if not posted_wrong:
        return due_s
    if not _of_order(differences):
        if not invoices:
            return due_s
        commits = _commits(invoices[0], writes)
        wrong_s = _since_s(invoices[0].total, commits, equal=True, not_before_s=deal.changed_s)
        wrong_s = invoices[0].time_s if wrong_s is None else wrong_s
        return due_s if wrong_s < deal.changed_s else min(due_s, wrong_s)
    if live[0].changed_s < deal.changed_s:
        return due_s
    wrong_s = _since_s(deal.total, _commits(live[0], writes), equal=False, not_before_s=deal.changed_s)
    return min(due_s, live[0].changed_s if wrong_s is None else wrong_s)


def broken(differences: Sequence[Difference], documents: Documents) -> tuple[tuple[float, float], ...]:
    """From when to when a deal was right, each time until a write broke it that a fault had held back."""
    if not any(write.held_s for write in documents.writes):
        return ()
    found = _periods(differences, documents)
    begins_s = {period.start_s for period in found}
    return tuple((each.start_s, each.end_s) for each in found if each.held and each.end_s not in begins_s)


def _of_order(differences: Sequence[Difference]) -> bool:
    """Whether any of them is one of the order, and not of its invoice."""
    return any(not difference.field.startswith("invoice") for difference in differences)


def _periods(differences: Sequence[Difference], documents: Documents) -> list[Period]:
    """The times at which the ERP held a deal as it has to, as far as its writes and the ledger show it.

    What the only open order or invoice is now is right if the ledgers find no difference in it.
    """
    deal, _, live, invoices, _, invoiced = documents
    writes = _with_the_ledgers(documents)
    order = last_held(writes, ("order_write", live[0].id)) if len(live) == 1 else None
    invoice = last_held(writes, ("invoice_write", invoices[0].id)) if len(invoices) == 1 else None
    return periods(
        writes,
        _like(deal.total, order, wrong=_of_order(differences)),
        _like(deal.total, invoice, wrong=any(difference.field.startswith("invoice") for difference in differences)),
        void=deal.state == "void",
        invoiced=invoiced,
        nothing=not deal.total,
        changed_s=deal.changed_s,
    )


def _with_the_ledgers(documents: Documents) -> Sequence[Write]:
    """The writes, and what the ledger states and no write shows: invoices that the ERP made, orders that it ended.

    A billing run makes invoices. Where an order ends with its invoice, a credit memo for that ends it.
    """
    writes, bills = documents.writes, [(bill, order) for order in documents.orders for bill in order.invoices]
    ended = [order for order in documents.orders if order.state != "open"]
    if not bills and not ended:
        return writes
    known, closed = opened(writes), closed_s(writes)
    missing = [
        Write("invoice_write", order.id, "ok", bill.time_s, 0, bill.total, bill.id)
        for bill, order in bills
        if ("invoice_write", bill.id) not in known
    ]
    for order in ended:
        if ("order_write", order.id) not in closed:
            billed = {write.invoice for write in writes if write.invoice and write.order == order.id}
            billed |= {bill.id for bill in order.invoices}
            ends_s = [order.changed_s, *(closed.get(("invoice_write", bill), 0.0) for bill in billed)]
            missing.append(Write("order_write", order.id, "ok", max(ends_s), 0, None, state=order.state))
    return sorted([*writes, *missing], key=lambda write: write.time_s) if missing else writes


def _like(total: Decimal, now: Held | None, *, wrong: bool) -> Callable[[Held], bool]:
    """Whether a document was right: as it is ``now``; if that is ``wrong``, it was another, of the deal's total.

    An invoice less what was credited of it may be as right as another one of the rest.
    """
    if now is not None and not wrong:
        credited = credited_of(now[1]) is not None
        return lambda held: held == now or (_rest(held) == total and (credited or credited_of(held[1]) is not None))
    return lambda held: _rest(held) == total and held != now


def _rest(held: Held) -> Decimal | None:
    """What a document comes to, less what was credited of it."""
    total, credited = held[0], credited_of(held[1])
    return total - credited if total is not None and credited is not None else total


def arrived_s(
    state: str, differences: Sequence[Difference], documents: Documents, ordered_s: float | None, *, broke: bool
) -> float | None:
    """When a deal arrived in the ERP; a duplicated one arrived with its first order. None if it did not.

    One that was right when it was due, and ceased to be (``broke``), arrived when it was right first.
    """
    deal, _, live, *_ = documents
    if broke and state != "duplicated":
        return next((period.start_s for period in _periods(differences, documents)), ordered_s)
    if state == "duplicated":
        # One that was made before the deal's last change arrived when it was changed too.
        return min((max(o.time_s, deal.changed_s) for o in live if o.changed_s >= deal.changed_s), default=None)
    return ordered_s


def _commits(document: Entry | Invoice, writes: Sequence[Write]) -> list[Write]:
    """The writes that changed an order or an invoice."""
    id_ = document.id
    if isinstance(document, Invoice):
        return [write for write in writes if write.invoice == id_ and write.committed]
    return [write for write in writes if write.order == id_ and write.f == "order_write" and write.committed]


def _since_s(total: Decimal, commits: Sequence[Write], *, equal: bool, not_before_s: float) -> float | None:
    """Since when a document's total is (or is not) this one, by its writes; None if they do not say so.

    With ``equal``, since when it has its present content and state too: a date may have been corrected later than the
    total, and an order cancelled and opened again.
    """
    since_s: float | None = None
    content, state = (commits[-1].content, commits[-1].state) if commits else ("", "")
    for write in commits:
        if (write.total == total) is not equal or (equal and (write.content != content or write.state != state)):
            since_s = None
        elif since_s is None or since_s < not_before_s:
            since_s = write.time_s
    return since_s


def _order_agreed_s(deal: Entry, order: Entry, writes: Sequence[Write]) -> float:
    """When the order last came to its present content; not before the deal's last change.

    The ledger's own times do not serve: writing a right order again with the same content does not make it late.
    """
    commits = _commits(order, writes)
    if not commits:
        return order.time_s if deal.changed_s <= order.time_s else max(order.changed_s, deal.changed_s)
    since_s = _since_s(order.total, commits, equal=True, not_before_s=deal.changed_s)
    return max(order.time_s if since_s is None else since_s, deal.changed_s)


def _invoice_agreed_s(deal: Entry, invoice: Invoice, writes: Sequence[Write]) -> float:
    """When the invoice last came to its present total: it may have been changed after the deal was amended."""
    since_s = _since_s(invoice.total, _commits(invoice, writes), equal=True, not_before_s=deal.changed_s)
    return invoice.time_s if since_s is None else max(invoice.time_s, since_s)
