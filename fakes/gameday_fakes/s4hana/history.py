"""What a write has done to a document, as an event of the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.billing import is_invoice, orders_of
from gameday_fakes.s4hana.billing_document import DOCUMENT
from gameday_fakes.s4hana.entries import invoice_entry, keys_of, order_entry
from gameday_fakes.s4hana.pricing import deal_of
from gameday_fakes.s4hana.sales_order import ORDER
from gameday_fakes.s4hana.schema import ORDER_SETS
from gameday_fakes.s4hana.service import Change
from gameday_fakes.s4hana.store import ClientStore


def event_of(
    store: ClientStore, word: str, changed: Sequence[Change], status: int
) -> tuple[str, dict[str, Any]] | None:
    """The event of a write that the history calls ``word``; None if it has written no such document.

    A write of an item is one of its order.
    """
    for name, record, kind in changed:
        if word == "order_write" and name in ORDER_SETS:
            gone = name == ORDER and kind == "deleted"
            order = record if gone else store.get(ORDER, record.values["SalesOrder"])
            if order is not None:
                return word, _order(store, order, status, gone=gone)
        if word == "invoice_write" and name == DOCUMENT and is_invoice(record.values):
            return word, _invoice(store, record, status)
    return None


def _order(store: ClientStore, order: Record, status: int, *, gone: bool) -> dict[str, Any]:
    entry = order_entry(store, order)
    return {
        **_shared(order, status),
        "order": entry.id,
        "operation": "order.write",
        "total": str(entry.total),
        "content": ledger.content_of(entry),
        "state": "deleted" if gone else entry.state,
    }


def _invoice(store: ClientStore, document: Record, status: int) -> dict[str, Any]:
    entry, order = invoice_entry(store, document), next(orders_of(store, document), None)
    shared = _shared(order, status) if order is not None else {"deal": "", "keys": {}, "status": status, "error": ""}
    content = ledger.less_credited(ledger.content_of(entry), entry.credited)
    return {
        **shared,
        "invoice": entry.id,
        "order": order.values["SalesOrder"] if order is not None else "",
        "operation": "invoice.write",
        "total": str(entry.total),
        "currency": entry.currency,
        "content": content,
        "state": "open" if entry.is_open else "credited",
    }


def _shared(order: Record, status: int) -> dict[str, Any]:
    return {
        "deal": deal_of(order),
        "keys": keys_of(order.values),
        "status": status,
        "currency": order.values["TransactionCurrency"],
        "error": "server_error" if status >= 400 else "",
    }
