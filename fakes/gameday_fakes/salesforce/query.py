"""Running SOQL: names are resolved against the current schema, then rows are found, sorted and shaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from gameday_fakes.salesforce.aggregates import AggregateQuery
from gameday_fakes.salesforce.conditions import Conditions
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.render import attributes
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql import parse
from gameday_fakes.salesforce.soql_tree import Aggregate, Name, OrderBy, Query, located

_T = TypeVar("_T")
Shape = Callable[[Record], dict[str, Any]]


class Result(msgspec.Struct):
    """What a query finds: the number of rows, and those to return."""

    total: int
    rows: list[dict[str, Any]]


class QueryRunner:
    """Runs statements for one version of the API. Raises Refused with Salesforce's messages."""

    def __init__(self, store: SalesforceStore, schema: Schema, version: str) -> None:
        self._store = store
        self._schema = schema
        self._version = version
        #: The object that a statement named and that this fake lacks; empty if it has it.
        self.unknown_object = ""

    def run(self, text: str, *, with_deleted: bool = False) -> Result:
        """Run a statement."""
        query = parse(text)
        sobject = self._object(query)
        self._schema.touch(sobject)
        paths = Paths(self._store, self._schema, text)
        conditions = Conditions(self._store, paths, sobject)
        rows = list(conditions.rows(query.where, with_deleted=with_deleted))
        if query.counts:
            return Result(len(_page(rows, query)), [])
        if query.group_by or any(isinstance(field, Aggregate) for field in query.fields):
            page = _page(AggregateQuery(query, paths, sobject).rows(rows), query)
            return Result(len(page), page)
        shape = self._shape(query, sobject, paths)
        rows = _page(self._sorted(rows, query.order_by, sobject, paths), query)
        return Result(len(rows), [shape(record) for record in rows])

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

    def _sorted(self, rows: list[Record], order_by: tuple[OrderBy, ...], sobject: str, paths: Paths) -> list[Record]:
        for order in reversed(order_by):
            value = paths.path(sobject, order.name).value
            nulls = [record for record in rows if value(record) is None]
            rest = [record for record in rows if value(record) is not None]
            rest.sort(key=lambda record, value=value: _sort_key(value(record)), reverse=order.descending)  # type: ignore[misc]
            rows = rest + nulls if order.nulls_last else nulls + rest
        return rows

    # -- shaping rows --------------------------------------------------------------------------------

    def _shape(self, query: Query, sobject: str, paths: Paths) -> Shape:
        selected: list[Path] = []
        children: list[tuple[str, Callable[[Record], dict[str, Any] | None]]] = []
        for field in query.fields:
            if isinstance(field, Name):
                selected.append(paths.path(sobject, field))
            elif isinstance(field, Query):
                children.append(self._children(field, sobject, paths))
        tree = self._tree(sobject, selected)

        def shape(record: Record) -> dict[str, Any]:
            row = tree(record)
            for name, rows in children:
                row[name] = rows(record)
            return row

        return shape

    def _tree(self, sobject: str, selected: list[Path], depth: int = 0) -> Shape:
        """The function that makes a row of a record's selected fields and parents."""
        own: list[tuple[Field, str]] = []
        below: dict[str, tuple[Field, list[Path]]] = {}
        order: list[str] = []
        for path in selected:
            if len(path.hops) == depth:
                own.append((path.field, path.shown))
                order.append(path.shown)
            else:
                hop = path.hops[depth]
                if hop.relationship not in below:
                    order.append(hop.relationship)
                below.setdefault(hop.relationship, (hop, []))[1].append(path)
        fields = {shown: field.name for field, shown in own}
        parents = {
            name: (hop.name, self._tree(hop.refers_to, paths, depth + 1)) for name, (hop, paths) in below.items()
        }

        def shape(record: Record) -> dict[str, Any]:
            values = record.fields
            row: dict[str, Any] = {"attributes": attributes(record.object, values["Id"], self._version)}
            for name in order:
                if name in fields:
                    row[name] = values[fields[name]]
                else:
                    reference, inner = parents[name]
                    parent = self._store.get(values[reference])
                    row[name] = None if parent is None else inner(parent)
            return row

        return shape

    def _children(
        self, query: Query, sobject: str, paths: Paths
    ) -> tuple[str, Callable[[Record], dict[str, Any] | None]]:
        by_name = {name.lower(): (name, child) for name, child in self._schema.model.children[sobject].items()}
        known = by_name.get(query.object.lower())
        if known is None or not self._schema.may(known[1][0], "read"):
            message = f"Didn't understand relationship '{query.object}' in FROM part of query call."
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        name, (child, reference) = known
        self._schema.touch(child)
        shape = self._shape(query, child, paths)
        holds = Conditions(self._store, paths, child).predicate(query.where)

        def rows(record: Record) -> dict[str, Any] | None:
            rows = [row for row in self._store.matching(child, reference, record.id) if holds(row)]
            rows = _page(self._sorted(rows, query.order_by, child, paths), query)
            if not rows:
                return None
            return {"totalSize": len(rows), "done": True, "records": [shape(row) for row in rows]}

        return name, rows


def _page(rows: list[_T], query: Query) -> list[_T]:
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


def _sort_key(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
