"""The index that searches read: it lags behind the records, on the run's clock.

"It may take a few moments for newly created or updated objects to appear in search results" (developers.hubspot.com,
"Search the CRM", "Limitations"); here the setting ``index_lag_s``, and the fault ``delay_index``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.standard import OBJECTS


class Entry(NamedTuple):
    """A record as it was; ``properties`` is None for one that is archived."""

    record: Record
    properties: Mapping[str, str] | None
    updated_ms: int

    def as_record(self) -> Record:
        """The record as the index has it."""
        now = self.record
        return Record(now.object, now.id, dict(self.properties or {}), now.created_ms, self.updated_ms, now.root)


class Lag:
    """An index that is brought up to date every ``every_s``; ``now_s`` is the scenario second."""

    def __init__(self, every_s: float, now_s: float) -> None:
        self._every_s = every_s
        self._current_s = now_s

    def is_behind(self, now_s: float) -> bool:
        """Whether it is not brought up to date at this moment."""
        if 0 <= now_s - self._current_s < self._every_s:
            return True
        self._current_s = now_s
        return False


class Index:
    """All records as searches see them. ``hit`` is called with a fault that hides a change, and the deal's id."""

    def __init__(self, now_s: Callable[[], float], hit: Callable[[str, Record], None]) -> None:
        self._now_s = now_s
        self._hit = hit
        self.lag_s = 0.0
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in OBJECTS}
        #: Changes that cannot be found yet: when they were made, and when they can be found.
        self._coming: deque[tuple[float, float, Entry]] = deque()
        self._lags: dict[str, Lag] = {}
        self._noted: set[tuple[str, str]] = set()

    def delay(self, fault_id: str, every_s: float) -> Callable[[], None]:
        """Bring the index up to date only now and then; returns what heals it."""
        self._lags[fault_id] = Lag(every_s, self._now_s())

        def heal() -> None:
            self._lags.pop(fault_id, None)

        return heal

    def note(self, records: Iterable[Record]) -> None:
        """Records have changed."""
        now_s = self._now_s()
        for record in records:
            properties = None if record.archived_ms else dict(record.properties)
            self._coming.append((now_s, now_s + self.lag_s, Entry(record, properties, record.updated_ms)))
        if not self._lags and len(self._coming) > _MOST_COMING:
            self._catch_up(now_s)

    def entries(self, object_: str) -> Iterable[Entry]:
        """The records of an object as a search sees them now."""
        now_s = self._now_s()
        behind = [fault_id for fault_id, lag in self._lags.items() if lag.is_behind(now_s)]
        if behind:
            self._note_hidden(behind, object_, now_s)
        else:
            self._catch_up(now_s)
        return self._entries[object_].values()

    def _catch_up(self, now_s: float) -> None:
        while self._coming and _is_due(*self._coming[0][:2], now_s):
            entry = self._coming.popleft()[2]
            table = self._entries[entry.record.object]
            if entry.properties is None:
                table.pop(entry.record.id, None)
            else:
                table[entry.record.id] = entry

    def _note_hidden(self, behind: Iterable[str], object_: str, now_s: float) -> None:
        """Without the fault these changes would be found; each is one effect of it."""
        for made_s, due_s, entry in self._coming:
            if not _is_due(made_s, due_s, now_s):
                break
            if entry.record.object != object_:
                continue
            for fault_id in behind:
                if (fault_id, entry.record.id) not in self._noted:
                    self._noted.add((fault_id, entry.record.id))
                    self._hit(fault_id, entry.record)


def _is_due(made_s: float, due_s: float, now_s: float) -> bool:
    """Whether a change can be found; the run's clock may have started anew since it was made."""
    return due_s <= now_s or made_s > now_s


_MOST_COMING = 1_000
