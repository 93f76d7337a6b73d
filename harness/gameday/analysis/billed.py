"""The invoices that count for a deal."""

from __future__ import annotations

from collections.abc import Iterable

from gameday_fakes.ledger import Entry, Invoice


def billed(deal: Entry, invoices: Iterable[Invoice]) -> tuple[Invoice, ...]:
    """The open ones of these invoices, which are all of a deal's.

    A won deal may be changed until it comes to nothing. Its invoice is credited in full then: if none is open, the
    newest one of those is its invoice, which has to come to nothing too.
    """
    all_ = list(invoices)
    found = tuple([invoice for invoice in all_ if invoice.is_open])
    if found or deal.total or deal.state != "won" or not all_:
        return found
    return (max(all_, key=lambda invoice: invoice.time_s),)
