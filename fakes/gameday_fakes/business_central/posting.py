"""Posting: from order to invoice, from draft to posted document, cancelling and crediting. No HTTP here.

Source: learn.microsoft.com, the bound actions of "salesOrder resource type", "salesInvoice resource type" and
"salesCreditMemo resource type". That posting deletes an order which is invoiced in full follows from "Delete Invoiced
Sales Orders", which is for those that posting leaves; that it can then no longer be found among ``salesOrders`` is [R].
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.documents import Documents
from gameday_fakes.business_central.errors import refused
from gameday_fakes.business_central.schema import LINES_OF, SCHEMA
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.odata.model import Operation
from gameday_fakes.odata.records import Record

_POSTED = {"salesInvoices": "postedInvoices", "salesCreditMemos": "postedCreditMemos"}


class Posting:
    """Carries out the bound actions. ``written`` are the documents that the last one has made or changed."""

    def __init__(self, store: CompanyStore, documents: Documents) -> None:
        self._store = store
        self._documents = documents
        self.written: list[tuple[str, Record]] = []

    def act(self, operation: Operation, record: Record) -> None:
        """Carry out an action on a document. Raises ODataError."""
        self.written = []
        match operation.on, operation.name:
            case "salesOrders", _:
                self.ship_and_invoice(record)
            case on, "post" | "postAndSend":
                self.post(on, record)
            case "salesInvoices", "cancel" | "cancelAndSend":
                self.cancel(record)
            case "salesInvoices", "makeCorrectiveCreditMemo":
                self._need_posted(record)
                self._credit_memo(record, posted=False)
            case "salesCreditMemos", "cancel" | "cancelAndSend":
                self._cancel_credit_memo(record)
            case _:
                # Sending changes nothing that the API shows.
                pass

    def ship_and_invoice(self, order: Record) -> Record:
        """Post the whole order: it becomes an invoice, and leaves ``salesOrders``. Raises ODataError."""
        store = self._store
        lines = store.lines("salesOrders", order.values["id"])
        self._need_postable(order, [line.values for line in lines])
        given = _shared(order.values, "salesInvoices") | {
            "invoiceDate": order.values["orderDate"],
            "dueDate": order.values["postingDate"],
            "postingDate": order.values["postingDate"],
            "customerPurchaseOrderReference": "",
            "orderId": order.values["id"],
            "orderNumber": order.values["number"],
            "number": store.next_number("postedInvoices"),
            "status": "Open",
            "remainingAmount": order.values["totalAmountIncludingTax"],
            "_external": order.values["_external"],
        }
        invoice = store.add("salesInvoices", given)
        self._copy_lines(lines, "salesInvoices", invoice)
        shipped = {"fullyShipped": True, "status": "Open"}
        for line in lines:
            quantity = line.values["quantity"]
            store.change(LINES_OF["salesOrders"], line, shippedQuantity=quantity, invoicedQuantity=quantity)
        store.archive(store.put("salesOrders", store.stamped({**order.values, **shipped})))
        self.written = [("salesInvoices", invoice)]
        return invoice

    def post(self, name: str, record: Record) -> None:
        """Post a draft. Raises ODataError."""
        store = self._store
        if record.values["status"] != "Draft":
            raise refused("dialog", "The document is already posted.")
        self._need_postable(record, [line.values for line in store.lines(name, record.values["id"])])
        changed = {"number": store.next_number(_POSTED[name]), "status": "Open"}
        if name == "salesInvoices":
            changed["remainingAmount"] = record.values["totalAmountIncludingTax"]
        posted = store.put(name, store.stamped({**record.values, **changed, "_time_s": store.clock.now_s()}))
        self.written = [(name, posted)]
        if name == "salesCreditMemos":
            self._apply(posted)

    def cancel(self, invoice: Record) -> None:
        """Cancel a posted invoice by a corrective credit memo that is posted at once. Raises ODataError."""
        self._need_posted(invoice)
        memo = self._credit_memo(invoice, posted=True)
        store = self._store
        canceled = {"status": "Canceled", "remainingAmount": Decimal(0)}
        invoice = store.put("salesInvoices", store.stamped({**invoice.values, **canceled}))
        self.written = [("salesInvoices", invoice), ("salesCreditMemos", memo)]

    def _cancel_credit_memo(self, memo: Record) -> None:
        store = self._store
        if memo.values["status"] not in ("Open", "Corrective", "Paid"):
            raise refused("dialog", "You cannot cancel this posted sales credit memo because it is not posted.")
        store.need_open(memo.values["postingDate"])
        invoice = store.get("salesInvoices", memo.values["invoiceId"])
        memo = store.put("salesCreditMemos", store.stamped({**memo.values, "status": "Canceled"}))
        self.written = [("salesCreditMemos", memo)]
        if invoice is not None:
            opened = {"status": "Open", "remainingAmount": invoice.values["totalAmountIncludingTax"]}
            invoice = store.put("salesInvoices", store.stamped({**invoice.values, **opened}))
            self.written.append(("salesInvoices", invoice))

    def _credit_memo(self, invoice: Record, *, posted: bool) -> Record:
        """A credit memo over the whole invoice."""
        store, today = self._store, self._store.today()
        if posted:
            store.need_open(today)
        given = _shared(invoice.values, "salesCreditMemos") | {
            "creditMemoDate": today,
            "postingDate": today,
            "dueDate": today,
            "invoiceId": invoice.values["id"],
            "invoiceNumber": invoice.values["number"],
            "number": store.next_number("postedCreditMemos" if posted else "salesCreditMemos"),
            "status": "Corrective" if posted else "Draft",
            "_external": invoice.values["_external"],
        }
        memo = store.add("salesCreditMemos", given)
        self._copy_lines(store.lines("salesInvoices", invoice.values["id"]), "salesCreditMemos", memo)
        self.written = [("salesCreditMemos", memo)]
        return memo

    def _apply(self, memo: Record) -> None:
        """Take a posted credit memo off the invoice that it names."""
        store = self._store
        invoice = store.get("salesInvoices", memo.values["invoiceId"])
        if invoice is None or invoice.values["status"] != "Open":
            return
        left = max(Decimal(0), invoice.values["remainingAmount"] - memo.values["totalAmountIncludingTax"])
        changed = {"remainingAmount": left, "status": "Open" if left else "Paid"}
        invoice = store.put("salesInvoices", store.stamped({**invoice.values, **changed}))
        self.written.append(("salesInvoices", invoice))

    def _need_posted(self, invoice: Record) -> None:
        if invoice.values["status"] not in ("Open", "Paid"):
            raise refused("dialog", "You cannot cancel this posted sales invoice because it has not been posted.")

    def _need_postable(self, record: Record, lines: list[Mapping[str, Any]]) -> None:
        if not any(line["quantity"] for line in lines):
            raise refused("dialog", "There is nothing to post.")
        self._store.need_open(record.values["postingDate"])
        customer = self._store.customer_of(record.values)
        if customer is not None:
            self._documents.need_unblocked(customer, ("All", "Invoice", "Ship"))

    def _copy_lines(self, lines: list[Record], name: str, to: Record) -> None:
        of = SCHEMA.sets[LINES_OF[name]]
        for line in lines:
            given = {key: value for key, value in line.values.items() if key in of.properties}
            self._store.add(of.name, {**given, "id": self._store.new_id(), "documentId": to.values["id"]})


def _shared(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a document has of another one: the properties that both have, without what identifies it."""
    own = {"id", "number", "status", "lastModifiedDateTime", "orderId", "orderNumber", "invoiceId", "invoiceNumber"}
    return {key: values[key] for key in SCHEMA.sets[name].properties if key in values and key not in own}


def is_direct(invoice: Mapping[str, Any]) -> bool:
    """Whether an invoice was made without an order."""
    return invoice["orderId"] in (None, NO_ID)
