"""Restoring deals from a ledger, for a sandbox in which a run's damage is repaired. Nothing is announced."""

from __future__ import annotations

from gameday_fakes.dataverse.business import Business
from gameday_fakes.dataverse.deals import Deals
from gameday_fakes.dataverse.store import Store
from gameday_fakes.ledger import Entry


def restore(store: Store, business: Business, deals: Deals, entries: tuple[Entry, ...]) -> None:
    """Add the deals under their own ids, as won and last changed at their own times.

    The accounts and products are those of the seed. Raises ControlError, and adds nothing, if a deal cannot be added.
    """
    store.changes.clear()
    with deals.quietly():
        with store.transaction():
            for entry in entries:
                business.put_deal(entry)
        deals.committed(store.changes, by_sync=False)
    store.changes.clear()
    for entry in entries:
        deals.date_back(entry.id, won_s=entry.time_s, changed_s=entry.changed_s)
