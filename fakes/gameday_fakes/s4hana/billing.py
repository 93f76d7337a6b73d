"""Billing: from orders to billing documents, their posting to accounting, and cancelling. No HTTP here.

Sources: SAP Help Portal, "Billing" in Sales; SAP Business Accelerator Hub, "Billing Document - Read, Cancel": a
cancelled document stays, with a cancellation document beside it. A billing document whose date is in a closed period is
created, and not posted: which posting status it then has is [R].
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.account import COMPANY_CODE
from gameday_fakes.s4hana.billing_document import DOCUMENT, DOCUMENT_ITEM
from gameday_fakes.s4hana.errors import Refused
from gameday_fakes.s4hana.orders import BLOCKED
from gameday_fakes.s4hana.pricing import deal_of
from gameday_fakes.s4hana.sales_order import ITEM, ORDER
from gameday_fakes.s4hana.store import ClientStore

INVOICE, CANCELLATION = "F2", "S1"
#: Statuses of the posting: the accounting document is there, it could not be created.
POSTED, NOT_POSTED = "C", "B"


class Billing:
    """Bills orders and cancels billing documents.

    ``billed`` are the numbers of orders that were billed since, ``unposted`` the deals of those whose billing document
    could not be posted.
    """

    def __init__(self, store: ClientStore) -> None:
        self._store = store
        self.billed: list[str] = []
        self.unposted: list[str] = []

    def run(self) -> None:
        """The billing run: orders that are due are billed as of then, or as of their last change.

        It also releases to accounting what was billed while its period was closed.
        """
        store, after_s = self._store, self._store.settings.bill_after_s
        if after_s is None:
            return
        now_s = store.clock.now_s()
        for order in store[ORDER].find(("OverallOrdReltdBillgStatus",), ("A",)):
            due_s = order.values["_time_s"] + after_s
            if due_s <= now_s and not self.obstacle(order):
                # One that was released or completed later is billed then.
                self.bill(order, time_s=max(due_s, order.values["_changed_s"]))
        noted = set(store.state.hits)
        for document in store[DOCUMENT].find(("AccountingPostingStatus",), (NOT_POSTED,)):
            held = not document.values["BillingDocumentIsCancelled"]
            if held and store.is_open(document.values["BillingDocumentDate"]):
                self.post(document)
                self.billed += [order.values["SalesOrder"] for order in orders_of(store, document)]
        # A period that is still closed makes no further difference.
        store.state.hits = noted

    def obstacle(self, order: Record) -> str:
        """Why an order cannot be billed; empty if it can."""
        values = order.values
        if values["_incomplete"]:
            return "the order is incomplete"
        if values["TotalCreditCheckStatus"] == BLOCKED:
            return "the order has a credit block"
        if values["HeaderBillingBlockReason"]:
            return "the order has a billing block"
        return "" if self._billable(values["SalesOrder"]) else "the order has no item to be billed"

    def _billable(self, order: str) -> list[Mapping[str, Any]]:
        items = [item.values for item in self._store.items(order)]
        return [each for each in items if not each["SalesDocumentRjcnReason"] and not each["ItemBillingBlockReason"]]

    def bill(self, order: Record, date: datetime.datetime | None = None, *, time_s: float | None = None) -> Record:
        """The billing document of an order, posted if its period is open. Raises Refused."""
        problem = self.obstacle(order)
        if problem:
            raise Refused("not_billable", f"Sales order {order.values['SalesOrder']} was not billed: {problem}")
        store, values = self._store, order.values
        items = self._billable(values["SalesOrder"])
        day = date or values["SalesOrderDate"]
        net = sum((each["NetAmount"] for each in items), Decimal(0))
        tax = sum((each["TaxAmount"] for each in items), Decimal(0))
        header = {
            "BillingDocument": store.next_number(DOCUMENT),
            "BillingDocumentType": INVOICE,
            "SalesOrganization": values["SalesOrganization"],
            "DistributionChannel": values["DistributionChannel"],
            "Division": values["OrganizationDivision"],
            "BillingDocumentDate": day,
            "TotalNetAmount": net,
            "TaxAmount": tax,
            "TotalGrossAmount": net + tax,
            "TransactionCurrency": values["TransactionCurrency"],
            "CustomerPaymentTerms": values["CustomerPaymentTerms"],
            "SoldToParty": values["SoldToParty"],
            "PayerParty": values["SoldToParty"],
            "CompanyCode": COMPANY_CODE,
            "FiscalYear": str(day.year),
            "PurchaseOrderByCustomer": values["PurchaseOrderByCustomer"],
            "AssignmentReference": values["AssignmentReference"],
            "_time_s": store.clock.now_s() if time_s is None else time_s,
        }
        document = store.add(DOCUMENT, {**header, **self._posting(day)})
        if document.values["AccountingPostingStatus"] != POSTED:
            self.unposted.append(deal_of(order))
        for place, each in enumerate(items, start=1):
            store.add(DOCUMENT_ITEM, _item(document, str(place * 10), each))
        for item in store.items(values["SalesOrder"]):
            store.change(ITEM, item, OrderRelatedBillingStatus="C", SDProcessStatus="C")
        billed = {"OverallOrdReltdBillgStatus": "C", "OverallSDProcessStatus": "C"}
        store.put(ORDER, store.stamped({**values, **billed}))
        self.billed.append(values["SalesOrder"])
        return document

    def post(self, document: Record) -> Record:
        """Release a billing document to accounting. Raises Refused for a closed period."""
        values = document.values
        posting = self._posting(values["BillingDocumentDate"])
        if posting["AccountingPostingStatus"] != POSTED:
            day = values["BillingDocumentDate"]
            raise Refused("closed_period", f"Posting period {day:%m} {day:%Y} is not open")
        now_s = self._store.clock.now_s()
        return self._store.put(DOCUMENT, self._store.stamped({**values, **posting, "_time_s": now_s}))

    def _posting(self, day: datetime.datetime) -> dict[str, str]:
        if not self._store.is_open(day):
            return {"AccountingPostingStatus": NOT_POSTED, "AccountingTransferStatus": NOT_POSTED}
        posted = dict.fromkeys(("AccountingPostingStatus", "AccountingTransferStatus", "OverallBillingStatus"), POSTED)
        return {**posted, "AccountingDocument": self._store.next_number("accounting")}

    def cancel(self, document: Record) -> Record:
        """Cancel a billing document by one of its own, of today. Raises Refused."""
        store, values = self._store, document.values
        if values["BillingDocumentIsCancelled"] or values["BillingDocumentType"] != INVOICE:
            raise Refused("not_billable", f"Billing document {values['BillingDocument']} cannot be cancelled")
        today = store.today()
        if not store.is_open(today):
            raise Refused("closed_period", f"Posting period {today:%m} {today:%Y} is not open")
        shown = {name: value for name, value in values.items() if name in store[DOCUMENT].of.properties}
        cancelled = {
            **shown,
            **self._posting(today),
            "BillingDocument": store.next_number(DOCUMENT),
            "BillingDocumentType": CANCELLATION,
            "SDDocumentCategory": "N",
            "BillingDocumentDate": today,
            "CreationDate": today,
            "FiscalYear": str(today.year),
            "CancelledBillingDocument": values["BillingDocument"],
        }
        cancellation = store.add(DOCUMENT, cancelled)
        for item in items_of(store, document):
            kept = {name: value for name, value in item.values.items() if name in store[DOCUMENT_ITEM].of.properties}
            number = cancellation.values["BillingDocument"]
            store.add(DOCUMENT_ITEM, {**kept, "BillingDocument": number})
        store.put(DOCUMENT, store.stamped({**values, "BillingDocumentIsCancelled": True}))
        for order in orders_of(store, document):
            for item in store.items(order.values["SalesOrder"]):
                store.change(ITEM, item, OrderRelatedBillingStatus="A", SDProcessStatus="A")
            reopened = {"OverallOrdReltdBillgStatus": "A", "OverallSDProcessStatus": "A"}
            store.put(ORDER, store.stamped({**order.values, **reopened}))
        return cancellation


def _item(document: Record, number: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "BillingDocument": document.values["BillingDocument"],
        "BillingDocumentItem": number,
        "SalesDocument": item["SalesOrder"],
        "SalesDocumentItem": item["SalesOrderItem"],
        "ReferenceSDDocument": item["SalesOrder"],
        "Material": item["Material"],
        "BillingDocumentItemText": item["SalesOrderItemText"],
        "BillingQuantity": item["RequestedQuantity"],
        "BillingQuantityUnit": item["RequestedQuantityUnit"],
        "NetAmount": item["NetAmount"],
        "TaxAmount": item["TaxAmount"],
        "GrossAmount": item["NetAmount"] + item["TaxAmount"],
        "TransactionCurrency": item["TransactionCurrency"],
        "_unit_price": item["_unit_price"],
        "_percent": item["_percent"],
        "_taxed": item["_taxed"],
    }


def items_of(store: ClientStore, document: Record) -> list[Record]:
    """The items of a billing document, by their numbers."""
    found = store[DOCUMENT_ITEM].find(("BillingDocument",), (document.values["BillingDocument"],))
    return sorted(found, key=lambda item: int(item.values["BillingDocumentItem"]))


def orders_of(store: ClientStore, document: Record) -> Iterator[Record]:
    """The orders that a billing document bills."""
    for number in dict.fromkeys(item.values["SalesDocument"] for item in items_of(store, document)):
        order = store.get(ORDER, number)
        if order is not None:
            yield order


def invoices_of(store: ClientStore, order: str) -> list[Record]:
    """The posted invoices of an order, cancelled ones too."""
    items = store[DOCUMENT_ITEM].find(("SalesDocument",), (order,))
    numbers = dict.fromkeys(item.values["BillingDocument"] for item in items)
    found = [store[DOCUMENT].records[number,] for number in numbers]
    return [each for each in found if is_invoice(each.values)]


def is_invoice(values: Mapping[str, Any]) -> bool:
    """Whether a billing document is an invoice that accounting has."""
    return (values["BillingDocumentType"], values["AccountingPostingStatus"]) == (INVOICE, POSTED)
