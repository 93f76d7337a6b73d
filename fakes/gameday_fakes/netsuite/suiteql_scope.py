"""Which names a part of a query can use: the tables and subselects after its FROM, and those around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from gameday_fakes.netsuite.query_tables import Visible
from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.netsuite.suiteql_values import Value, sort_key
from gameday_fakes.netsuite.table_shapes import RECORD
from gameday_fakes.sql.database import quoted
from gameday_fakes.sql.source import KEY


class Bound:
    """One table or subselect under the name that a query gives it; ``alias`` is its name for the engine."""

    def __init__(self, name: str, alias: str) -> None:
        self.name = name.lower()
        self.alias = alias

    def names(self) -> list[str]:
        """The columns that ``*`` stands for."""
        raise NotImplementedError

    def column(self, name: str) -> Value | None:
        """A column by its name in lower case."""
        raise NotImplementedError

    def missing(self, name: str) -> None:
        """Note that a column is asked for that is not there."""

    def any(self) -> str:
        """The engine's text for some column; empty if there is none."""
        raise NotImplementedError


class BoundTable(Bound):
    """A table of the account. ``use`` is called with each column that is read."""

    def __init__(self, name: str, alias: str, table: Visible, tables: Tables) -> None:
        super().__init__(name, alias)
        self._table = table
        self._tables = tables

    def names(self) -> list[str]:
        return [name for name in self._table.columns if not name.startswith("#")]

    def column(self, name: str) -> Value | None:
        if name.startswith("#") or name not in self._table.columns:
            return None
        stored, column = self._table.columns[name]
        self._tables.read(self._table, stored)
        display = self._hidden(column.display)
        if not display and column.to:
            display = self._tables.name_of(column.to, self._text(stored))
        return Value(
            self._text(stored),
            column.kind,
            to=column.to,
            display=display,
            coded=self._hidden(column.coded),
            key=self._hidden(f"{stored}{KEY}" if column.kind == "number" else ""),
        )

    def missing(self, name: str) -> None:
        self._tables.missing(self._table, name)

    def any(self) -> str:
        return self._text(RECORD)

    def _hidden(self, stored: str) -> str:
        if not stored:
            return ""
        self._tables.read(self._table, stored)
        return self._text(stored)

    def _text(self, stored: str) -> str:
        return f"{self.alias}.{quoted(stored)}"


class BoundQuery(Bound):
    """A subselect, or a query named by WITH."""

    def __init__(self, name: str, alias: str, columns: Mapping[str, Value], tables: Tables) -> None:
        super().__init__(name, alias)
        self._columns = columns
        self._tables = tables

    def names(self) -> list[str]:
        return list(self._columns)

    def column(self, name: str) -> Value | None:
        found = self._columns.get(name)
        if found is None:
            return None
        text = f"{self.alias}.{quoted(name)}"
        display = self._tables.name_of(found.to, text) if found.to else ""
        return Value(text, found.kind, to=found.to, display=display)

    def any(self) -> str:
        return f"{self.alias}.{quoted(next(iter(self._columns)))}" if self._columns else ""


class Tables(NamedTuple):
    """What a table tells the translation: that a column is read, or asked for in vain; and how a name is looked up."""

    read: Callable[[Visible, str], None]
    missing: Callable[[Visible, str], None]
    name_of: Callable[[str, str], str]


class Scope:
    """The names of one SELECT, and those of the queries around it."""

    def __init__(self, parent: Scope | None) -> None:
        self.parent = parent
        self.bound: list[Bound] = []
        #: The values of the select list, by name, once it has been translated.
        self.selected: dict[str, Value] = {}
        #: Whether rows are grouped, and by what; inside of an aggregate every column may be used.
        self.grouped = False
        self.groups: set[str] = set()
        self.in_aggregate = 0
        #: Columns that are neither grouped nor aggregated.
        self.bare: list[str] = []
        #: Where rows are numbered before they are sorted: the name of each column behind the numbering.
        self.wrapped: dict[str, str] | None = None

    def find(self, name: str, qualifier: str) -> Value:
        """A column. Raises QueryError."""
        for scope in self._outward():
            found = scope.here(name, qualifier)
            if found is not None:
                return found
        for scope in self._outward():
            for bound in scope.bound:
                if not qualifier or bound.name == qualifier:
                    bound.missing(name)
        raise QueryError(f"Field '{name[:80]}' for record was not found. Reason: REMOVED - Field is removed")

    def here(self, name: str, qualifier: str) -> Value | None:
        """A column of this SELECT. Raises QueryError if several tables have it."""
        found = []
        for bound in self.bound:
            if qualifier and bound.name != qualifier:
                continue
            value = bound.column(name)
            if value is not None:
                found.append(value)
        if len(found) > 1:
            raise QueryError(f"Field '{name[:80]}' is ambiguous")
        if not found:
            return None
        value = self._behind(found[0])
        if self.grouped and not self.in_aggregate and sort_key(value) not in self.groups:
            self.bare.append(name)
        return value

    def all_of(self, qualifier: str) -> Iterator[tuple[str, Value]]:
        """The columns that ``*`` or ``t.*`` stands for. Raises QueryError."""
        known = [bound for bound in self.bound if not qualifier or bound.name == qualifier]
        if not known:
            raise QueryError(f"Record '{qualifier[:80]}' was not found")
        for bound in known:
            for name in bound.names():
                value = bound.column(name)
                if value is not None:
                    yield name, self._behind(value)

    def _outward(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def _behind(self, value: Value) -> Value:
        if self.wrapped is None:
            return value
        names = ("text", "display", "coded", "key")
        return msgspec.structs.replace(value, **{name: self._wrap(getattr(value, name)) for name in names})

    def _wrap(self, text: str) -> str:
        if self.wrapped is None or not text:
            return text
        return f"w.{self.wrapped.setdefault(text, f'c{len(self.wrapped)}')}"


def only(node: object, *known: str) -> None:
    """Raises Unsupported if a part of the syntax tree has anything but these."""
    args: dict[str, object] = getattr(node, "args", {})
    for name, value in args.items():
        if value and name not in known:
            raise Unsupported(f"{type(node).__name__} with {name.rstrip('_')}".upper())
