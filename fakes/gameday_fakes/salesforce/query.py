"""Carrying out SOQL: names resolved against the schema as it is seen now, then rows found, sorted and shaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from gameday_fakes.salesforce.aggregates import AggregateQuery
from gameday_fakes.salesforce.conditions import Conditions
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.fields import CHILDREN, Field
from gameday_fakes.salesforce.models import Books, Record
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.render import attributes
from gameday_fakes.salesforce.schema import Schema, canonical_object
from gameday_fakes.salesforce.soql import parse
from gameday_fakes.salesforce.soql_tree import Aggregate, Name, Order, Query, located

_T = TypeVar("_T")
Shape = Callable[[Record], dict[str, Any]]


class Result(msgspec.Struct):
    """What a query finds: ``total`` rows, and those to show."""

    total: int
    rows: list[dict[str, Any]]


class QueryRunner:
    """Carries out statements for one version of the API. Raises Refused with Salesforce's messages."""

    def __init__(self, books: Books, schema: Schema, version: str) -> None:
        self._books = books
        self._schema = schema
        self._version = version

    def run(self, text: str, *, with_deleted: bool = False) -> Result:
        """Carry out a statement."""
        query = parse(text)
        thing = self._object(query)
        self._schema.touch(thing)
        paths = Paths(self._books, self._schema, text)
        conditions = Conditions(self._books, paths, thing)
        rows = list(conditions.rows(query.where, with_deleted=with_deleted))
        if query.counts:
            return Result(len(_page(rows, query)), [])
        if query.group_by or any(isinstance(field, Aggregate) for field in query.fields):
            found = _page(AggregateQuery(query, paths, thing).rows(rows), query)
            return Result(len(found), found)
        shape = self._shape(query, thing, paths)
        rows = _page(self._sorted(rows, query.order_by, thing, paths), query)
        return Result(len(rows), [shape(record) for record in rows])

    def _object(self, query: Query) -> str:
        thing = canonical_object(query.object)
        if thing is None or not self._schema.may(thing, "read"):
            message = (
                f"sObject type '{query.object}' is not supported. If you are attempting to use a custom object, be "
                "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for "
                "the appropriate names."
            )
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        return thing

    def _sorted(self, rows: list[Record], order_by: tuple[Order, ...], thing: str, paths: Paths) -> list[Record]:
        for order in reversed(order_by):
            value = paths.path(thing, order.name).value
            nulls = [record for record in rows if value(record) is None]
            rest = [record for record in rows if value(record) is not None]
            rest.sort(key=lambda record, value=value: _sort_key(value(record)), reverse=order.descending)  # type: ignore[misc]
            rows = rest + nulls if order.nulls_last else nulls + rest
        return rows

    # -- shaping rows --------------------------------------------------------------------------------

    def _shape(self, query: Query, thing: str, paths: Paths) -> Shape:
        found: list[Path] = []
        children: list[tuple[str, Callable[[Record], dict[str, Any] | None]]] = []
        for field in query.fields:
            if isinstance(field, Name):
                found.append(paths.path(thing, field))
            elif isinstance(field, Query):
                children.append(self._children(field, thing, paths))
        tree = self._tree(thing, found)

        def shape(record: Record) -> dict[str, Any]:
            row = tree(record)
            for name, rows in children:
                row[name] = rows(record)
            return row

        return shape

    def _tree(self, thing: str, found: list[Path], depth: int = 0) -> Shape:
        """How a record's fields and parents, as selected, become a row."""
        own: list[tuple[Field, str]] = []
        below: dict[str, tuple[Field, list[Path]]] = {}
        order: list[str] = []
        for path in found:
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
                    parent = self._books.get(values[reference])
                    row[name] = None if parent is None else inner(parent)
            return row

        return shape

    def _children(
        self, query: Query, thing: str, paths: Paths
    ) -> tuple[str, Callable[[Record], dict[str, Any] | None]]:
        by_name = {name.lower(): (name, child) for name, child in CHILDREN[thing].items()}
        known = by_name.get(query.object.lower())
        if known is None or not self._schema.may(known[1][0], "read"):
            message = f"Didn't understand relationship '{query.object}' in FROM part of query call."
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        name, (child, reference) = known
        self._schema.touch(child)
        shape = self._shape(query, child, paths)
        holds = Conditions(self._books, paths, child).predicate(query.where)

        def rows(record: Record) -> dict[str, Any] | None:
            found = [row for row in self._books.matching(child, reference, record.id) if holds(row)]
            found = _page(self._sorted(found, query.order_by, child, paths), query)
            if not found:
                return None
            return {"totalSize": len(found), "done": True, "records": [shape(row) for row in found]}

        return name, rows


def _page(rows: list[_T], query: Query) -> list[_T]:
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


def _sort_key(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
