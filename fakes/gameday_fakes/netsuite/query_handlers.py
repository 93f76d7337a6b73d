"""SuiteQL over HTTP: ``POST /query/v1/suiteql`` with the mandatory ``Prefer: transient``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.like import like
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.render import ROOT, collection
from gameday_fakes.netsuite.suiteql import Comparison, DateLiteral, Group, Operand, Query, QueryError, parse
from gameday_fakes.netsuite.tables import Column, Table, shown, tables_of

MAX_PAGE = 1000
Predicate = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


class QueryHandlers(NetSuiteBase):
    """Runs queries over the records."""

    def suiteql(self, request: Request) -> Reply:
        if "transient" not in request.header("prefer").lower():
            raise Refused("invalid_header", "Required header 'Prefer' is missing or not 'transient'.")
        body = request.json
        text = body.get("q") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise Refused("invalid_content", "Invalid content: the query 'q' is missing.", path="q")
        limit, offset = page(request)
        try:
            rows = self._run(parse(text))
        # A format that no date can be written in is a plain ValueError.
        except ValueError as problem:
            raise refused_query(str(problem)) from None
        url = f"{request.base_url}{ROOT}/query/v1/suiteql"
        items = [{"links": [], **row} for row in rows[offset : offset + limit]]
        more = offset + limit < len(rows)
        return Reply.json(200, collection(url, items, limit=limit, offset=offset, total=len(rows), has_more=more))

    def _run(self, query: Query) -> list[dict[str, str]]:
        make = tables_of(self.model).get(query.table)
        if make is None:
            self.unsupported(f"SuiteQL table {query.table[:80]}")
        table = make(self.store, self.dates) if make else None
        hidden = {record for record in table.records if self.state.forbids(record, edit=False)} if table else set()
        if table is None or len(hidden) == len(table.records):
            raise QueryError(f"Record '{query.table}' was not found")
        rows: Iterable[Any] = self._candidates(table, query.where)
        if hidden:
            # What the role may not see is simply not there [R].
            rows = [row for row in rows if table.record_of(row) not in hidden]
        if query.where is not None:
            accepts = self._predicate(table, query.where)
            rows = [row for row in rows if accepts(row)]
        rows = self._sorted(table, query, list(rows))
        if any(operand.call == "COUNT" for operand, _ in query.columns):
            return [{name: str(len(rows)) for operand, name in query.columns if operand.call == "COUNT"}]
        last = None if query.limit is None else query.offset + query.limit
        selected = self._selection(table, query)
        return [self._row(selected, row) for row in rows[query.offset : last]]

    @staticmethod
    def _candidates(table: Table, where: Comparison | Group | None) -> Iterable[Any]:
        """The rows to look at: those that an index gives, or all."""
        conditions = where.members if isinstance(where, Group) and where.joint == "AND" else (where,)
        for condition in conditions:
            if isinstance(condition, Comparison) and not condition.operand.call and not condition.negated:
                find = table.find.get(condition.operand.column)
                if find and condition.operator in ("=", "IN") and all(isinstance(v, str) for v in condition.values):
                    return [row for value in dict.fromkeys(condition.values) for row in find(value)]
        return table.rows()

    def _selection(self, table: Table, query: Query) -> list[tuple[Operand, str, Column]]:
        selected = []
        for operand, name in query.columns:
            if operand.column == "*":
                selected += [(Operand(column), column, found) for column, found in table.columns.items()]
            else:
                selected.append((operand, name, _column(table, operand)))
        return selected

    def _row(self, selected: list[tuple[Operand, str, Column]], row: Any) -> dict[str, str]:
        cells = {}
        for operand, name, column in selected:
            value = column.get(row)
            # What is null is left out of a row.
            if value != "":
                cells[name] = shown(
                    self.store, self.dates, column, value, display=operand.call == "DF", wanted=operand.format
                )
        return cells

    def _sorted(self, table: Table, query: Query, rows: list[Any]) -> list[Any]:
        for operand, descending in reversed(query.order_by):
            column = _column(table, operand)

            def key(row: Any, column: Column = column) -> Any:
                value = column.get(row)
                return (value != "", _comparable(column, value) if value != "" else 0)

            rows.sort(key=key, reverse=descending)
        return rows

    def _predicate(self, table: Table, condition: Comparison | Group) -> Predicate:
        if isinstance(condition, Group):
            members = [self._predicate(table, member) for member in condition.members]
            match condition.joint:
                case "AND":
                    return lambda row: all(member(row) for member in members)
                case "OR":
                    return lambda row: any(member(row) for member in members)
                case _:
                    return lambda row: not members[0](row)
        plain = self._comparison(table, condition)
        return (lambda row: not plain(row)) if condition.negated else plain

    def _comparison(self, table: Table, condition: Comparison) -> Predicate:
        column = _column(table, condition.operand)
        get = column.get
        if condition.operator == "NULL":
            return lambda row: get(row) == ""
        if condition.operator == "LIKE":
            matches = re.compile(like(condition.values[0]), re.DOTALL).fullmatch
            return lambda row: matches(str(get(row))) is not None
        values = [self._literal(column, value) for value in condition.values]

        def known(row: Any) -> Any:
            value = get(row)
            return None if value == "" else _comparable(column, value)

        if condition.operator == "IN":
            return lambda row: known(row) in values
        if condition.operator == "BETWEEN":
            return lambda row: (value := known(row)) is not None and values[0] <= value <= values[1]
        compare = _COMPARE[condition.operator]
        return lambda row: (value := known(row)) is not None and compare(value, values[0])

    def _literal(self, column: Column, value: Any) -> Any:
        if column.kind in ("date", "moment"):
            text, wanted = (value.text, value.format) if isinstance(value, DateLiteral) else (value, "")
            try:
                return self.dates.parse(text, wanted)
            except ValueError:
                given = wanted or self.dates.date_format
                raise QueryError(f"The conversion of '{text}' failed with date format {given}") from None
        if isinstance(value, DateLiteral):
            raise QueryError("a date is compared with what is no date")
        return _comparable(column, value)


def refused_query(reason: str) -> Refused:
    """The refusal of a query that cannot be run; NetSuite's words as far as they are known [R]."""
    detail = f"Invalid search query. Detailed unprocessed description follows. Search error occurred: {reason}."
    return Refused("invalid_parameter", detail)


def page(request: Request) -> tuple[int, int]:
    """``limit`` (1 to 1000) and ``offset`` of the query. Raises Refused."""
    query = request.query if request.query_string else {}
    numbers = []
    for name, default, least, most in (("limit", MAX_PAGE, 1, MAX_PAGE), ("offset", 0, 0, 10**9)):
        text = query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise Refused("invalid_parameter", f"Invalid query parameter '{name}': {text[:40]!r}.")
        numbers.append(int(text))
    limit, offset = numbers
    return limit, offset


def _column(table: Table, operand: Operand) -> Column:
    column = table.columns.get(operand.column)
    if column is None:
        raise QueryError(f"Field '{operand.column}' for record was not found. Reason: REMOVED - Field is removed")
    return column


def _comparable(column: Column, value: Any) -> Any:
    """A value so that two of a column compare: numbers as numbers, all else as it is."""
    if column.kind not in ("integer", "number"):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        raise QueryError(f"'{str(value)[:40]}' is not a number") from None
