"""When a deal and its order came to agree, and since when they did not: from the ledgers and the recorded writes.

All times are scenario seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from gameday.analysis.differences import Difference
from gameday.analysis.observations import Write
from gameday_fakes.ledger import Entry, Invoice


def agreed_s(
    deal: Entry, entries: Sequence[Entry], invoices: Sequence[Invoice], writes: Sequence[Write], *, invoiced: bool
) -> float:
    """When the ERP came to agree on a deal that is reconciled; ``invoiced``: not before its invoice."""
    if deal.state == "void":
        # An order that was deleted is not in the ledger, nor is an invoice: only their writes are recorded.
        writes_s = [write.time_s for write in writes if write.committed]
        return max((deal.changed_s, *writes_s, *(entry.changed_s for entry in entries)))
    order = next(entry for entry in entries if entry.state == "open")
    ordered_s = _order_agreed_s(deal, order, writes)
    return max(ordered_s, _invoice_agreed_s(deal, invoices[0], writes)) if invoiced else ordered_s


def affected_s(
    state: str,
    differences: Sequence[Difference],
    deal: Entry,
    live: Sequence[Entry],
    invoices: Sequence[Invoice],
    writes: Sequence[Write],
    due_s: float,
) -> float | None:
    """Since when a deal is affected: its second posting, its mismatched one, or when it was due. None if it is ok."""
    if state == "ok":
        return None
    if state == "duplicated":
        times = [entry.time_s for entry in live] if len(live) > 1 else [invoice.time_s for invoice in invoices]
        return sorted(times)[1]
    posted_wrong = state == "mismatched" and deal.state == "won" and any(d.erp for d in differences)
    if not posted_wrong or live[0].changed_s < deal.changed_s:
        return due_s
    wrong_s = _since_s(deal.total, _commits(live[0], writes), equal=False, not_before_s=deal.changed_s)
    return min(due_s, live[0].changed_s if wrong_s is None else wrong_s)


def arrived_s(state: str, deal: Entry, live: Sequence[Entry], ordered_s: float | None) -> float | None:
    """When a deal arrived in the ERP; a duplicated one arrived with its first order. None if it did not."""
    if state == "duplicated":
        # One that was made before the deal's last change arrived when it was changed too.
        return min((max(o.time_s, deal.changed_s) for o in live if o.changed_s >= deal.changed_s), default=None)
    return ordered_s


def _commits(order: Entry, writes: Sequence[Write]) -> list[Write]:
    """The writes that changed an order."""
    return [write for write in writes if write.f == "order_write" and write.committed and write.order == order.id]


def _since_s(total: Decimal, commits: Sequence[Write], *, equal: bool, not_before_s: float) -> float | None:
    """Since when a document's total is (or is not) this one, by its writes; None if they do not say so.

    With ``equal``, since when it has its present content too: a date may have been corrected later than the total.
    """
    since_s: float | None = None
    content = commits[-1].content if commits else ""
    for write in commits:
        if (write.total == total) is not equal or (equal and write.content != content):
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
    commits = [write for write in writes if write.invoice == invoice.id and write.committed]
    since_s = _since_s(invoice.total, commits, equal=True, not_before_s=deal.changed_s)
    return invoice.time_s if since_s is None else max(invoice.time_s, since_s)
