"""Running SOQL: names are resolved against the current schema, the engine finds the rows, and they are shaped."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.paths import Paths
from gameday_fakes.salesforce.query_shapes import Shape, Shapes
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql import parse
from gameday_fakes.salesforce.soql_groups import MOST_GROUPS, Groups
from gameday_fakes.salesforce.soql_shared import Shared
from gameday_fakes.salesforce.soql_sql import Rows
from gameday_fakes.salesforce.soql_tree import Name, Query, located
from gameday_fakes.salesforce.versions import number_of
from gameday_fakes.sql import Database, TooComplex, TooLong

#: The first version in which children have children ("Understanding Relationship Query Limitations").
_CHILDREN_OF_CHILDREN = 58
#: Up to how many parents only their own children are looked for.
_FEW = 200

Children = Callable[[list[Record]], Callable[[Record], dict[str, Any] | None]]


class Result(msgspec.Struct):
    """What a query finds: the number of rows, and those to return."""

    total: int
    rows: list[dict[str, Any]]


class QueryRunner:
    """Runs statements for one version of the API. Raises Refused with Salesforce's messages."""

    def __init__(self, store: SalesforceStore, schema: Schema, database: Database, version: str) -> None:
        self._store = store
        self._schema = schema
        self._database = database
        self._version = version
        #: Whether a fault leaves out records.
        self.omits = False
        #: The object that a statement named and that this fake lacks; empty if it has it.
        self.unknown_object = ""

    def run(self, text: str, *, with_deleted: bool = False) -> Result:
        """Run a statement."""
        query = parse(text)
        sobject = self._object(query)
        self._schema.touch(sobject)
        try:
            with self._database.limits.as_one():
                return self._run(query, sobject, with_deleted=with_deleted or query.all_rows)
        except TooLong:
            raise Refused.of("query_timeout") from None
        except TooComplex:
            raise Refused("MALFORMED_QUERY", "SOQL statement is too complicated.") from None

    def _run(self, query: Query, sobject: str, *, with_deleted: bool) -> Result:
        shared = Shared(self._store.today())
        rows = self._rows(shared, query, sobject)
        if query.counts:
            where = self._where(rows, query, with_deleted=with_deleted)
            inner = f"SELECT 1 FROM {rows.source}{where}{_page(query)}"  # noqa: S608 - translated
            return Result(self._database.count(inner, shared.values, shared.used), [])
        if query.is_grouped:
            groups = Groups(query, rows)
            where = self._where(rows, query, with_deleted=with_deleted)
            statement = groups.statement(where) + _page(query)
            found = self._database.select(statement, shared.values, shared.used).rows
            if len(found) > MOST_GROUPS:
                message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results"
                raise Refused("EXCEEDED_ID_LIMIT", f"{message} to a single batch")
            return Result(len(found), [groups.row(values) for values in found])
        shapes = self._shapes(query)
        shape = shapes.shape(query, sobject)
        children = [self._children(one, sobject) for one in shapes.inner(query)]
        records = self._records(query, sobject, rows, shared, with_deleted=with_deleted)
        found_children = [(name, find(records)) for name, find in children]
        shaped = []
        for record in records:
            row = shape(record)
            for name, of in found_children:
                row[name] = of(record)
            shaped.append(row)
        return Result(len(shaped), shaped)

    def _object(self, query: Query) -> str:
        sobject = self._schema.model.canonical(query.object)
        if sobject is None:
            self.unknown_object = query.object
        if sobject is None or not self._schema.may(sobject, "read"):
            message = (
                f"sObject type '{query.object}' is not supported. If you are attempting to use a custom object, be "
                "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for "
                "the appropriate names."
            )
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        return sobject

    # -- finding rows --------------------------------------------------------------------------------

    def _paths(self, query: Query) -> Paths:
        return Paths(self._store, self._schema, query.text, query.aliases)

    def _shapes(self, query: Query) -> Shapes:
        return Shapes(self._store, self._schema, self._paths(query), self._version)

    def _rows(self, shared: Shared, query: Query, sobject: str) -> Rows:
        return Rows(shared, self._paths(query), sobject, lambda inner: self._within(shared, inner))

    def _within(self, shared: Shared, query: Query) -> tuple[str, Field]:
        """The ids that a statement within a condition finds."""
        sobject = self._object(query)
        self._schema.touch(sobject)
        rows = self._rows(shared, query, sobject)
        what = query.selected[0].what if len(query.selected) == 1 else None
        if not isinstance(what, Name) or query.limit is not None or query.order_by or query.group_by:
            message = "Semi join sub-selects can only query one field, without limit and order"
            raise Refused("MALFORMED_QUERY", located(query.text, query.object_position, message))
        path = rows.path(what)
        if path.field.type not in ("id", "reference"):
            message = f"The selected field '{path.shown}' in the semi join sub-select should be an ID or reference"
            raise Refused("MALFORMED_QUERY", located(query.text, what.position, message))
        column = rows.column(path)
        where = self._where(rows, query, f"{column} IS NOT NULL")
        return f"SELECT {column} FROM {rows.source}{where}", path.field  # noqa: S608 - translated

    def _where(self, rows: Rows, query: Query, *more: str, with_deleted: bool = False) -> str:
        conditions = [*more]
        if not with_deleted:
            conditions.append(f'{rows.alias}."IsDeleted" = 0')
        if query.where is not None:
            conditions.append(rows.condition(query.where))
        if self.omits:
            conditions.append(f'is_listed({rows.alias}."Id")')
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _records(
        self, query: Query, sobject: str, rows: Rows, shared: Shared, *, with_deleted: bool = False
    ) -> list[Record]:
        where = self._where(rows, query, with_deleted=with_deleted)
        order = self._order(query, rows, shared, sobject)
        statement = f'SELECT {rows.alias}."Id" FROM {rows.source}{where}{order}{_page(query)}'  # noqa: S608
        found = self._database.select(statement, shared.values, shared.used).rows
        table, deleted = self._store.tables[sobject], self._store.bin[sobject]
        return [table.get(id_) or deleted[id_] for (id_,) in found]

    @staticmethod
    def _order(query: Query, rows: Rows, shared: Shared, sobject: str) -> str:
        """The sort keys; rows that are alike in them come in the order of their last change."""
        shared.use(sobject, "SystemModstamp")
        keys = [f"{key} {way}" for key, way in rows.sorted_by(query.order_by)]
        keys += [f'{rows.alias}."SystemModstamp"', f'{rows.alias}."Id"']
        return f" ORDER BY {', '.join(keys)}"

    # -- child queries -------------------------------------------------------------------------------

    def _children(self, query: Query, sobject: str) -> tuple[str, Children]:
        asked = query.object.rpartition(".")[2]
        by_name = {name.lower(): (name, child) for name, child in self._schema.model.children[sobject].items()}
        known = by_name.get(asked.lower())
        if known is None or not self._schema.may(known[1][0], "read"):
            message = f"Didn't understand relationship '{query.object}' in FROM part of query call."
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        name, (child, reference) = known
        self._schema.touch(child)
        shapes = self._shapes(query)
        shape = shapes.shape(query, child)
        inner = [self._children(one, child) for one in self._allowed(shapes.inner(query))]
        shared = Shared(self._store.today())
        rows = self._rows(shared, query, child)
        shared.use(child, reference)
        column = f'{rows.alias}."{reference}"'
        where = self._where(rows, query, f"{column} IS NOT NULL")
        order = self._order(query, rows, shared, child)

        def find(records: list[Record]) -> Callable[[Record], dict[str, Any] | None]:
            few = ""
            if len(records) <= _FEW:
                few = f" AND {column} IN ({', '.join(shared.put(record.id) for record in records)})"
            statement = f'SELECT {column}, {rows.alias}."Id" FROM {rows.source}{where}{few}{order}'  # noqa: S608
            found: defaultdict[str, list[Record]] = defaultdict(list)
            for parent, id_ in self._database.select(statement, shared.values, shared.used).rows:
                found[parent].append(self._store.tables[child][id_])
            below = [(name, find([*itertools.chain(*found.values())])) for name, find in inner]

            def whole(record: Record) -> dict[str, Any]:
                return {**shape(record), **{name: of(record) for name, of in below}}

            return lambda record: _nested(found.get(record.id, []), query, whole if below else shape)

        return name, find

    def _allowed(self, queries: list[Query]) -> list[Query]:
        """Children of children, which came with version 58.0."""
        if queries and number_of(self._version) < _CHILDREN_OF_CHILDREN:
            message = "SOQL statements cannot query aggregate relationships more than 1 level away from the root"
            message += " entity object."
            raise Refused("INVALID_TYPE", located(queries[0].text, queries[0].object_position, message))
        return queries


def _nested(records: list[Record], query: Query, shape: Shape) -> dict[str, Any] | None:
    end = None if query.limit is None else query.offset + query.limit
    records = records[query.offset : end]
    if not records:
        return None
    return {"totalSize": len(records), "done": True, "records": [shape(record) for record in records]}


def _page(query: Query) -> str:
    if query.limit is None and not query.offset:
        return ""
    return f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
