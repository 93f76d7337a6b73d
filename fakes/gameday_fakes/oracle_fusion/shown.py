"""Resources as JSON: items with their links, children and collections, as each framework version has them.

Source: docs.oracle.com, "Set the REST Framework Version": from version 3 on, children are collections and no lists;
from version 6 on, links and the ETag of an item are in ``@context``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.framework import Call, key_text, path_text
from gameday_fakes.oracle_fusion.masters import PRICE_CHARGES
from gameday_fakes.oracle_fusion.query_parameters import Page, Shape, flag
from gameday_fakes.oracle_fusion.store import PodStore

#: From these versions on: children are collections, an item has a context.
COLLECTIONS, CONTEXT = 3, 6


def etag_of(record: Record) -> str:
    """The ETag of a record, which changes with each of its changes."""
    return f'"ACED0005{record.sequence:012X}"'


class Renderer:
    """Shows the records of a request."""

    def __init__(self, store: PodStore, call: Call) -> None:
        self._store = store
        self._call = call
        self._with_links = not flag(call.params, "onlyData")
        self._on = _day(call.params.get("effectiveDate", ""))

    def page(self, of: EntitySet, page: Page, shape: Shape, path: str, *, counted: bool) -> dict[str, Any]:
        """A collection."""
        rows = [self.item(of, each, shape, f"{path}/{path_text(key_text(of, each))}") for each in page.records]
        found: dict[str, Any] = {"items": rows}
        if counted:
            found["totalResults"] = page.total
        found |= {"count": len(rows), "hasMore": page.offset + len(rows) < page.total}
        found |= {"limit": page.limit, "offset": page.offset}
        name = path.rpartition("/")[2]
        found["links"] = [{"rel": "self", "href": self._call.url(path), "name": name, "kind": "collection"}]
        return found

    def item(self, of: EntitySet, record: Record, shape: Shape, path: str) -> dict[str, Any]:
        """One record with what is expanded of it."""
        shown: dict[str, Any] = {}
        for name, each in of.seen():
            if shape.fields is None or name in shape.fields:
                value = record.values[each.name]
                write = _WRITERS.get(each.type)
                shown[name] = value if value is None or write is None else write(value)
        for accessor, inner in shape.children.items():
            shown[accessor] = self._children(of, record, accessor, inner, f"{path}/child/{accessor}")
        if self._call.version >= CONTEXT:
            context: dict[str, Any] = {"key": key_text(of, record), "headers": {"ETag": etag_of(record)}}
            shown["@context"] = {**context, **({"links": self._links(of, record, path)} if self._with_links else {})}
        elif self._with_links:
            shown["links"] = self._links(of, record, path)
        return shown

    def _children(self, of: EntitySet, record: Record, accessor: str, shape: Shape, path: str) -> Any:
        found = self._among(self._store.related(of, record.values, of.navigations[accessor]), of, accessor)
        to = self._store.schema.sets[of.navigations[accessor].to]
        if self._call.version < COLLECTIONS:
            return [self.item(to, each, shape, f"{path}/{path_text(key_text(to, each))}") for each in found]
        page = self.page(to, Page(found, len(found), max(len(found), 1), 0), shape, path, counted=False)
        if not self._with_links:
            del page["links"]
        return page

    def _among(self, found: Sequence[Record], of: EntitySet, accessor: str) -> list[Record]:
        """The children that are in effect on the day that the request asks for."""
        if self._on is None or of.navigations[accessor].to != PRICE_CHARGES:
            return list(found)
        day = self._on
        return [each for each in found if _in_effect(each.values, day)]

    def _links(self, of: EntitySet, record: Record, path: str) -> list[dict[str, Any]]:
        name = path.split("/")[-2]
        url = self._call.url
        own = {"rel": "self", "href": url(path), "name": name, "kind": "item"}
        links: list[dict[str, Any]] = [
            {**own, "properties": {"changeIndicator": etag_of(record).strip('"')}},
            {**own, "rel": "canonical"},
        ]
        children = ((url(f"{path}/child/{name}"), name) for name in of.navigations)
        links += [{"rel": "child", "href": href, "name": name, "kind": "collection"} for href, name in children]
        return links


def _in_effect(values: Mapping[str, Any], on: datetime.date) -> bool:
    return values["StartDate"] <= on and (values["EndDate"] is None or on <= values["EndDate"])


def _day(text: str) -> datetime.date | None:
    """The day of ``effectiveDate``; None without one, or with one that cannot be read."""
    try:
        return datetime.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _moment(value: datetime.datetime) -> str:
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


_WRITERS: dict[str, Callable[[Any], Any]] = {"Edm.Date": datetime.date.isoformat, "Edm.DateTimeOffset": _moment}
