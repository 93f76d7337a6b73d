"""Customers, items, currencies, subsidiaries, periods and prices over HTTP; and the lists of all record types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.address_book import (
    ADDRESS,
    ADDRESS_BOOK,
    Entry,
    address_shown,
    book_shown,
    entry_shown,
    find,
)
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.item_types import INVENTORY, ITEM_TYPES
from gameday_fakes.netsuite.list_filter import list_filter
from gameday_fakes.netsuite.members import MEMBERS
from gameday_fakes.netsuite.models import Record
from gameday_fakes.netsuite.order_handlers import expands, replaces, selected
from gameday_fakes.netsuite.query_handlers import page
from gameday_fakes.netsuite.records import RecordWriter
from gameday_fakes.netsuite.render import ROOT, collection, record_url
from gameday_fakes.netsuite.standard import TRANSACTIONS
from gameday_fakes.netsuite.store import check_external_id
from gameday_fakes.netsuite.tables import tables_of
from gameday_fakes.netsuite.write_check import KEPT


class RecordHandlers(NetSuiteBase):
    """The record types that are the same but for their fields."""

    def list_records(self, request: Request) -> Reply:
        kind = self.record_type(request).name
        limit, offset = page(request)
        rows = self._rows(kind)
        text = request.query.get("q", "") if request.query_string else ""
        if text:
            name = "transaction" if kind in TRANSACTIONS else "item" if kind in ITEM_TYPES else kind.lower()
            test = list_filter(text, tables_of(self.model)[name](self.store, self.dates).columns, self.dates)
            rows = [row for row in rows if test(row)]
        ids = [row.id for row in rows]
        base_url = request.base_url
        items = [
            {"links": [{"rel": "self", "href": record_url(base_url, kind, internal_id)}], "id": internal_id}
            for internal_id in ids[offset : offset + limit]
        ]
        url = f"{base_url}{ROOT}/record/v1/{kind}"
        more = offset + limit < len(ids)
        return Reply.json(200, collection(url, items, limit=limit, offset=offset, total=len(ids), has_more=more))

    def read_record(self, request: Request) -> Reply:
        kind = self.record_type(request).name
        body = self.renderer(request).record(kind, self._found(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def read_address_book(self, request: Request) -> Reply:
        customer = self._found(request)
        return Reply.json(200, book_shown(_entries(customer), _book_url(request, customer), expand=True))

    def read_address_entry(self, request: Request) -> Reply:
        customer = self._found(request)
        entry, url = self._entry(request, customer)
        return Reply.json(200, entry_shown(entry, url, expand=expands(request)))

    def read_address(self, request: Request) -> Reply:
        customer = self._found(request)
        entry, url = self._entry(request, customer)
        return Reply.json(200, address_shown(entry, f"{url}/{ADDRESS}"))

    @staticmethod
    def _entry(request: Request, customer: Record) -> tuple[Entry, str]:
        entry = find(_entries(customer), request.params["entry"])
        return entry, f"{_book_url(request, customer)}/{entry['id']}"

    def create_record(self, request: Request) -> Reply:
        kind = self.record_type(request)
        self.check_write(request, kind.name)
        record = RecordWriter(self.store).create(kind, self.body(request))
        return self._written(request, record)

    def upsert_record(self, request: Request) -> Reply:
        reference = request.params["id"]
        kind = self.record_type(request)
        if not reference.startswith("eid:") or reference[4:] in self.store.by_external_id[kind.name]:
            return self.update_record(request)
        self.check_write(request, kind.name)
        body = {**self.body(request), "externalId": check_external_id(reference[4:])}
        return self._written(request, RecordWriter(self.store).create(kind, body))

    def update_record(self, request: Request) -> Reply:
        record, kind = self._found(request), self.record_type(request)
        self.check_write(request, kind.name, *KEPT)
        RecordWriter(self.store).update(
            kind, record, self.body(request), replace=replaces(request, ADDRESS_BOOK) or replaces(request, MEMBERS)
        )
        return self._written(request, record)

    def delete_record(self, request: Request) -> Reply:
        RecordWriter(self.store).delete(self.record_type(request), self._found(request))
        return Reply(204)

    def unknown_record_type(self, request: Request) -> Reply:
        self.unsupported(f"record type {request.params['type'][:80]}")
        raise Refused("unknown_record", f"Record type '{request.params['type'][:80]}' does not exist.")

    def _rows(self, kind: str) -> Iterable[Any]:
        rows = self.store.all_of(kind).values()
        return [row for row in rows if (row.type or INVENTORY) == kind] if kind in ITEM_TYPES else rows

    def _found(self, request: Request) -> Record:
        kind = self.record_type(request).name
        record = self.store.records[kind][self.store.locate(kind, request.params["id"])]
        if kind in ITEM_TYPES and (record.type or INVENTORY) != kind:
            raise Refused("not_found")
        return record

    def _written(self, request: Request, record: Record) -> Reply:
        location = record_url(request.base_url, self.record_type(request).name, record.id)
        return Reply(204, headers=[(b"location", location.encode())])


def _entries(customer: Record) -> Sequence[Entry]:
    entries: Sequence[Entry] = customer.fields.get(ADDRESS_BOOK, ())
    return entries


def _book_url(request: Request, customer: Record) -> str:
    return f"{record_url(request.base_url, 'customer', customer.id)}/{ADDRESS_BOOK}"
