"""Deals as a ledger says: for a sandbox in which what a run left behind is put right. Nothing is announced."""

from __future__ import annotations

from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Entry
from gameday_fakes.salesforce.business import Business, Deals
from gameday_fakes.salesforce.models import Books


def restore(books: Books, business: Business, deals: Deals, entries: tuple[Entry, ...]) -> None:
    """Add the deals under their own ids, as won and last changed at their own times.

    The accounts and products are those of the seed; a deal's name, which a ledger does not have, is its key. Raises
    ControlError for what cannot be; then nothing has been added.
    """
    with deals.quietly(), books.change():
        for entry in entries:
            books.number_next("Opportunity", entry.id)
            if books.find("Account", entry.customer) is None:
                raise ControlError(
                    f"deal {entry.id!r} is of account {entry.customer!r}, which is not there: seed first"
                )
            business.put_deal(entry)
    for entry in entries:
        deals.was(entry.id, won_s=entry.time_s, changed_s=entry.changed_s)
