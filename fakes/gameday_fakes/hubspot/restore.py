"""Restoring deals from a ledger, for a sandbox in which a run's damage is repaired. Nothing is announced."""

from __future__ import annotations

from gameday_fakes.declared import ControlError
from gameday_fakes.hubspot.business import Business
from gameday_fakes.hubspot.deals import Deals
from gameday_fakes.hubspot.records import Store
from gameday_fakes.ledger import Entry


def restore(store: Store, business: Business, deals: Deals, entries: tuple[Entry, ...]) -> None:
    """Add the deals under their own ids, as won and last changed at their own times.

    The companies and products are those of the seed. Raises ControlError, and adds nothing, if a deal cannot be added.
    """
    with deals.quietly(), store.change():
        for entry in sorted(entries, key=lambda entry: (len(entry.id), entry.id)):
            try:
                store.number_next("deals", entry.id)
            except ValueError as problem:
                raise ControlError(str(problem)) from None
            if store.find("companies", entry.customer) is None:
                raise ControlError(
                    f"deal {entry.id!r} is of account {entry.customer!r}, which is not there: seed first"
                )
            business.put_deal(entry)
    for entry in entries:
        deals.date_back(entry.id, won_s=entry.time_s, changed_s=entry.changed_s)
