"""SuiteQL over HTTP: ``POST /query/v1/suiteql`` with the mandatory ``Prefer: transient``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.render import ROOT, collection
from gameday_fakes.whole_numbers import whole_number

if TYPE_CHECKING:
    from gameday_fakes.netsuite.suiteql_run import SuiteQL

MAX_PAGE = 1000


class QueryHandlers(NetSuiteBase):
    """Runs queries over the records."""

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        # Loading the parser takes long, so it is done before the first request.
        from gameday_fakes.netsuite import suiteql_run

        self._suiteql = suiteql_run
        self._queries: SuiteQL | None = None

    def suiteql(self, request: Request) -> Reply:
        if "transient" not in request.header("prefer").lower():
            raise Refused("invalid_header", "Required header 'Prefer' is missing or not 'transient'.")
        body = request.json
        text = body.get("q") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise Refused("invalid_content", "Invalid content: the query 'q' is missing.", path="q")
        limit, offset = page(request)
        try:
            rows, total = self._present().run(text, limit, offset)
        except self._suiteql.Refusal as refusal:
            if refusal.lacking:
                self.unsupported(f"SuiteQL {refusal.lacking}")
            raise refused_query(str(refusal)) from None
        url = f"{request.base_url}{ROOT}/query/v1/suiteql"
        items = [{"links": [], **row} for row in rows]
        more = offset + limit < total
        return Reply.json(200, collection(url, items, limit=limit, offset=offset, total=total, has_more=more))

    def _present(self) -> SuiteQL:
        """Queries over the present records; the account may have been reset."""
        queries = self._queries
        if queries is None or (queries.store is not self.store and not queries.read_from(self.store)):
            if queries is not None:
                queries.close()
            self._queries = queries = self._suiteql.SuiteQL(self.store)
        return queries


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
        number = whole_number(text)
        if number is None or not least <= number <= most:
            raise Refused("invalid_parameter", f"Invalid query parameter '{name}': {text[:40]!r}.")
        numbers.append(number)
    limit, offset = numbers
    return limit, offset
