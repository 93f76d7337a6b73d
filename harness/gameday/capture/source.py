"""Sources of records: each can be read more than once, and reports what in it is not a record."""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from gameday.capture.lowest import hashed
from gameday.capture.raw_record import RawRecord, Refused
from gameday.capture.traits import AMENDED, DEAD_LETTERED, Traits
from gameday.model.contract import Field
from gameday_fakes.manifests import spellings

_LISTED_LINES = 20
#: A record's fingerprint: so many bits are a hash of its business key, the others a hash of its content.
_KEY_BITS = 44
_CONTENT_BITS = 64 - _KEY_BITS


class Source(Protocol):
    """Records, and what is not a record; the same each time. ``name`` is the kind of source."""

    name: str

    def read(self) -> Iterator[RawRecord | Refused]:
        """Read all of it."""
        ...

    def passed_over(self) -> dict[str, int]:
        """By reason, how much was seen that was not expected to be a record."""
        ...


class RecordSource(Protocol):
    """What asks a vendor for its records; its manifest names it as ``record_source``.

    ``url`` is the organisation's own, ``fields`` are the contract's, ``environment`` has the credentials, whose names
    are the vendor's, ``limit`` is the largest number of records, ``since`` when they were changed at the earliest, and
    ``ordering`` the contract's field of that, with its object. Raises GamedayError, and RunError if the vendor refuses
    or does not answer; neither quotes a record.
    """

    def __call__(
        self,
        url: str,
        fields: Sequence[Field],
        environment: Mapping[str, str],
        *,
        limit: int,
        since: datetime.datetime | None,
        ordering: str,
    ) -> Source:
        """The records, once they are fetched."""
        ...


class RefusedLines:
    """By reason, how many lines were refused, and the first of these."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lines: dict[str, list[int]] = {}

    def add(self, refused: Refused) -> None:
        """Count a refused line."""
        self.counts[refused.reason] += 1
        lines = self.lines.setdefault(refused.reason, [])
        if len(lines) < _LISTED_LINES:
            lines.append(refused.line)

    def add_all(self, more: RefusedLines) -> None:
        """Count the refused lines of another."""
        for reason, count in more.counts.items():
            self.counts[reason] += count
            self.lines[reason] = [*self.lines.get(reason, []), *more.lines[reason]][:_LISTED_LINES]

    def records(self, items: Iterable[RawRecord | Refused]) -> Iterator[RawRecord]:
        """The records of a source; what is not a record is counted."""
        for one in items:
            if isinstance(one, Refused):
                self.add(one)
            else:
                yield one


class Marker:
    """Marks records whose deal has another version in the same source, or was once a dead letter."""

    def __init__(self, source: Source, traits: Traits, dead_letters: Iterable[str] = ()) -> None:
        self._traits = traits
        self._dead = {spelling for key in dead_letters if key for spelling in spellings(key)}
        self._amended = self._find_amended(source.read()) if traits.key else set()

    def marked(self, raw_records: Iterable[RawRecord]) -> Iterator[RawRecord]:
        """The same records, marked."""
        for raw in raw_records:
            key = self._traits.business_key(raw.record)
            marks = {AMENDED} if key and self._key_hash(key) in self._amended else set()
            if key and not self._dead.isdisjoint(spellings(key)):
                marks.add(DEAD_LETTERED)
            raw.marks |= marks
            yield raw

    def _find_amended(self, items: Iterable[RawRecord | Refused]) -> set[int]:
        """The hashes of the business keys that have different records. It needs eight bytes of memory a record."""
        prints = array("Q")
        for one in items:
            key = "" if isinstance(one, Refused) else self._traits.business_key(one.record)
            if key and isinstance(one, RawRecord):
                content = hashed(0, one.content) & ((1 << _CONTENT_BITS) - 1)
                prints.append(self._key_hash(key) << _CONTENT_BITS | content)
        amended: set[int] = set()
        before = -1
        for fingerprint in sorted(prints):
            if fingerprint != before and fingerprint >> _CONTENT_BITS == before >> _CONTENT_BITS:
                amended.add(fingerprint >> _CONTENT_BITS)
            before = fingerprint
        return amended

    @staticmethod
    def _key_hash(key: str) -> int:
        return hashed(0, key.encode("utf-8", "surrogatepass")) & ((1 << _KEY_BITS) - 1)
