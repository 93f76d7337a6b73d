"""The records: tables, indexes and all-or-nothing changes. No HTTP here, and no business rules."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from gameday_fakes.salesforce.fields import BUNDLED
from gameday_fakes.salesforce.ids import canonical, make_id
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.moments import moment
from gameday_fakes.salesforce.recycle_bin import RecycleBin
from gameday_fakes.salesforce.stages import Stages
from gameday_fakes.salesforce.won_deal import DealFields
from gameday_fakes.sql import Watched


class Record(msgspec.Struct, gc=False):
    """One record: every field by its own name.

    ``tail`` caches its JSON, ``modified`` its ``Last-Modified`` header, as of a generation of the schema.

    There may be hundreds of thousands, so the garbage collector does not visit them: values are texts, Decimals,
    booleans and None.
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


_NOTHING: dict[str, None] = {}


class Change:
    """A change in progress; ``give_up`` rolls it back when its block ends."""

    def __init__(self) -> None:
        self.given_up = False

    def give_up(self) -> None:
        """Roll everything back at the end of the block."""
        self.given_up = True


class SalesforceStore(RecycleBin):
    """All records. A table is in the order of SystemModstamp, because every change moves its record to the end."""

    def __init__(self, wall_s: Callable[[], float] = time.time, model: Model = BUNDLED) -> None:
        self.model = model
        self._wall_s = wall_s
        self._last_s = 0.0
        self.stamp_every_s = 0.0  # Stamps are whole multiples of so many seconds on that clock; 0: to the millisecond.
        self._numbers: dict[str, int] = {}
        #: By object, the id of the next record, where it is not the next number.
        self._given: dict[str, str] = {}
        self._counted: dict[tuple[str, str], int] = {}
        self.tables: dict[str, Watched[Record]] = {name: Watched() for name in model.objects}
        #: Deleted records, by object.
        self.bin: dict[str, Watched[Record]] = {name: Watched() for name in model.objects}
        #: What the present change has given another parent by a merge, and what it has computed from other fields.
        self.reparented: set[str] = set()
        self.computed: dict[str, Record] = {}
        #: The objects of which requests find no record at this moment.
        self.unknown: frozenset[str] = frozenset()
        self._index: dict[str, dict[str, dict[str, dict[str, None]]]] = {
            name: {field: {} for field in fields} for name, fields in model.indexed.items()
        }
        self._journal: list[tuple[str, Callable[[], None]]] = []
        self._depth = self._changes = 0
        self._deleted_in = {}
        #: Called with all records that a completed change has written, by id.
        self.on_commit: Callable[[dict[str, Record]], None] = lambda _: None
        self._written: dict[str, Record] = {}
        #: What a new record has besides, by its object and what it was given; and what follows from changed records,
        #: each with its fields before (None: new). Raises Refused, and then nothing has changed.
        self.on_insert: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda *_: {}
        self.on_settle: Callable[[dict[str, tuple[Record, dict[str, Any] | None]]], None] = lambda _: None
        self._unsettled: dict[str, tuple[Record, dict[str, Any] | None]] = {}
        #: Objects of whose records it is kept what they were; and called with it and all that a change has written.
        self.tracked: frozenset[str] = model.house.settles
        self.on_change: Callable[[dict[str, Record], dict[str, dict[str, Any] | None]], None] = lambda *_: None
        self._first: dict[str, dict[str, Any] | None] = {}
        #: The user who makes the changes, and the sync's.
        self.user_id = self.sync_user_id = ""
        self.stages = Stages()
        self.deal_fields = DealFields()

    # -- reading -------------------------------------------------------------------------------------

    def find(self, sobject: str, id_: str) -> Record | None:
        """A record that has not been deleted."""
        return None if sobject in self.unknown else self.tables[sobject].get(id_)

    def get(self, id_: str | None) -> Record | None:
        """A record of any object, by its id."""
        sobject = self.model.object_of.get((id_ or "")[:3])
        return self.find(sobject, id_ or "") if sobject else None

    def matching(self, sobject: str, field: str, value: str) -> list[Record]:
        """The records whose indexed field has this value, in the order in which they got it."""
        table = self.tables[sobject]
        return [table[id_] for id_ in self._index[sobject][field].get(value, _NOTHING)]

    def referring(self, sobject: str, reference: str, id_: str) -> list[Record]:
        """The records that refer to another one by a field of theirs."""
        if self.is_indexed(sobject, reference):
            return self.matching(sobject, reference, id_)
        return [record for record in self.tables[sobject].values() if record.fields[reference] == id_]

    def is_indexed(self, sobject: str, field: str) -> bool:
        """Whether ``matching`` knows the field."""
        return field in self._index[sobject]

    def today(self) -> datetime.date:
        """The present day of the user, whose time zone is UTC."""
        return self.moment().date()

    def moment(self) -> datetime.datetime:
        """The present moment in UTC."""
        return datetime.datetime.fromtimestamp(self._wall_s(), datetime.UTC)

    def now(self) -> str:
        """The current dateTime, as records are stamped with it; never earlier than the last one."""
        self._last_s = max(self._last_s, self._wall_s())
        return moment(self._last_s, self.stamp_every_s)

    # -- changing ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """All changes in the block are made, or none; the outermost block commits."""
        change = Change()
        began, unsettled = len(self._journal), dict(self._unsettled)
        self._changes += not self._depth
        self._depth += 1
        try:
            yield change
            if change.given_up:
                self._roll_back(began)
                self._unsettled = unsettled
            elif self._unsettled:
                changed, self._unsettled = self._unsettled, {}
                self.on_settle(changed)
        except BaseException:
            self._roll_back(began)
            self._unsettled = unsettled
            raise
        finally:
            self._depth -= 1
        if not self._depth:
            self._journal.clear()
            (written, self._written), (first, self._first) = (self._written, {}), (self._first, {})
            if written or self.computed:
                self.on_commit(written)
                self.computed.clear()
                self.on_change(written, first)

    def _roll_back(self, began: int) -> None:
        rolled_back = set()
        while len(self._journal) > began:
            sobject, roll_back = self._journal.pop()
            roll_back()
            rolled_back.add(sobject)
        for sobject in rolled_back:
            by_time = sorted(self.tables[sobject].items(), key=lambda item: item[1].fields["SystemModstamp"])
            self.tables[sobject].arrange(by_time)
        if not began:
            for kept in (self._written, self._first, self.computed):
                kept.clear()

    def insert(self, sobject: str, fields: dict[str, Any]) -> Record:
        """Add a record with a new id. To be called within ``change``."""
        number = self._numbers[sobject] = self._numbers.get(sobject, 0) + 1
        now = self.now()
        record = Record(
            sobject,
            {
                **self.model.blank[sobject],
                **fields,
                **(self.on_insert(sobject, fields) if sobject in self.model.house.fills else {}),
                "Id": self._given.pop(sobject, "") or make_id(self.model.prefixes[sobject], number),
                "IsDeleted": False,
                "CreatedDate": now,
                "CreatedById": self.user_id,
                "LastModifiedDate": now,
                "LastModifiedById": self.user_id,
                "SystemModstamp": now,
            },
        )
        self.tables[sobject][record.id] = record
        self._reindex(record, self.model.indexed[sobject], {}, record.fields)
        self._journal.append((sobject, lambda: self._forget(record)))
        self._written[record.id] = record
        self._first[record.id] = None
        if sobject in self.model.house.settles:
            self._unsettled[record.id] = (record, None)
        return record

    def count(self, sobject: str, field: str) -> int:
        """The next automatic number of a field, from 1 on; one that is not used after all is not given again."""
        number = self._counted[sobject, field] = self._counted.get((sobject, field), 0) + 1
        return number

    def number_next(self, sobject: str, id_: str) -> None:
        """Let the next record of an object have this id, which no record has had. Raises ValueError."""
        number, prefix = self._numbers.get(sobject, 0), self.model.prefixes[sobject]
        if id_[:_OF_ORGANISATION] != make_id(prefix, 1)[:_OF_ORGANISATION]:
            # One of another organisation, as an export writes it: reports have 15 characters.
            full = canonical(id_) or ""
            is_id = id_ in (full, full[:15]) and id_.startswith(prefix)
            if not is_id or self.find(sobject, id_) is not None:
                raise ValueError(f"{id_!r} is not the id of a new {sobject}")
            self._given[sobject] = id_
            return
        for following in range(number, number + _LONGEST_GAP):
            if make_id(prefix, following + 1) == id_:
                self._numbers[sobject] = following
                return
        raise ValueError(f"{id_!r} is not the id of a coming {sobject}")

    def update(self, record: Record, changes: dict[str, Any]) -> None:
        """Change fields of a record. To be called within ``change``."""
        before = {name: record.fields[name] for name in (*changes, *_STAMPS)}
        if record.object in self.tracked:
            was = dict(record.fields)
            self._first.setdefault(record.id, was)
            if record.object in self.model.house.settles:
                self._unsettled.setdefault(record.id, (record, was))
        now = self.now()
        if now == record.fields["SystemModstamp"] and record.id not in self._written:
            # Receivers compare it to see which of two states is newer, so no two changes share one.
            self._last_s += 0.001
            now = self.now()
        after = {**changes, "LastModifiedDate": now, "LastModifiedById": self.user_id, "SystemModstamp": now}
        self._put(record, before, after)
        self._journal.append((record.object, lambda: self._put(record, after, before)))
        self._written[record.id] = record

    def compute(self, record: Record, values: dict[str, Any]) -> None:
        """Set what follows from other fields: nobody has modified the record. To be called within ``change``."""
        before = {name: record.fields[name] for name, value in values.items() if record.fields[name] != value}
        if before:
            self.computed[record.id] = record
            self._set(record, {name: values[name] for name in before})
            self._journal.append((record.object, lambda: self._set(record, before)))

    def _set(self, record: Record, values: dict[str, Any]) -> None:
        record.fields.update(values)
        record.tail_generation = -1
        (self.bin if record.fields["IsDeleted"] else self.tables)[record.object].touch(record.id)

    def _put(self, record: Record, before: dict[str, Any], after: dict[str, Any]) -> None:
        record.fields.update(after)
        record.tail_generation = -1
        self._reindex(record, [name for name in self.model.indexed[record.object] if name in after], before, after)
        table = self.tables[record.object]
        if table.pop(record.id, None) is not None:
            table[record.id] = record
        else:
            self.bin[record.object].touch(record.id)

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


#: How many ids may be skipped before a requested one.
_LONGEST_GAP = 10_000
#: So many characters of an id are those of its object and organisation.
_OF_ORGANISATION = 6

_STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")
