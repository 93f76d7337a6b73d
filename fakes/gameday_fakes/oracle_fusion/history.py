"""What a write has done to a document, as an event of the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.entries import invoice_entry, keys_of, order_entry
from gameday_fakes.oracle_fusion.masters import INVOICES
from gameday_fakes.oracle_fusion.orders import deal_of
from gameday_fakes.oracle_fusion.sales_order import ORDERS
from gameday_fakes.oracle_fusion.service import Change
from gameday_fakes.oracle_fusion.store import PodStore


def event_of(store: PodStore, changed: Sequence[Change], status: int) -> tuple[str, dict[str, Any]] | None:
    """The event of a write of an order or an invoice; None for any other, and for a draft that is not in force."""
    for name, record, kind in changed:
        if name == ORDERS and kind != "deleted":
            order = store.in_force(record.values["_root"])
            if order is not None and order.values["HeaderId"] == record.values["HeaderId"]:
                return "order_write", _order(store, order, status)
        if name == INVOICES:
            return "invoice_write", _invoice(store, record, kind, status)
    return None


def _order(store: PodStore, order: Record, status: int) -> dict[str, Any]:
    entry = order_entry(store, order)
    return {
        **_shared(order, status),
        "order": entry.id,
        "operation": "order.write",
        "total": str(entry.total),
        "content": ledger.content_of(entry),
        "state": entry.state,
    }


def _invoice(store: PodStore, invoice: Record, kind: str, status: int) -> dict[str, Any]:
    entry, root = invoice_entry(store, invoice), invoice.values["_order"]
    order = store.in_force(root) if root is not None else None
    reference = invoice.values["CrossReference"] or ""
    shared: dict[str, Any] = {
        "deal": reference,
        "keys": {},
        "status": status,
        "error": "server_error" if status >= 400 else "",
    }
    return {
        **(_shared(order, status) if order is not None else shared),
        "invoice": entry.id,
        "order": order_entry(store, order).id if order is not None else "",
        "operation": "invoice.write",
        "total": str(entry.total),
        "currency": entry.currency,
        "content": ledger.content_of(entry),
        "state": "deleted" if kind == "deleted" else "open",
    }


def _shared(order: Record, status: int) -> dict[str, Any]:
    return {
        "deal": deal_of(order),
        "keys": keys_of(order.values),
        "status": status,
        "currency": order.values["TransactionalCurrencyCode"],
        "error": "server_error" if status >= 400 else "",
    }
