"""The tables of the account as queries see them: for the engine, and under the current names of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.table_shapes import Column, Table
from gameday_fakes.netsuite.tables import tables_of
from gameday_fakes.sql import Column as Stored
from gameday_fakes.sql import Source
from gameday_fakes.sql.source import KEY, with_keys


class Visible(msgspec.Struct, frozen=True):
    """A table at this moment: its columns by their names now, in lower case, and the record types that are hidden."""

    name: str
    table: Table
    columns: Mapping[str, tuple[str, Column]]
    hidden: frozenset[str]


class QueryTables:
    """All tables of one account, each made when it is first asked for: there are dozens, and syncs read a few."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store
        self._faults: StateFaults = store.faults
        self._make = tables_of(store.model)
        self._tables: dict[str, Table] = {}

    def sources(self) -> list[Source]:
        """The tables for the engine."""
        return [self.source(name) for name in self._make]

    def source(self, name: str) -> Source:
        """A table for the engine, by its name in lower case."""
        table = self._table(name)
        columns = {column: Stored(found.kind, found.get, found.indexed) for column, found in table.columns.items()}
        return Source(
            name=name, tables=table.watched, columns=with_keys(columns), rows=table.rows_of, state=table.state
        )

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = _with_names(self._make[name](self._store, self._store.dates))
        return self._tables[name]

    def find(self, name: str) -> Visible | None:
        """A table by its name in any case; None if there is none, or all of it is hidden from the role."""
        if name.lower() not in self._make:
            return None
        table = self._table(name.lower())
        hidden = frozenset(record for record in table.records if self._faults.forbids(record, edit=False))
        if len(hidden) == len(table.records) and hidden:
            return None
        return Visible(name.lower(), table, self._named(table), hidden)

    def note_missing(self, table: Table, name: str) -> None:
        """Note that a column was requested under a name that a fault has changed."""
        for fault_id, rule in self._faults.renames.items():
            within, _, field = rule.field.rpartition(".")
            if rule.record in table.records and within == table.within and _is_named(table, name, field):
                self._faults.hits.add(fault_id)

    def note_shown(self, table: Table, column: str) -> None:
        """Note that a column was read that a fault has given another name, or other values."""
        column = column.removesuffix(KEY)
        field = table.columns[column].field
        for fault_id, rule in self._faults.renames.items():
            within, _, renamed = rule.field.rpartition(".")
            if rule.record in table.records and within == table.within and renamed == field:
                self._faults.hits.add(fault_id)
        if column in table.altered:
            table.note_altered()

    def _named(self, table: Table) -> dict[str, tuple[str, Column]]:
        # A rename is of one definition of a field, which all record types of a table share.
        new_names: dict[str, str] = {}
        for record in table.records:
            new_names.update(self._faults.renamed(record, table.within))
        columns = {}
        for name, column in table.columns.items():
            shown = name
            if column.field in new_names:
                shown = new_names[column.field].lower()
                # Several columns may show one field; under a new name the first one does.
                if not shown or shown in columns:
                    continue
            columns[shown] = (name, column)
        return columns


def _with_names(table: Table) -> Table:
    """A table with one more, hidden column for each column whose values have names."""
    columns = dict(table.columns)
    for name, column in table.columns.items():
        if column.names:
            columns[name] = msgspec.structs.replace(column, display=f"#{name}")
            columns[f"#{name}"] = Column("text", _named_value(column))
    return msgspec.structs.replace(table, columns=columns)


def _named_value(column: Column) -> Callable[[Any], Any]:
    def get(row: Any) -> Any:
        value = column.get(row)
        return column.names.get(value, value)

    return get


def _is_named(table: Table, name: str, field: str) -> bool:
    column = table.columns.get(name)
    return column is not None and column.field == field
