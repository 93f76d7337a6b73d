"""What a SELECT reads: tables, subselects and queries named by WITH, and how they are joined."""

from __future__ import annotations

from typing import NamedTuple

from sqlglot import exp

from gameday_fakes.netsuite.query_tables import QueryTables, Visible
from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.netsuite.suiteql_expressions import Expressions
from gameday_fakes.netsuite.suiteql_scope import Bound, BoundQuery, BoundTable, Scope, Tables, only
from gameday_fakes.netsuite.suiteql_values import Parameters, Value, sort_key
from gameday_fakes.netsuite.table_shapes import NAME, RECORD
from gameday_fakes.sql.database import quoted


class Named(NamedTuple):
    """A query that WITH has named: the engine's name, the columns, and how often it reads tables."""

    alias: str
    columns: dict[str, Value]
    reads: int


#: How often a query may read tables: those of a query that WITH has named count each time that it is read.
MOST_READ = 1_000


class FromClause(Expressions):
    """Translates FROM and its joins, and keeps account of the tables that are read. Raises QueryError."""

    def __init__(self, tables: QueryTables, parameters: Parameters, now: Value) -> None:
        super().__init__(parameters, now)
        self._tables = tables
        self._callbacks = Tables(
            self._note_read, lambda table, name: tables.note_missing(table.table, name), self._name_of
        )
        #: The columns of each table that the engine has to know.
        self.used: dict[str, set[str]] = {}
        #: A table that was asked for and is not there.
        self.unknown = ""
        #: The queries that WITH has named, inner ones last.
        self.named: list[dict[str, Named]] = []
        #: How often tables are read so far.
        self.read = 0
        self._aliases = 0

    def from_clause(self, node: exp.Select, scope: Scope) -> str:
        given = node.args.get("from_")
        if given is None:
            raise QueryError("FROM expected, found 'the end'")
        text = f" FROM {self._bind(given.this, scope)}"
        for join in node.args.get("joins") or ():
            only(join, "this", "on", "side", "kind", "using")
            side, kind = str(join.args.get("side") or ""), str(join.args.get("kind") or "")
            if kind in ("LEFT", "RIGHT", "FULL"):
                side, kind = kind, ""
            if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "OUTER", "CROSS"):
                raise Unsupported(f"{side} {kind} JOIN")
            before = list(scope.bound)
            text += f" {side} JOIN {self._bind(join.this, scope)}"
            if join.args.get("on") is not None:
                text += f" ON {self.condition(join.args['on'], scope)}"
            elif join.args.get("using"):
                text += f" ON {self._using(join, before, scope.bound[-1])}"
            elif side:
                raise QueryError("ON expected after JOIN")
        return text

    @staticmethod
    def _using(join: exp.Expr, before: list[Bound], joined: Bound) -> str:
        conditions = []
        for name in (identifier.name.lower() for identifier in join.args["using"]):
            left = next((value for bound in before if (value := bound.column(name)) is not None), None)
            right = joined.column(name)
            if left is None or right is None:
                raise QueryError(f"Field '{name[:80]}' for record was not found. Reason: REMOVED - Field is removed")
            conditions.append(f"{sort_key(left)} = {sort_key(right)}")
        return " AND ".join(conditions)

    def _bind(self, node: exp.Expr, scope: Scope) -> str:
        """A table or a subselect, known in the scope from now on."""
        alias = self.alias("t")
        name = node.alias_or_name
        if name and any(bound.name == name.lower() for bound in scope.bound):
            raise QueryError(f"'{name[:80]}' is named twice")
        if isinstance(node, exp.Subquery):
            only(node, "this", "alias")
            text, columns = self.subquery(node.this, scope.parent)
            scope.bound.append(BoundQuery(name, alias, columns, self._callbacks))
            # What is sorted within stays sorted, so that rows can be numbered.
            ends = " LIMIT -1" if " ORDER BY " in text and " LIMIT " not in text[-40:] else ""
            return f"({text}{ends}) AS {alias}"
        if not isinstance(node, exp.Table):
            raise Unsupported(f"{type(node).__name__} after FROM".upper())
        only(node, "this", "alias")
        named = next((names[node.name.lower()] for names in reversed(self.named) if node.name.lower() in names), None)
        if named is not None:
            self._note_reads(named.reads)
            scope.bound.append(BoundQuery(name, alias, named.columns, self._callbacks))
            return f"{named.alias} AS {alias}"
        if node.name.lower() == "dual":
            scope.bound.append(BoundQuery(name, alias, {}, self._callbacks))
            return f"(SELECT 1) AS {alias}"
        return self._table(node.name, name, alias, scope)

    def _table(self, table: str, name: str, alias: str, scope: Scope) -> str:
        found = self._tables.find(table)
        if found is None:
            self.unknown = table
            raise QueryError(f"Record '{table.lower()[:80]}' was not found")
        self._note_reads(1)
        scope.bound.append(BoundTable(name, alias, found, self._callbacks))
        self.used.setdefault(found.name, set()).add(RECORD)
        if not found.hidden:
            return f"{quoted(found.name)} AS {alias}"
        # What the role may not see is simply not there [R].
        hidden = ", ".join(self.parameters.put(record) for record in sorted(found.hidden))
        return f"(SELECT * FROM {quoted(found.name)} WHERE {quoted(RECORD)} NOT IN ({hidden})) AS {alias}"  # noqa: S608

    def _note_reads(self, reads: int) -> None:
        self.read += reads
        if self.read > MOST_READ:
            raise QueryError("the query reads too many tables")

    def alias(self, kind: str) -> str:
        self._aliases += 1
        return f"{kind}{self._aliases}"

    def _note_read(self, table: Visible, stored: str) -> None:
        self.used.setdefault(table.name, set()).add(stored)
        self._tables.note_shown(table.table, stored)

    def _name_of(self, record: str, key: str) -> str:
        """The name of a record that a value refers to; empty if the role may not see such records."""
        name = record.lower()
        if self._tables.find(name) is None:
            return ""
        self.used.setdefault(name, set()).update(("id", NAME))
        return f'(SELECT d."#name" FROM {quoted(name)} AS d WHERE d."id" = {key})'  # noqa: S608
