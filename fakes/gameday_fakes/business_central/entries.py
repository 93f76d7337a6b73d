"""The company's records as a ledger: orders with their invoices, and the customers. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.posting import is_direct
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.odata.records import Record

_DOCUMENT = ("date", "customer", "terms", "line.discount", "line.tax")
#: What the ledger states of every document.
STATED = (
    *_DOCUMENT,
    *(f"invoice.{name}" for name in ("date", "customer", "terms", "line.tax", "period", "lines")),
)
#: Statuses of invoices and credit memos that have not been posted.
_UNPOSTED = ("Draft", "In Review", " ")


def entries(store: CompanyStore) -> Iterator[ledger.Entry]:
    """All orders as ledger entries, then the invoices that were made without one."""
    for order, lines, is_there in store.orders():
        yield order_entry(store, order, lines, is_there=is_there)
    for invoice in store["salesInvoices"].records.values():
        if is_direct(invoice.values):
            yield _direct_entry(store, invoice)


def order_entry(store: CompanyStore, order: Record, lines: Sequence[Record], *, is_there: bool = True) -> ledger.Entry:
    """An order as a ledger entry. One that has left the orders is cancelled if all of its invoices are."""
    values = order.values
    invoices = tuple(invoice_entry(store, each) for each in _invoices_of(store, values["id"]))
    is_open = is_there or any(invoice.is_open for invoice in invoices)
    return _entry(store, values, lines, is_open=is_open, date=values["orderDate"], invoices=invoices)


def _direct_entry(store: CompanyStore, invoice: Record) -> ledger.Entry:
    values = invoice.values
    lines = store.lines("salesInvoices", values["id"])
    posted = is_posted(values)
    stated = (invoice_entry(store, invoice),) if posted else ()
    is_open = not posted or any(each.is_open for each in stated)
    return _entry(store, values, lines, is_open=is_open, date=values["invoiceDate"], invoices=stated)


def _entry(
    store: CompanyStore,
    values: Mapping[str, Any],
    lines: Sequence[Record],
    *,
    is_open: bool,
    date: Any,
    invoices: tuple[ledger.Invoice, ...],
) -> ledger.Entry:
    """A document that has an order's fields."""
    return ledger.Entry(
        id=values["id"],
        keys=keys_of(values),
        state="open" if is_open else "cancelled",
        customer=_customer(store, values),
        currency=values["currencyCode"],
        total=values["totalAmountExcludingTax"],
        lines=_lines(lines),
        time_s=values["_time_s"],
        changed_s=values["_changed_s"],
        date=_day(date),
        invoices=invoices,
        terms=_terms(store, values),
    )


def invoice_entry(store: CompanyStore, invoice: Record) -> ledger.Invoice:
    """A posted invoice."""
    values = invoice.values
    credited, credited_tax = credited_of(store, values["id"])
    paid = Decimal(0)
    if values["status"] == "Paid":
        paid = values["totalAmountIncludingTax"] if not credited else Decimal(0)
    return ledger.Invoice(
        id=values["id"],
        total=values["totalAmountExcludingTax"],
        currency=values["currencyCode"],
        time_s=values["_time_s"],
        period=_day(values["postingDate"])[:7],
        date=_day(values["invoiceDate"]),
        customer=_customer(store, values),
        lines=_lines(store.lines("salesInvoices", values["id"])),
        credited=credited,
        credited_tax=credited_tax,
        paid=paid,
        terms=_terms(store, values),
    )


def is_posted(document: Mapping[str, Any]) -> bool:
    """Whether an invoice or a credit memo has been posted."""
    return document["status"] not in _UNPOSTED


def credited_of(store: CompanyStore, invoice: str) -> tuple[Decimal, Decimal | None]:
    """What posted credit memos have taken back of an invoice, without tax, and the tax; None without any."""
    memos = store["salesCreditMemos"].find(("invoiceId",), (invoice,))
    counted = [memo.values for memo in memos if is_posted(memo.values) and memo.values["status"] != "Canceled"]
    net, gross = (
        sum((values[name] for values in counted), Decimal(0))
        for name in ("totalAmountExcludingTax", "totalAmountIncludingTax")
    )
    return net, gross - net if counted else None


def customer_keys(store: CompanyStore) -> dict[str, dict[str, str]]:
    """The fields by which each customer can be matched to an account, by its business key."""
    keys = {}
    for record in store["customers"].records.values():
        values = record.values
        named = {
            "id": values["id"],
            "number": values["_written"] or values["number"],
            "displayName": values["displayName"],
        }
        keys[business_key(values)] = {name: value for name, value in named.items() if value}
    return keys


def new_customers(store: CompanyStore) -> tuple[str, ...]:
    """The business keys of the customers that requests have added."""
    records = store["customers"].records.values()
    return tuple(business_key(each.values) for each in records if each.values["_requested"])


def items(store: CompanyStore) -> tuple[str, ...]:
    """The numbers of the items that were there from the seed."""
    records = store["items"].records.values()
    return tuple(each.values["number"] for each in records if not each.values["_requested"])


def new_items(store: CompanyStore) -> dict[str, dict[str, str]]:
    """The names of each item that requests have added, by its id."""
    found = {}
    for record in store["items"].records.values():
        if record.values["_requested"]:
            named = {name: record.values[name] for name in ("number", "displayName")}
            found[record.values["id"]] = {name: value for name, value in named.items() if value}
    return found


def business_key(customer: Mapping[str, Any]) -> str:
    """By what the ledger knows a customer: its id in the CRM, else its number as it was written."""
    return str(customer["_key"] or customer["_written"] or customer["number"])


def keys_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Every reference by which a document can be matched to its deal."""
    keys = {"externalDocumentNumber": values["_external"], "number": values["number"]}
    return {name: value for name, value in keys.items() if value}


def _invoices_of(store: CompanyStore, order: str) -> list[Record]:
    return store["salesInvoices"].find(("orderId",), (order,))


def _customer(store: CompanyStore, values: Mapping[str, Any]) -> str:
    record = store.customer_of(values)
    return business_key(record.values) if record is not None else str(values["customerNumber"])


def _terms(store: CompanyStore, values: Mapping[str, Any]) -> str:
    id_ = values["paymentTermsId"]
    record = store.get("paymentTerms", id_) if id_ not in (None, NO_ID) else None
    return str(record.values["displayName"]) if record is not None else ""


def _day(value: datetime.date | None) -> str:
    return value.isoformat() if value is not None else ""


def _lines(lines: Sequence[Record]) -> tuple[ledger.Line, ...]:
    return tuple(_line(line.values) for line in lines if line.values["lineType"] != "Comment")


def _line(values: Mapping[str, Any]) -> ledger.Line:
    return ledger.Line(
        values["lineObjectNumber"] or values["description"],
        values["quantity"],
        values["unitPrice"],
        values["netAmount"],
        discount=values["discountPercent"],
        tax=values["netTaxAmount"] if values["taxCode"] else None,
    )
