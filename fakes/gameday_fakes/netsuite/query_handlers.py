"""SuiteQL over HTTP: ``POST /query/v1/suiteql`` with the mandatory ``Prefer: transient``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.query_tables import QueryTables
from gameday_fakes.netsuite.render import ROOT, collection
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.suiteql import QueryError, Unsupported, parse
from gameday_fakes.netsuite.suiteql_functions import TextList, functions
from gameday_fakes.netsuite.suiteql_select import Translator
from gameday_fakes.netsuite.suiteql_values import Parameters, Value
from gameday_fakes.sql import Database, TooComplex, TooLong

MAX_PAGE = 1000
#: The most characters of a page; no ordinary one comes near it.
LARGEST_PAGE = 10_000_000


class _Queried:
    """The tables of one account, and the engine that has read them."""

    def __init__(self, store: NetSuiteStore) -> None:
        self.store = store
        self.tables = QueryTables(store)
        self.database = Database(self.tables.sources(), functions(store.dates), {("text_list", -1): TextList})


class QueryHandlers(NetSuiteBase):
    """Runs queries over the records."""

    _queried: _Queried | None = None

    def suiteql(self, request: Request) -> Reply:
        if "transient" not in request.header("prefer").lower():
            raise Refused("invalid_header", "Required header 'Prefer' is missing or not 'transient'.")
        body = request.json
        text = body.get("q") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise Refused("invalid_content", "Invalid content: the query 'q' is missing.", path="q")
        limit, offset = page(request)
        try:
            rows, total = self._run(text, limit, offset)
        except Unsupported as lacking:
            self.unsupported(f"SuiteQL {lacking.what}")
            raise refused_query(str(lacking)) from None
        except TooLong:
            raise refused_query("the query takes too long") from None
        except TooComplex as problem:
            self.unsupported("SuiteQL that the engine refuses")
            raise refused_query("Invalid or unsupported search") from problem
        except RecursionError:
            raise refused_query("the query is nested too deeply") from None
        # A format that no date can be written in is a plain ValueError.
        except (ValueError, ArithmeticError) as problem:
            raise refused_query(str(problem)) from None
        url = f"{request.base_url}{ROOT}/query/v1/suiteql"
        items = [{"links": [], **row} for row in rows]
        more = offset + limit < total
        return Reply.json(200, collection(url, items, limit=limit, offset=offset, total=total, has_more=more))

    def _run(self, text: str, limit: int, offset: int) -> tuple[list[dict[str, str]], int]:
        queried = self._queried
        if queried is None or queried.store is not self.store:
            if queried is not None:
                queried.database.close()
            self._queried = queried = _Queried(self.store)
        parameters = Parameters(self.dates)
        now = self.dates.local(self.clock.wall_s()).replace(microsecond=0)
        translator = Translator(queried.tables, parameters, parameters.moment(now))
        try:
            found = translator.query(parse(text))
        finally:
            if translator.unknown:
                self.unsupported(f"SuiteQL table {translator.unknown.lower()[:80]}")
        values = parameters.values
        rows, total = queried.database.select(found.text, values, translator.used, offset=offset, limit=limit)
        return self._shown(rows, found.columns), total

    def _shown(self, rows: list[tuple[Any, ...]], columns: Mapping[str, Value]) -> list[dict[str, str]]:
        """Rows as SuiteQL writes them: every value is a string, and what is null is left out."""
        dates = {name for name, value in columns.items() if value.is_date}
        size = 0
        shown = []
        for row in rows:
            cells = {
                name: self._date(value) if name in dates else str(value)
                for name, value in zip(columns, row, strict=True)
                if value is not None
            }
            size += sum(map(len, cells.values()))
            if size > LARGEST_PAGE:
                raise QueryError("the page is too large")
            shown.append(cells)
        return shown

    def _date(self, value: Any) -> str:
        return self.dates.show(datetime.datetime.fromisoformat(str(value)))


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
