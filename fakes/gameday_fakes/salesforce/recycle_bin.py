"""The bin of deleted records: into it, out of it again, and for good. A part of the store; no HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gameday_fakes.salesforce.model import Model
from gameday_fakes.sql import Watched

if TYPE_CHECKING:
    from gameday_fakes.salesforce.models import Record


class RecycleBin:
    """What a store does with deleted records. Every method is to be called within ``change``."""

    model: Model
    tables: dict[str, Watched[Record]]
    bin: dict[str, Watched[Record]]
    _journal: list[tuple[str, Callable[[], None]]]
    _written: dict[str, Record]
    #: The number of the present change, and of the one in which each record was deleted.
    _changes: int
    _deleted_in: dict[str, int]

    def update(self, record: Record, changes: dict[str, Any]) -> None:
        """Change fields of a record."""
        raise NotImplementedError

    def _reindex(self, record: Record, names: Iterable[str], before: dict[str, Any], after: dict[str, Any]) -> None:
        raise NotImplementedError

    def delete(self, record: Record, **changes: Any) -> None:
        """Move a record to the bin."""
        self.update(record, {**changes, "IsDeleted": True})
        self._bin(record)
        self._deleted_in[record.id] = self._changes
        self._journal.append((record.object, lambda: self._restore(record)))

    def undelete(self, record: Record) -> None:
        """Move a record out of the bin."""
        self._restore(record)
        self._journal.append((record.object, lambda: self._bin(record)))
        self.update(record, {"IsDeleted": False})

    def purge(self, record: Record) -> None:
        """Forget a record that is in the bin."""
        del self.bin[record.object][record.id]
        self._journal.append((record.object, lambda: self._put_back(record)))

    def deleted_with(self, record: Record, sobject: str, reference: str) -> list[Record]:
        """The records of an object that refer to another one and were deleted together with it."""
        number = self._deleted_in.get(record.id)
        return [
            each
            for each in self.bin[sobject].values()
            if each.fields[reference] == record.id and self._deleted_in.get(each.id) == number
        ]

    def _put_back(self, record: Record) -> None:
        self.bin[record.object][record.id] = record

    def _forget(self, record: Record) -> None:
        self._bin(record)
        del self.bin[record.object][record.id]
        self._written.pop(record.id, None)

    def _bin(self, record: Record) -> None:
        del self.tables[record.object][record.id]
        self._reindex(record, self.model.indexed[record.object], record.fields, {})
        self.bin[record.object][record.id] = record

    def _restore(self, record: Record) -> None:
        del self.bin[record.object][record.id]
        self.tables[record.object][record.id] = record
        self._reindex(record, self.model.indexed[record.object], {}, record.fields)
