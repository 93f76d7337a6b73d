"""Merging accounts: what refers to one that goes refers to the one that stays ("merge()" of the SOAP API guide).

No trigger fires for records that get another parent so ("Triggers and Merge Statements" of the Apex guide). That
nothing else announces them either is our reading of it.
"""

from __future__ import annotations

from gameday_fakes.salesforce.models import Record, SalesforceStore


def merge(store: SalesforceStore, winner: Record, loser: Record) -> list[str]:
    """Merge one record into another of its object; returns the ids of those that refer to it now.

    To be called within a change.
    """
    moved = []
    for sobject in store.model.objects.values():
        for field in sobject.fields.values():
            if field.refers_to != winner.object or not (field.createable or field.updateable):
                continue
            for record in list(store.referring(sobject.name, field.name, loser.id)):
                if record is not loser:
                    store.update(record, {field.name: winner.id})
                    moved.append(record.id)
                    store.reparented.add(record.id)
    store.delete(loser, MasterRecordId=winner.id)
    return list(dict.fromkeys(moved))
