"""The records: tables, indexes and all-or-nothing changes. No HTTP here, and no business rules."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.ids import PREFIXES, make_id
from gameday_fakes.salesforce.moments import moment


class Record(msgspec.Struct, gc=False):
    """One record: every field by its own name.

    ``tail`` caches its JSON, ``modified`` its ``Last-Modified`` header, as of a generation of the schema.

    Records come by the hundred thousand, so they are nothing that the garbage collector need visit: values are
    texts, Decimals, booleans and None.
    """

    object: str
    fields: dict[str, Any]
    tail: bytes = b""
    modified: bytes = b""
    tail_generation: int = -1

    @property
    def id(self) -> str:
        """The 18-character id."""
        id_: str = self.fields["Id"]
        return id_


#: Fields by which records are found without looking at all of them.
INDEXED: dict[str, tuple[str, ...]] = {
    name: tuple(f.name for f in thing.fields.values() if f.external_id or (f.refers_to and f.refers_to != "User"))
    for name, thing in OBJECTS.items()
}

_NOTHING: dict[str, None] = {}


class Change:
    """A change under way; once given up it is undone when its block ends."""

    def __init__(self) -> None:
        self.given_up = False

    def give_up(self) -> None:
        """Undo everything at the end of the block."""
        self.given_up = True


class Books:
    """All records. A table is in the order of SystemModstamp, for every change moves its record to the end."""

    def __init__(self, wall_s: Callable[[], float] = time.time) -> None:
        self._wall_s = wall_s
        self._last_s = 0.0
        self._numbers: dict[str, int] = {}
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in OBJECTS}
        #: Deleted records, by object.
        self.bin: dict[str, dict[str, Record]] = {name: {} for name in OBJECTS}
        self._index: dict[str, dict[str, dict[str, dict[str, None]]]] = {
            name: {field: {} for field in fields} for name, fields in INDEXED.items()
        }
        self._journal: list[tuple[str, Callable[[], None]]] = []
        self._depth = 0
        #: Called with all records that a completed change has written, by id.
        self.on_commit: Callable[[dict[str, Record]], None] = lambda _: None
        self._written: dict[str, Record] = {}
        #: Whose doing a change is.
        self.user_id = ""

    # -- reading -------------------------------------------------------------------------------------

    def find(self, thing: str, id_: str) -> Record | None:
        """A record that has not been deleted."""
        return self.tables[thing].get(id_)

    def get(self, id_: str | None) -> Record | None:
        """A record of whatever object, by its id."""
        thing = _OBJECT_OF.get((id_ or "")[:3])
        return self.tables[thing].get(id_ or "") if thing else None

    def matching(self, thing: str, field: str, value: str) -> list[Record]:
        """The records whose indexed field has this value, in the order in which they came to have it."""
        table = self.tables[thing]
        return [table[id_] for id_ in self._index[thing][field].get(value, _NOTHING)]

    def is_indexed(self, thing: str, field: str) -> bool:
        """Whether ``matching`` knows the field."""
        return field in self._index[thing]

    def now(self) -> str:
        """This moment as a dateTime that is never before the last one."""
        self._last_s = max(self._last_s, self._wall_s())
        return moment(self._last_s)

    # -- changing ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """What happens in the block happens whole or not at all; the outermost block commits."""
        change = Change()
        began = len(self._journal)
        self._depth += 1
        try:
            yield change
            if change.given_up:
                self._roll_back(began)
        except BaseException:
            self._roll_back(began)
            raise
        finally:
            self._depth -= 1
        if not self._depth:
            self._journal.clear()
            written, self._written = self._written, {}
            if written:
                self.on_commit(written)

    def _roll_back(self, began: int) -> None:
        rolled_back = set()
        while len(self._journal) > began:
            thing, heal_state = self._journal.pop()
            heal_state()
            rolled_back.add(thing)
        for thing in rolled_back:
            by_time = sorted(self.tables[thing].items(), key=lambda item: item[1].fields["SystemModstamp"])
            self.tables[thing] = dict(by_time)
        if not began:
            self._written.clear()

    def insert(self, thing: str, fields: dict[str, Any]) -> Record:
        """Add a record with a new id. To be called within ``change``."""
        number = self._numbers[thing] = self._numbers.get(thing, 0) + 1
        now = self.now()
        record = Record(
            thing,
            {
                **_BLANK[thing],
                **fields,
                "Id": make_id(PREFIXES[thing], number),
                "IsDeleted": False,
                "CreatedDate": now,
                "CreatedById": self.user_id,
                "LastModifiedDate": now,
                "LastModifiedById": self.user_id,
                "SystemModstamp": now,
            },
        )
        self.tables[thing][record.id] = record
        self._reindex(record, INDEXED[thing], {}, record.fields)
        self._journal.append((thing, lambda: self._forget(record)))
        self._written[record.id] = record
        return record

    def number_next(self, thing: str, id_: str) -> None:
        """Let the next record of an object have this id, which no record had yet. Raises ValueError."""
        number = self._numbers.get(thing, 0)
        for following in range(number, number + _LONGEST_GAP):
            if make_id(PREFIXES[thing], following + 1) == id_:
                self._numbers[thing] = following
                return
        raise ValueError(f"{id_!r} is not the id of a coming {thing}")

    def update(self, record: Record, changes: dict[str, Any]) -> None:
        """Change fields of a record. To be called within ``change``."""
        before = {name: record.fields[name] for name in (*changes, *_STAMPS)}
        now = self.now()
        if now == record.fields["SystemModstamp"] and record.id not in self._written:
            # Receivers tell by it which of two states is newer, so two changes never share one.
            self._last_s += 0.001
            now = self.now()
        after = {**changes, "LastModifiedDate": now, "LastModifiedById": self.user_id, "SystemModstamp": now}
        self._put(record, before, after)
        self._journal.append((record.object, lambda: self._put(record, after, before)))
        self._written[record.id] = record

    def delete(self, record: Record, **changes: Any) -> None:
        """Move a record to the bin. To be called within ``change``."""
        self.update(record, {**changes, "IsDeleted": True})
        self._bin(record)
        self._journal.append((record.object, lambda: self._restore(record)))

    def _put(self, record: Record, before: dict[str, Any], after: dict[str, Any]) -> None:
        record.fields.update(after)
        record.tail_generation = -1
        self._reindex(record, [name for name in INDEXED[record.object] if name in after], before, after)
        table = self.tables[record.object]
        if table.pop(record.id, None) is not None:
            table[record.id] = record

    def _reindex(self, record: Record, names: Iterable[str], before: dict[str, Any], after: dict[str, Any]) -> None:
        index = self._index[record.object]
        for name in names:
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            if old:
                self._unindex(index[name], old, record.id)
            if new:
                index[name].setdefault(new, {})[record.id] = None

    @staticmethod
    def _unindex(by_value: dict[str, dict[str, None]], value: str, id_: str) -> None:
        ids = by_value.get(value, _NOTHING)
        ids.pop(id_, None)
        if not ids:
            by_value.pop(value, None)

    def _forget(self, record: Record) -> None:
        self._bin(record)
        del self.bin[record.object][record.id]
        self._written.pop(record.id, None)

    def _bin(self, record: Record) -> None:
        del self.tables[record.object][record.id]
        self._reindex(record, INDEXED[record.object], record.fields, {})
        self.bin[record.object][record.id] = record

    def _restore(self, record: Record) -> None:
        del self.bin[record.object][record.id]
        self.tables[record.object][record.id] = record
        self._reindex(record, INDEXED[record.object], {}, record.fields)


#: How many ids may be left out before one that is asked for.
_LONGEST_GAP = 10_000

_STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")
_OBJECT_OF = {prefix: name for name, prefix in PREFIXES.items()}
_BLANK = {
    name: {field.name: False if field.type == "boolean" else None for field in thing.fields.values()}
    for name, thing in OBJECTS.items()
}
