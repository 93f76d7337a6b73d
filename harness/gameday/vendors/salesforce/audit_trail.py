"""Who changed an organisation, as Salesforce's setup audit trail says.

A query of ``SetupAuditTrail`` is answered with ``{"records": [{"Display", "CreatedDate", "CreatedBy": {"Name"},
...}]}``.
Source: Salesforce Object Reference, "SetupAuditTrail". A list of such entries is taken, too.
"""

from __future__ import annotations

from typing import Any

from gameday.base.errors import GamedayError
from gameday.contracts.audit_trail import Entry

#: Of the trail's last days, for a query of our own.
QUERY = (
    "SELECT Action, Section, Display, CreatedDate, CreatedBy.Name FROM SetupAuditTrail"
    " WHERE CreatedDate = LAST_N_DAYS:90 ORDER BY CreatedDate DESC LIMIT 2000"
)


def read_audit(document: Any, origin: str) -> tuple[Entry, ...]:
    """The entries, newest first. Raises GamedayError naming the origin of anything else."""
    records = document.get("records") if isinstance(document, dict) else document
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise GamedayError(f"{origin} is not an audit trail", hint="save the answer to a query of SetupAuditTrail")
    entries = []
    for record in records:
        by = record.get("CreatedBy")
        who = (by.get("Name") or by.get("Username") or "") if isinstance(by, dict) else record.get("CreatedById") or ""
        entries.append(Entry(str(record.get("CreatedDate") or ""), str(who), str(record.get("Display") or "")))
    return tuple(sorted(entries, key=lambda entry: entry.when, reverse=True))
