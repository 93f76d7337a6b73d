"""The records of a service: tables by entity set, with indexes, transactions and a log of changes. No HTTP here.

A record's values are replaced as a whole when it changes, never in place, so that a transaction can be taken back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gameday_fakes.odata.model import EntitySet, Navigation, Schema

Key = tuple[Any, ...]

#: How many removals a table remembers for delta links; a link that is older has expired.
MOST_REMOVALS = 100_000


class Record(msgspec.Struct):
    """One record. ``sequence`` is the number of its last change in the whole service, and its ETag."""

    values: dict[str, Any]
    sequence: int


class Table:
    """The records of one entity set in the order in which they came, by key. ``indexed`` are properties to find by."""

    def __init__(self, of: EntitySet, indexed: Sequence[tuple[str, ...]]) -> None:
        self.of = of
        self.records: dict[Key, Record] = {}
        #: When a record was removed, by its key.
        self.removed: dict[Key, int] = {}
        self._indexes: dict[tuple[str, ...], dict[Key, dict[Key, None]]] = {names: {} for names in indexed}

    def is_indexed(self, names: tuple[str, ...]) -> bool:
        """Whether records can be found by the values of these properties without looking at all of them."""
        return names in self._indexes

    def find(self, names: tuple[str, ...], values: Key) -> list[Record]:
        """The records whose properties have these values, in the order in which they came."""
        if names == self.of.key:
            record = self.records.get(values)
            return [record] if record is not None else []
        index = self._indexes.get(names)
        if index is not None:
            return [self.records[key] for key in index.get(values, ())]
        return [each for each in self.records.values() if tuple([each.values[name] for name in names]) == values]

    def put(self, record: Record) -> None:
        """Add a record, or replace the one with its key."""
        key = self.of.key_of(record.values)
        old = self.records.get(key)
        for names, index in self._indexes.items():
            now = tuple([record.values[name] for name in names])
            if old is not None:
                before = tuple([old.values[name] for name in names])
                if before == now:
                    continue
                self._forget(index, before, key)
            index.setdefault(now, {})[key] = None
        self.records[key] = record
        self.removed.pop(key, None)

    def remove(self, key: Key, sequence: int) -> Record:
        """Take a record away. Raises KeyError."""
        record = self.records.pop(key)
        for names, index in self._indexes.items():
            self._forget(index, tuple([record.values[name] for name in names]), key)
        self.removed[key] = sequence
        if len(self.removed) > MOST_REMOVALS:
            del self.removed[next(iter(self.removed))]
        return record

    @staticmethod
    def _forget(index: dict[Key, dict[Key, None]], values: Key, key: Key) -> None:
        index[values].pop(key, None)
        if not index[values]:
            del index[values]


class Records:
    """All tables of a service. ``indexed`` are further properties to find by, by entity set."""

    def __init__(self, schema: Schema, indexed: Mapping[str, Sequence[str]] | None = None) -> None:
        self.schema = schema
        wanted: dict[str, list[tuple[str, ...]]] = {
            name: [*dict.fromkeys((*of.alternate_keys, *((each,) for each in (indexed or {}).get(name, ()))))]
            for name, of in schema.sets.items()
        }
        for _, navigation in schema.to_many():
            if navigation.theirs not in wanted[navigation.to]:
                wanted[navigation.to].append(navigation.theirs)
        self.tables = {name: Table(of, wanted[name]) for name, of in schema.sets.items()}
        self.sequence = 0
        #: How properties are written, by entity set and format; kept here, since it is the same for every request.
        self.writers: dict[tuple[str, bool], list[tuple[str, str, Callable[[Any], Any]]]] = {}
        self._journal: list[tuple[Table, Key, Record | None]] | None = None

    def call(self, schema: Schema) -> None:
        """Call properties as another schema of the same entity sets does."""
        self.schema = schema
        self.writers.clear()
        for name, table in self.tables.items():
            table.of = schema.sets[name]

    def shown(self) -> dict[str, list[dict[str, Any]]]:
        """Every record of each table. What begins with an underscore is the fake's own."""
        return {
            name: [
                {key: value for key, value in record.values.items() if not key.startswith("_")}
                for record in table.records.values()
            ]
            for name, table in self.tables.items()
            if not name.startswith("_")
        }

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def put(self, name: str, values: dict[str, Any]) -> Record:
        """Add a record, or replace the one with its key."""
        table = self.tables[name]
        self.sequence += 1
        record = Record(values, self.sequence)
        if self._journal is not None:
            key = table.of.key_of(values)
            self._journal.append((table, key, table.records.get(key)))
        table.put(record)
        return record

    def change(self, name: str, record: Record, **values: Any) -> Record:
        """Replace some values of a record."""
        return self.put(name, {**record.values, **values})

    def remove(self, name: str, key: Key) -> None:
        """Take a record away, and what is contained in it. Raises KeyError."""
        table = self.tables[name]
        for navigation in table.of.navigations.values():
            if navigation.contained:
                for child in self.related(table.of, table.records[key].values, navigation):
                    self.remove(navigation.to, self.schema.sets[navigation.to].key_of(child.values))
        self.sequence += 1
        record = table.remove(key, self.sequence)
        if self._journal is not None:
            self._journal.append((table, key, record))

    def related(self, of: EntitySet, values: Mapping[str, Any], navigation: Navigation) -> list[Record]:
        """The records that a navigation of a record leads to; of one to a single record at most one."""
        wanted = tuple([values[name] for name in navigation.own])
        if None in wanted:
            return []
        found = self.tables[navigation.to].find(navigation.theirs, wanted)
        return found if navigation.many else found[:1]

    def related_values(
        self, of: EntitySet, values: Mapping[str, Any], navigation: Navigation
    ) -> Sequence[Mapping[str, Any]]:
        """The values of these records."""
        return [record.values for record in self.related(of, values, navigation)]

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What happens within is kept as a whole, or not at all if an exception ends it. One within another is part
        of it."""
        if self._journal is not None:
            yield
            return
        self._journal = []
        try:
            yield
        except BaseException:
            self._roll_back(self._journal)
            raise
        finally:
            self._journal = None

    def mark(self) -> int:
        """A place in the transaction under way, to which ``roll_back`` can return."""
        return len(self._journal or ())

    def roll_back(self, to: int = 0) -> None:
        """Take back what has happened in the transaction since a mark; the transaction goes on."""
        if self._journal is not None:
            self._roll_back(self._journal[to:])
            del self._journal[to:]

    def _roll_back(self, journal: list[tuple[Table, Key, Record | None]]) -> None:
        for table, key, before in reversed(journal):
            if before is not None:
                table.put(before)
            elif key in table.records:
                table.remove(key, self.sequence)
                del table.removed[key]
