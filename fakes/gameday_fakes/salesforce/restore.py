"""Restoring deals from a ledger, for a sandbox in which a run's damage is repaired. Nothing is announced."""

from __future__ import annotations

from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Entry
from gameday_fakes.salesforce.business import Business
from gameday_fakes.salesforce.deals import Deals
from gameday_fakes.salesforce.models import SalesforceStore


def restore(store: SalesforceStore, business: Business, deals: Deals, entries: tuple[Entry, ...]) -> None:
    """Add the deals under their own ids, as won and last changed at their own times.

    The accounts and products are those of the seed; a deal's name, which a ledger does not have, is its key. Raises
    ControlError, and adds nothing, if a deal cannot be added.
    """
    with deals.quietly(), store.change():
        for entry in entries:
            store.number_next(store.deal_fields.object, entry.id)
            if store.find("Account", entry.customer) is None:
                raise ControlError(
                    f"deal {entry.id!r} is of account {entry.customer!r}, which is not there: seed first"
                )
            business.put_deal(entry)
    for entry in entries:
        deals.date_back(entry.id, won_s=entry.time_s, changed_s=entry.changed_s)
