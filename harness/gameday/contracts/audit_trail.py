"""Who changed the organisation: the entries of an audit trail that are about a field."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from gameday.contracts.compatibility.document import words_of

_SUFFIXES = frozenset({"c", "r"})


class Entry(msgspec.Struct, frozen=True):
    """One entry: the time in ISO 8601, who, and what in the vendor's words."""

    when: str
    who: str
    what: str


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
