"""What a write has done to a document, as an event of the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.business_central.entries import invoice_entry, is_posted, keys_of, order_entry
from gameday_fakes.business_central.schema import DOCUMENT_OF, DOCUMENTS, EVENTS, SUBJECTS
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.odata.records import Record

#: The entity set, the record and what became of it: created, updated or deleted.
Change = tuple[str, Record, str]


def event_of(
    store: CompanyStore, word: str, changed: Sequence[Change], status: int
) -> tuple[str, dict[str, Any]] | None:
    """The event of a write that the history calls ``word``; None if it has written no such document.

    A write of a line is one of its order. A draft of an invoice or a credit memo is no event until it is posted.
    """
    for name, record, kind in changed:
        document = DOCUMENT_OF.get(name, name)
        if document not in DOCUMENTS or EVENTS[SUBJECTS[document]] != word:
            continue
        now: Record | None = record
        if name in DOCUMENT_OF:
            now, kind = store.get(document, record.values["documentId"]), "updated"  # noqa: PLW2901 - of the document
        elif kind != "deleted":
            now = store.get(name, record.values["id"])
        if now is None:
            continue
        event = (
            _order(store, now, kind, status) if document == "salesOrders" else _invoice(store, document, now, status)
        )
        if event is not None:
            return word, event
    return None


def _order(store: CompanyStore, record: Record, kind: str, status: int) -> dict[str, Any]:
    entry = order_entry(store, record, store.lines("salesOrders", record.values["id"]))
    return {
        **_shared(record, status),
        "order": entry.id,
        "operation": "order.write",
        "content": ledger.content_of(entry),
        "state": "deleted" if kind == "deleted" else "open",
    }


def _invoice(store: CompanyStore, name: str, record: Record, status: int) -> dict[str, Any] | None:
    if name == "salesCreditMemos":
        # What a credit memo takes back is a change of its invoice.
        invoice = store.get("salesInvoices", record.values["invoiceId"])
        if invoice is None or not is_posted(record.values):
            return None
        record = invoice
    if not is_posted(record.values):
        return None
    entry = invoice_entry(store, record)
    content = ledger.less_credited(ledger.content_of(entry), entry.credited)
    return {
        **_shared(record, status),
        "invoice": entry.id,
        "order": record.values["orderId"],
        "operation": "invoice.write",
        "content": content,
        "state": "open" if entry.is_open else "credited",
    }


def _shared(record: Record, status: int) -> dict[str, Any]:
    values = record.values
    return {
        "deal": values["_external"] or values["number"],
        "keys": keys_of(values),
        "status": status,
        "total": str(values["totalAmountExcludingTax"]),
        "currency": values["currencyCode"],
        "error": "server_error" if status >= 400 else "",
    }
