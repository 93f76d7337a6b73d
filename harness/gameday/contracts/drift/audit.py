"""Who changed the organisation: the entries of an audit trail that are about a field.

Salesforce answers a query of ``SetupAuditTrail`` with ``{"records": [{"Display", "CreatedDate", "CreatedBy": {"Name"},
...}]}``. Source: Salesforce Object Reference, "SetupAuditTrail". A list of such entries is taken, too.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.document import words_of

#: Of the trail's last days, for a query of our own.
QUERY = (
    "SELECT Action, Section, Display, CreatedDate, CreatedBy.Name FROM SetupAuditTrail"
    " WHERE CreatedDate = LAST_N_DAYS:90 ORDER BY CreatedDate DESC LIMIT 2000"
)
_SUFFIXES = frozenset({"c", "r"})


class Entry(msgspec.Struct, frozen=True):
    """One entry: the time in ISO 8601, who, and what in the vendor's words."""

    when: str
    who: str
    what: str


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


def who_changed(names: Iterable[str], entries: Iterable[Entry], since: str) -> Entry | None:
    """The newest entry since a time whose words have all words of one of the names; None if there is none.

    The trail speaks of labels, so names are compared by their words and never by more.
    """
    wanted = [words for name in names if (words := words_of(name) - _SUFFIXES)]
    for entry in entries:
        if since and _moment(entry.when) < _moment(since):
            return None
        said = words_of(entry.what)
        if any(words <= said for words in wanted):
            return entry
    return None


def _moment(text: str) -> datetime.datetime:
    """A time of the trail or of a snapshot; one that cannot be read is the earliest."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
