"""The records: tables, archived records, merges, associations, and all-or-nothing changes. No HTTP here."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from gameday_fakes.hubspot import moments
from gameday_fakes.hubspot.links import Links, Spec
from gameday_fakes.hubspot.record import Happened, Record, What
from gameday_fakes.hubspot.standard import OBJECTS

#: The most digits of an id.
_LONGEST_ID = 18


def is_id(text: str) -> bool:
    """Whether a text can be the id of a record: a whole number as it is usually written."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and text == str(int(text))


class Was(msgspec.Struct, frozen=True):
    """A value that a property had from a moment on."""

    ms: int
    value: str
    source: str


class Store:
    """All records. ``source`` says who makes the present changes: people (CRM_UI) or an app (INTEGRATION)."""

    def __init__(self, wall_s: Callable[[], float] = time.time) -> None:
        self._wall_s = wall_s
        self._last_ms = 0
        self._numbers = {name: each.first_id for name, each in OBJECTS.items()}
        #: The number of the next record of an object that gets one of its own.
        self._coming: dict[str, int] = {}
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in OBJECTS}
        self.archive: dict[str, dict[str, Record]] = {name: {} for name in OBJECTS}
        self.links = Links()
        #: The id of the record into which each one was merged.
        self.merged: dict[tuple[str, str], str] = {}
        #: Of each unique property the record's id by the value in lower case.
        self._unique: dict[tuple[str, str], dict[str, str]] = {}
        #: What properties were before they changed.
        self.history: dict[str, dict[str, list[Was]]] = {}
        self.source = "CRM_UI"
        #: Records that have become part of another one in the present change.
        self.gone: list[Record] = []
        self.on_commit: Callable[[list[Happened]], None] = lambda _: None
        self._happened: list[Happened] = []
        self._journal: list[Callable[[], object]] = []
        self._depth = 0

    # -- reading -------------------------------------------------------------------------------------

    def find(self, object_: str, id_: str) -> Record | None:
        """A record that is not archived; under the id of one that was merged, the one that it is part of now."""
        return self.tables[object_].get(self.current(object_, id_))

    def current(self, object_: str, id_: str) -> str:
        """The id of a record now, given one that it has or had."""
        while (object_, id_) in self.merged:
            id_ = self.merged[object_, id_]
        return id_

    def by_unique(self, object_: str, name: str, value: str) -> Record | None:
        """The record whose unique property has a value, whatever its case."""
        id_ = self._unique.get((object_, name), {}).get(value.lower())
        return self.tables[object_].get(id_ or "")

    def linked(self, record: Record, to: str) -> list[Record]:
        """The records of an object with which a record is associated, in the order in which they were."""
        found = (self.tables[to].get(id_) for id_ in self.links.of(record.object, record.id, to))
        return [each for each in found if each is not None]

    def now_ms(self) -> int:
        """The present moment; no two changes share one, because receivers compare them to see which is newer."""
        self._last_ms = max(self._last_ms + 1, int(self._wall_s() * 1000))
        return self._last_ms

    # -- changing ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """All changes in the block are made, or none; the outermost block commits."""
        began, happened = len(self._journal), len(self._happened)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._journal) > began:
                self._journal.pop()()
            del self._happened[happened:]
            raise
        finally:
            self._depth -= 1
        if not self._depth:
            self._journal.clear()
            done, self._happened = self._happened, []
            if done:
                self.on_commit(done)

    def insert(self, object_: str, properties: Mapping[str, str], *, unique: Iterable[str] = ()) -> Record:
        """Add a record with a new id; ``unique`` names its unique properties. To be called within ``change``."""
        number = self._coming.pop(object_, self._numbers[object_])
        self._numbers[object_] = max(self._numbers[object_], number + 1)
        now = self.now_ms()
        id_ = str(number)
        record = Record(object_, id_, {}, now, now, id_)
        record.properties |= {name: value for name, value in properties.items() if value}
        record.properties |= {
            "hs_object_id": id_,
            "createdate": moments.value(now),
            "hs_createdate": moments.value(now),
        }
        record.properties.setdefault("hs_object_source", self.source)
        record.properties[OBJECTS[object_].modified] = moments.value(now)
        self.tables[object_][id_] = record
        self._journal.append(lambda: self._drop(record))
        self._index(record, {}, record.properties, unique)
        self._note("creation", record)
        return record

    def number_next(self, object_: str, id_: str) -> None:
        """Let the next record of an object have this id, which no record has had. Raises ValueError."""
        if not is_id(id_):
            raise ValueError(f"{id_[:80]!r} is no id of a record")
        if id_ in self.tables[object_] or (object_, id_) in self.merged:
            raise ValueError(f"{id_!r} is the id of a record of {object_} already")
        self._coming[object_] = int(id_)

    def update(
        self, record: Record, values: Mapping[str, str], *, unique: Iterable[str] = (), quiet: bool = False
    ) -> None:
        """Set properties; an empty text clears one. ``quiet`` changes are announced to nobody. Within ``change``."""
        before = {name: record.properties.get(name, "") for name in values}
        changed = {name: value for name, value in values.items() if value != before[name]}
        if not changed:
            return
        now, was_ms = self.now_ms(), record.updated_ms
        modified = OBJECTS[record.object].modified
        was_modified = record.properties[modified]
        self._remember(record, before, changed, now)
        self._put(record, {**changed, modified: moments.value(now)}, now)
        old = {name: before[name] for name in changed} | {modified: was_modified}
        self._journal.append(lambda: self._put(record, old, was_ms))
        self._index(record, before, changed, unique)
        for name, value in changed.items():
            if not quiet:
                self._note("propertyChange", record, name, value)

    def touch(self, record: Record) -> None:
        """Mark a record as changed, since what it is associated with has changed. Within ``change``."""
        modified = OBJECTS[record.object].modified
        now, was, was_ms = self.now_ms(), record.properties[modified], record.updated_ms
        self._put(record, {modified: moments.value(now)}, now)
        self._journal.append(lambda: self._put(record, {modified: was}, was_ms))

    def archive_record(self, record: Record) -> None:
        """Archive a record: it is in no list, and its unique values are free. Within ``change``."""
        self._move(record, self.tables, self.archive, self.now_ms())
        self._note("deletion", record)

    def restore_record(self, record: Record) -> None:
        """Take a record out of the archive. Within ``change``."""
        self._move(record, self.archive, self.tables, 0)
        self._note("restore", record)

    def link(self, record: Record, to: Record, specs: Iterable[tuple[Spec, Spec]]) -> None:
        """Associate two records under types, each with that of the other direction. Within ``change``."""
        for spec, inverse in specs:
            if self.links.add(record, to, spec, inverse):
                self._journal.append(partial(self.links.take, record, to, spec, inverse))
                self._note_link(record, to, spec, removed=False)

    def unlink(self, record: Record, to: Record, specs: Iterable[tuple[Spec, Spec]]) -> None:
        """Take types of an association away. Within ``change``."""
        for spec, inverse in specs:
            if self.links.take(record, to, spec, inverse):
                self._journal.append(partial(self.links.add, record, to, spec, inverse))
                self._note_link(record, to, spec, removed=True)

    def merge(self, primary: Record, other: Record) -> Record:
        """Make one new record of two of an object, which are known under its id from then on. Within ``change``.

        It has the primary's values, and the other's where the primary has none.
        """
        own = {
            name: value
            for name, value in (other.properties | primary.properties).items()
            if name not in ("hs_object_id", "hs_createdate")
        }
        merged = [*filter(None, own.get("hs_merged_object_ids", "").split(";")), primary.id, other.id]
        own["hs_merged_object_ids"] = ";".join(dict.fromkeys(merged))
        for each in (primary, other):
            self._move(each, self.tables, self.archive, self.now_ms())
            self.gone.append(each)
        happened = len(self._happened)
        record = self.insert(primary.object, own)
        del self._happened[happened:]
        record.root, record.properties["createdate"] = primary.root, primary.properties["createdate"]
        for each in (primary, other):
            key = (each.object, each.id)
            self.merged[key] = record.id
            self._journal.append(partial(self.merged.pop, key))
            self._rehang(each, record)
        self._index(record, {}, own, [name for of, name in self._unique if of == record.object])
        ids = {"primaryObjectId": int(primary.id), "mergedObjectIds": [int(other.id)], "newObjectId": int(record.id)}
        self._note("merge", record, more={**ids, "numberOfPropertiesMoved": len(own)})
        return record

    # -- parts ---------------------------------------------------------------------------------------

    def _rehang(self, old: Record, new: Record) -> None:
        for to, id_, spec, inverse in self.links.all_of(old):
            other = self.tables[to].get(id_)
            if other is not None:
                self.links.take(old, other, spec, inverse)
                self._journal.append(partial(self.links.add, old, other, spec, inverse))
                if other is not new and self.links.add(new, other, spec, inverse):
                    self._journal.append(partial(self.links.take, new, other, spec, inverse))

    def _note(self, what: What, record: Record, name: str = "", value: str = "", more: Any = None) -> None:
        self._happened.append(Happened(what, record, name, value, more or {}, self.source))

    def _note_link(self, record: Record, to: Record, spec: Spec, *, removed: bool) -> None:
        kind = f"{OBJECTS[record.object].singular}_TO_{OBJECTS[to.object].singular}".upper()
        more = {
            "associationType": kind,
            "fromObjectId": int(record.id),
            "toObjectId": int(to.id),
            "associationRemoved": removed,
            "isPrimaryAssociation": spec.label == "Primary",
        }
        self._note("associationChange", record, more=more)

    def _remember(self, record: Record, before: Mapping[str, str], changed: Mapping[str, str], now: int) -> None:
        kept = self.history.setdefault(record.id, {})
        for name, value in changed.items():
            versions = kept.setdefault(name, [Was(record.created_ms, before[name], "CRM_UI")])
            versions.append(Was(now, value, self.source))
            del versions[:-_MOST_VERSIONS]

    def _put(self, record: Record, values: Mapping[str, str], updated_ms: int) -> None:
        for name, value in values.items():
            if value:
                record.properties[name] = value
            else:
                record.properties.pop(name, None)
        record.updated_ms = updated_ms
        record.cached_for = None

    def _index(
        self, record: Record, before: Mapping[str, str], after: Mapping[str, str], unique: Iterable[str]
    ) -> None:
        for name in unique:
            if name not in after:
                continue
            index = self._unique.setdefault((record.object, name), {})
            old, new = before.get(name, "").lower(), after[name].lower()
            if old and index.get(old) == record.id:
                del index[old]
                self._journal.append(partial(index.update, {old: record.id}))
            if new:
                index[new] = record.id
                self._journal.append(partial(index.pop, new, None))

    def _drop(self, record: Record) -> None:
        self.tables[record.object].pop(record.id, None)

    def _move(
        self, record: Record, source: dict[str, dict[str, Record]], target: dict[str, dict[str, Record]], ms: int
    ) -> None:
        was = record.archived_ms

        def moved(a: dict[str, dict[str, Record]], b: dict[str, dict[str, Record]], archived_ms: int) -> None:
            del a[record.object][record.id]
            b[record.object][record.id] = record
            record.archived_ms, record.cached_for = archived_ms, None

        moved(source, target, ms)
        self._journal.append(lambda: moved(target, source, was))


#: How many values of a property are kept ("propertiesWithHistory").
_MOST_VERSIONS = 20
