"""The newest records of an object by HubSpot's search, also beyond the 10,000 that one search shows.

Source: developers.hubspot.com, "Search the CRM", "Paging through results" and "Limitations": one sort, 200 results a
page, and a page beyond 10,000 results is refused. So a search that has shown as many begins anew at the last moment
of change that it has seen; where all of them have the same one, as after an import, the records of this moment are
read by their ids.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gameday.base.errors import RunError
from gameday.capture.vendor_api import VendorApi
from gameday_fakes.hubspot.manifest import MANIFEST

#: The most results of a page, and of a search.
PAGE, MOST_FOUND = 200, 10_000
_ID = "hs_object_id"

Row = dict[str, Any]
Filters = Sequence[Mapping[str, str]]


def newest(
    api: VendorApi,
    path: str,
    properties: Sequence[str],
    filters: Filters,
    stamp: str,
    limit: int,
    since: datetime.datetime | None,
) -> list[Row]:
    """At most ``limit`` records that a search finds, those changed last first. ``stamp`` is when that was.

    Raises RunError.
    """
    search = _Search(api, path, list(dict.fromkeys((*properties, stamp))))
    own = [*filters, *([_filter(stamp, "GTE", _milliseconds(since))] if since is not None else [])]
    found: dict[str, Row] = {}
    for row in _all(search, own, stamp):
        found.setdefault(str(row["id"]), row)
        if len(found) >= limit:
            break
    return list(found.values())


def _all(search: _Search, filters: Filters, stamp: str) -> Iterator[Row]:
    """All records, those changed last first; one may come twice."""
    bounds: list[dict[str, str]] = []
    before = ""
    while True:
        count, moment = 0, ""
        for row in search.rows([*filters, *bounds], stamp, "DESCENDING"):
            count, moment = count + 1, _moment(row, stamp)
            yield row
        if count < MOST_FOUND:
            return
        if moment == before:
            yield from _of_one_moment(search, [*filters, _filter(stamp, "EQ", moment)])
            bounds = [_filter(stamp, "LT", moment)]
        else:
            bounds = [_filter(stamp, "LTE", moment)]
        before = moment


def _of_one_moment(search: _Search, filters: Filters) -> Iterator[Row]:
    """All records that were changed at the same moment, by their ids."""
    last = ""
    while True:
        count, before = 0, last
        for row in search.rows([*filters, *([_filter(_ID, "GT", last)] if last else [])], _ID, "ASCENDING"):
            count, last = count + 1, str(row["id"])
            yield row
        if count < MOST_FOUND or last == before:
            return


class _Search:
    """Searches of one object, page by page."""

    def __init__(self, api: VendorApi, path: str, properties: Sequence[str]) -> None:
        self._api = api
        self._path = path
        self._properties = properties

    def rows(self, filters: Filters, sort: str, direction: str) -> Iterator[Row]:
        """The records that a search finds, up to the most that it shows."""
        after = 0
        while after + PAGE <= MOST_FOUND:
            body = {
                "filterGroups": [{"filters": list(filters)}] if filters else [],
                "sorts": [{"propertyName": sort, "direction": direction}],
                "properties": self._properties,
                "limit": PAGE,
                "after": str(after),
            }
            page = self._api.post(self._path, body)
            rows = page.get("results")
            if not isinstance(rows, list) or not all(isinstance(each, dict) and "id" in each for each in rows):
                raise RunError(f"{MANIFEST.words} answered a search without results")
            yield from rows
            if "paging" not in page:
                return
            after += PAGE


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _moment(row: Mapping[str, Any], stamp: str) -> str:
    """When a record was changed, in milliseconds. Raises RunError for one that does not say it."""
    try:
        return _milliseconds(datetime.datetime.fromisoformat(row["properties"][stamp]))
    except (LookupError, TypeError, ValueError):
        hint = "see `ordering` in the contract"
        raise RunError(f"{MANIFEST.words}'s {stamp!r} does not say when a record was changed", hint=hint) from None


def _milliseconds(moment: datetime.datetime) -> str:
    return str(int(moment.timestamp() * 1000))
