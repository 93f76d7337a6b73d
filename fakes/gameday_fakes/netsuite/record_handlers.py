"""Customers, items, currencies, subsidiaries, periods and prices over HTTP; and the lists of all record types."""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.base import NetSuiteBase, record_type
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.models import Record
from gameday_fakes.netsuite.query_handlers import page
from gameday_fakes.netsuite.render import ROOT, collection, record_url


class RecordHandlers(NetSuiteBase):
    """The record types that are the same but for their fields."""

    def read_record(self, request: Request) -> Reply:
        kind = record_type(request).name
        return Reply.json(200, self.renderer(request).record(kind, self._found(request)))

    def list_records(self, request: Request) -> Reply:
        kind = record_type(request).name
        limit, offset = page(request)
        ids = list(self._ids(kind))
        chosen = ids[offset : offset + limit]
        base_url = request.base_url
        items: list[Any] = [
            {"links": [{"rel": "self", "href": record_url(base_url, kind, internal_id)}], "id": internal_id}
            for internal_id in chosen
        ]
        url = f"{base_url}{ROOT}/record/v1/{kind}"
        more = offset + limit < len(ids)
        return Reply.json(200, collection(url, items, limit=limit, offset=offset, total=len(ids), has_more=more))

    def _ids(self, kind: str) -> list[str]:
        if kind == "salesOrder":
            return list(self.books.orders)
        return list(self.books.invoices if kind == "invoice" else self.books.records[kind])

    def _found(self, request: Request) -> Record:
        kind = record_type(request).name
        return self.books.records[kind][self.books.locate(kind, request.params["id"])]

    def create_record(self, request: Request) -> Reply:
        raise Refused("forbidden")

    def upsert_record(self, request: Request) -> Reply:
        raise Refused("forbidden")

    def update_record(self, request: Request) -> Reply:
        raise Refused("forbidden")

    def delete_record(self, request: Request) -> Reply:
        raise Refused("forbidden")
