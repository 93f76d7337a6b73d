"""Searching for issues: by pages with a number, as Data Center does, and by tokens, as Cloud does."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.jira.base import JiraBase, repeated, wanted_fields
from gameday_fakes.jira.jql_values import Unsupported
from gameday_fakes.jira.models import Issue

LARGEST_PAGE = 1000
#: With fields beyond id and key; with these two alone, the largest page of Cloud is 5,000.
LARGEST_FULL_PAGE = 100
LARGEST_SMALL_PAGE = 5000


class SearchHandlers(JiraBase):
    """``search`` and ``search/jql``."""

    def search(self, request: Request) -> Reply:
        """``GET`` or ``POST search``: a page of the issues that match a query."""
        asked = _asked(request)
        try:
            issues = self._matching(str(asked.get("jql") or ""))
            start = _number(asked.get("startAt", 0))
            most = min(LARGEST_PAGE, _number(asked.get("maxResults", 50)))
        except ValueError as problem:
            return self.error("bad_query", message=str(problem))
        wanted = wanted_fields(asked.get("fields"))
        page = [self.shown(request, issue, wanted) for issue in issues[start : start + most]]
        return Reply.json(200, {"startAt": start, "maxResults": most, "total": len(issues), "issues": page})

    def search_removed(self, request: Request) -> Reply:
        """``search`` of version 3: 410, as at Cloud."""
        return self.error("removed")

    def search_jql(self, request: Request) -> Reply:
        """``GET`` or ``POST search/jql``: a page without a total; the next one by ``nextPageToken``.

        Without ``fields``, issues come with their id only.
        """
        asked = _asked(request)
        query = str(asked.get("jql") or "")
        wanted = wanted_fields(asked.get("fields"))
        small = not asked.get("fields") or (wanted is not None and wanted <= {"id", "key"})
        largest = LARGEST_SMALL_PAGE if small else LARGEST_FULL_PAGE
        try:
            issues = self._matching(query, bounded=True)
            start = _start(asked.get("nextPageToken"), query)
            most = min(largest, _at_least_one(asked.get("maxResults", 50)))
        except ValueError as problem:
            return self.error("bad_query", message=str(problem))
        page = [self._short(request, issue, asked.get("fields")) for issue in issues[start : start + most]]
        last = start + most >= len(issues)
        token = {} if last else {"nextPageToken": _token(start + most, query)}
        return Reply.json(200, {"isLast": last, "issues": page, **token})

    def count_issues(self, request: Request) -> Reply:
        """``POST search/approximate-count``."""
        try:
            return Reply.json(200, {"count": len(self._matching(str(_asked(request).get("jql") or ""), bounded=True))})
        except ValueError as problem:
            return self.error("bad_query", message=str(problem))

    def _matching(self, query: str, *, bounded: bool = False) -> list[Issue]:
        try:
            return self.issues.search(query, bounded=bounded)
        except Unsupported as lacking:
            self.unsupported(f"JQL {lacking.what}")
            raise

    def _short(self, request: Request, issue: Issue, fields: Any) -> dict[str, Any]:
        if not fields:
            return {"id": issue.id}
        found = self.shown(request, issue, wanted_fields(fields))
        if not found["fields"]:
            del found["fields"]
        return found


def _asked(request: Request) -> dict[str, Any]:
    """The parameters of a search, from the query or from the body."""
    if request.method != "POST":
        return {**request.query, "fields": repeated(request, "fields")}
    body = request.json
    if body is not None and not isinstance(body, dict):
        raise BadBody("not an object")
    return body or {}


def _number(given: Any) -> int:
    """A number of issues. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]{1,9}", str(given)):
        raise ValueError(f"{str(given)[:40]!r} is not a number of issues.")
    return max(0, int(given))


def _at_least_one(given: Any) -> int:
    """A number of issues that is not 0. Raises ValueError."""
    number = _number(given)
    if not number:
        raise ValueError(f"The value for maxResults must be between 1 and {LARGEST_SMALL_PAGE}.")
    return number


def _token(start: int, query: str) -> str:
    """A token for the page that starts there; it belongs to the query."""
    return base64.urlsafe_b64encode(f"{start} {_digest(query)}".encode()).decode()


def _start(token: Any, query: str) -> int:
    """Where a token's page starts, 0 without one. Raises ValueError for one of another query."""
    if token is None or token == "":
        return 0
    try:
        start, _, digest = base64.b64decode(str(token), altchars=b"-_", validate=True).decode().partition(" ")
    except (binascii.Error, UnicodeError):
        start, digest = "", ""
    if digest != _digest(query) or not start.isdecimal():
        raise ValueError("The provided next page token is invalid or expired.")
    return int(start)


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:16]
