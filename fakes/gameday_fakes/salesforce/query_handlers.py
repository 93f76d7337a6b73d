"""Queries over HTTP: rows are returned page by page."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.base import SalesforceBase
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import CURSOR_PREFIX, make_id
from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.query import QueryRunner, Result
from gameday_fakes.salesforce.query_tables import database, functions_of, sources
from gameday_fakes.salesforce.soql import parse
from gameday_fakes.salesforce.soql_tokens import Unsupported
from gameday_fakes.salesforce.soql_tree import Query, located
from gameday_fakes.sql import Database

#: Rows on a page unless the client asks for fewer ("Query Options Header"), and the fewest that it can ask for.
PAGE = 2_000
LEAST_PAGE = 200
#: "SOQL and SOSL Limits": open cursors of a user; the oldest is closed for a new one.
OPEN_CURSORS = 10

_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,6})", re.IGNORECASE)


class Page(msgspec.Struct, frozen=True):
    """Some rows of ``total``; ``further`` is the locator of the next page, empty on the last."""

    total: int
    rows: list[dict[str, Any]]
    further: str = ""


class QueryHandlers(SalesforceBase):
    """Answers at ``.../query`` and ``.../queryAll``."""

    _queried: tuple[SalesforceStore, Database, int] | None = None

    def query(self, request: Request) -> Reply:
        """``GET .../query?q=``, or ``?explain=``."""
        if "explain" in request.query:
            return self._explain(request.query["explain"], request.params["version"])
        return self._query(request, with_deleted=False)

    def query_all(self, request: Request) -> Reply:
        """``GET .../queryAll?q=``: deleted rows, too."""
        return self._query(request, with_deleted=True)

    def query_more(self, request: Request) -> Reply:
        """The page behind a ``nextRecordsUrl``; a ``q`` that some clients also send is ignored."""
        return _shown(request, self.next_page(request.params["locator"]))

    def _query(self, request: Request, *, with_deleted: bool) -> Reply:
        statement = request.query.get("q")
        if statement is None:
            raise Refused("MALFORMED_QUERY", "A query string has to be specified")
        result = self.run_query(statement, request.params["version"], with_deleted=with_deleted)
        return _shown(request, self.first_page(result, _page_size(request)))

    def first_page(self, result: Result, size: int) -> Page:
        """The first page of what a statement has found, with a cursor if there are more.

        ``size`` is what the client asks for, or the vendor's own; a page may have fewer.
        """
        size = min(size, self.settings.query_page)
        if len(result.rows) <= size:
            return Page(result.total, result.rows)
        self.cursors_opened += 1
        cursor = make_id(CURSOR_PREFIX, self.cursors_opened)
        self.cursors[cursor] = (result.total, result.rows, size)
        if len(self.cursors) > OPEN_CURSORS:
            del self.cursors[next(iter(self.cursors))]
        return self.next_page(f"{cursor}-0")

    def next_page(self, locator: str) -> Page:
        """The page at a locator. Raises Refused."""
        cursor, _, start = locator.rpartition("-")
        if cursor not in self.cursors or not (start.isascii() and start.isdigit()):
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        total, rows, size = self.cursors[cursor]
        end = int(start[:9]) + size
        return Page(total, rows[end - size : end], f"{cursor}-{end}" if end < len(rows) else "")

    def _explain(self, statement: str, version: str) -> Reply:
        """The plan of a statement, always a scan of the whole object; how many rows it finds is exact."""
        sobject = self.need_object(parse(statement))
        found, all_ = self.run_query(statement, version, with_deleted=False).total, len(self.store.tables[sobject])
        plan = {
            "cardinality": found,
            "fields": [],
            "leadingOperationType": "TableScan",
            "notes": [],
            "relativeCost": found / all_ if all_ else 0.0,
            "sobjectCardinality": all_,
            "sobjectType": sobject,
        }
        return Reply.json(200, {"plans": [plan], "sourceQuery": statement})

    def run_query(self, statement: str, version: str, *, with_deleted: bool) -> Result:
        """What a statement finds. Raises Refused."""
        runner = QueryRunner(self.store, self.state.schema, self._engine(), version)
        runner.omits = bool(self.state.omitted or self.store.unknown)
        try:
            return runner.run(statement, with_deleted=with_deleted)
        except Unsupported as lacking:
            self.unsupported(f"SOQL {lacking.what}")
            raise
        finally:
            if runner.unknown_object:
                self.unsupported(f"object {runner.unknown_object[:80]}")

    def _engine(self) -> Database:
        """The engine for the present records; it reads them when a query first asks for them."""
        types = self.state.schema.types_generation
        if self._queried is None or self._queried[0] is not self.store or self._queried[2] != types:
            self._queried = (self.store, self._reading(None if self._queried is None else self._queried[1]), types)
        return self._queried[1]

    def _reading(self, earlier: Database | None) -> Database:
        """An engine that reads the present records; the earlier one where it can."""
        if earlier is not None and earlier.read_from(sources(self.store, self.state.schema), functions_of(self.store)):
            found = earlier
        else:
            if earlier is not None:
                earlier.close()
            found = database(self.store, self.state.schema, self._is_listed)
        found.holds_back = self.state.holds_back
        return found

    def _is_listed(self, id_: str) -> bool:
        """Whether queries find the record with that id at this moment."""
        unknown = self.store.unknown and self.model.object_of.get(id_[:3]) in self.store.unknown
        return not unknown and self.state.is_listed(id_)

    def need_object(self, query: Query) -> str:
        """The object that a statement reads. Raises Refused (INVALID_TYPE)."""
        sobject = self.model.canonical(query.object)
        if sobject is None or not self.state.schema.may(sobject, "read"):
            if sobject is None:
                self.unsupported(f"object {query.object[:80]}")
            message = f"sObject type '{query.object}' is not supported."
            raise Refused("INVALID_TYPE", located(query.text, query.object_position, message))
        return sobject


def _shown(request: Request, page: Page) -> Reply:
    body: dict[str, Any] = {"totalSize": page.total, "done": not page.further}
    if page.further:
        body["nextRecordsUrl"] = f"/services/data/{request.params['version']}/query/{page.further}"
    return Reply.json(200, {**body, "records": page.rows})


def _page_size(request: Request) -> int:
    asked = _BATCH_SIZE.search(request.header("sforce-query-options"))
    return page_size(asked[1]) if asked else PAGE


def page_size(asked: str) -> int:
    """How many rows a page has for which a client asks by a number."""
    return max(LEAST_PAGE, min(PAGE, int(asked)))
