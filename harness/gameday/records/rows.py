"""Builds records from rows: each row is a line item with the record's own fields; a record's rows are adjacent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gameday.records.meaning import read_meaning
from gameday.records.normal import DEEPEST, NotARecord, Row, encode_record, put
from gameday.records.record import Record, Rejected
from gameday.records.tree import Node, Shape

#: A record with more rows is rejected, so that a file whose rows all have one key is not held in memory.
MOST_ROWS = 10_000


class Place(msgspec.Struct, frozen=True):
    """Where a column's values belong: below the list at the path ``items``, or below the record if that is empty."""

    items: tuple[str, ...]
    path: tuple[str, ...]
    node: Node | None


class _Group(msgspec.Struct):
    line: int
    key: Any
    main: Row
    items: dict[tuple[str, ...], list[dict[str, Any]]]
    rows: int = 0
    broken_line: int = 0
    reason: str = ""


class Columns:
    """Finds the place of a column by its name: a physical name, with or without that of the record's element."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._places: dict[str, Place | None] = {}

    def place(self, name: str) -> Place | None:
        """The place, or None if the contract has no such column."""
        if name not in self._places:
            self._places[name] = self._find(name)
        return self._places[name]

    def _find(self, name: str) -> Place | None:
        path = name.split(".")
        if path[0] not in self._shape.elements:
            path = [self._shape.main.name, *path]
            if path[1] not in self._shape.main.children:
                return None
        node: Node | None = self._shape.top
        end_of_list = 0
        for depth, part in enumerate(path, start=1):
            node = node.children.get(part) if node else None
            if node and node.is_list and node.children and depth < len(path):
                end_of_list = depth
        if not 1 < len(path) <= DEEPEST or not all(path):
            return None
        return Place(tuple(path[:end_of_list]), tuple(path[end_of_list:]), node)


class RowGrouper:
    """Takes rows one by one and returns a record as soon as the first row of the next one arrives."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._columns = Columns(shape)
        key = read_meaning(shape).key
        self._key = key.path if key else ""
        self._short_key = self._key.partition(".")[2]
        self._group: _Group | None = None

    @property
    def is_open(self) -> bool:
        """Whether there are rows that are not part of a returned record yet."""
        return self._group is not None

    def add(self, line: int, row: Row) -> Iterator[Record | Rejected]:
        """Add a row that begins on this line; its values are JSON values, None if missing."""
        main = {name: value for name, value in row.items() if not self._in_list(name)}
        key = row.get(self._key, row.get(self._short_key))
        key = repr(main) if key is None else key
        is_line = any(value is not None and self._in_list(name) for name, value in row.items())
        # A row without a line item is a record of its own: one that is there twice is not one record.
        if self._group is None or self._group.key != key or not is_line:
            yield from self.finish()
            self._group = _Group(line, key, main, {})
        group = self._group
        if group.broken_line and not group.reason:
            group.reason = f"line {group.broken_line}, between its rows, is broken"
        if main != group.main and not group.reason:
            names = [name for name in {**group.main, **main} if group.main.get(name) != main.get(name)]
            group.reason = f"line {line} is of the same record but has a different {self._name(names[0])}"
        group.rows += 1
        if group.rows > MOST_ROWS:
            group.reason = f"has more than {MOST_ROWS} rows"
        if group.reason:
            group.items.clear()
        else:
            self._add_items(group, row)

    def add_broken(self, line: int, reason: str) -> Iterator[Rejected]:
        """Add a row that cannot be read. If the rows around it are of one record, that record is broken too."""
        if self._group is not None:
            self._group.broken_line = line
        yield Rejected(line, reason)

    def finish(self) -> Iterator[Record | Rejected]:
        """The record of the rows so far; call it at the end of the file."""
        group, self._group = self._group, None
        if group is None:
            return
        if group.reason:
            yield Rejected(group.line, group.reason)
            return
        try:
            yield Record(group.line, self._record(group))
        except NotARecord as problem:
            yield Rejected(group.line, str(problem))

    def _name(self, name: str) -> str:
        """A column's name in the contract; the name of any other column could be a value, so it is not shown."""
        place = self._columns.place(name)
        return place.node.path if place and place.node else "value in a column that is not the contract's"

    def _in_list(self, name: str) -> bool:
        place = self._columns.place(name)
        return place is not None and bool(place.items)

    def _add_items(self, group: _Group, row: Row) -> None:
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for name, value in row.items():
            place = self._columns.place(name)
            if place is not None and place.items and value is not None:
                try:
                    put(found.setdefault(place.items, {}), list(place.path), value)
                except NotARecord as problem:
                    group.reason = str(problem)
        for path, item in found.items():
            group.items.setdefault(path, []).append(item)

    def _record(self, group: _Group) -> bytes:
        record: dict[str, Any] = {
            name: {} if node is self._shape.main else [] for name, node in self._shape.elements.items()
        }
        for name, value in group.main.items():
            place = self._columns.place(name)
            if place is not None and value is not None:
                put(record, list(place.path), value)
        for path, items in group.items.items():
            put(record, list(path), items)
        return encode_record(record)
