"""The client's records as a ledger: orders with their invoices, and the customers. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes import ledger
from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.billing import invoices_of, items_of
from gameday_fakes.s4hana.masters import DESCRIPTION, PARTNER, PRODUCT
from gameday_fakes.s4hana.sales_order import ORDER
from gameday_fakes.s4hana.store import ClientStore

_DOCUMENT = ("date", "customer", "terms", "line.discount", "line.tax")
#: What the ledger states of every document.
STATED = (
    *_DOCUMENT,
    *(f"invoice.{name}" for name in ("date", "customer", "terms", "line.tax", "period", "lines")),
)
#: Terms of payment by their key; the names are those that CRMs and contracts have.
TERMS = {"0001": "Due on receipt", "NT15": "Net 15", "NT30": "Net 30", "NT60": "Net 60"}


def entries(store: ClientStore) -> Iterator[ledger.Entry]:
    """All orders as ledger entries."""
    for order in store[ORDER].records.values():
        yield order_entry(store, order)


def order_entry(store: ClientStore, order: Record) -> ledger.Entry:
    """An order as a ledger entry. One whose items are all rejected is cancelled."""
    values = order.values
    number = values["SalesOrder"]
    items = [item.values for item in store.items(number)]
    return ledger.Entry(
        id=number,
        keys=keys_of(values),
        state="cancelled" if values["OverallSDDocumentRejectionSts"] == "C" else "open",
        customer=_customer(store, values["SoldToParty"]),
        currency=values["TransactionCurrency"],
        total=values["TotalNetAmount"],
        lines=tuple(_line(store, each) for each in items if not each["SalesDocumentRjcnReason"]),
        time_s=values["_time_s"],
        changed_s=values["_changed_s"],
        date=_day(values["SalesOrderDate"]),
        invoices=tuple(invoice_entry(store, each) for each in invoices_of(store, number)),
        terms=TERMS.get(values["CustomerPaymentTerms"], values["CustomerPaymentTerms"]),
    )


def invoice_entry(store: ClientStore, document: Record) -> ledger.Invoice:
    """A posted invoice; one that was cancelled is credited in full."""
    values = document.values
    return ledger.Invoice(
        id=values["BillingDocument"],
        total=values["TotalNetAmount"],
        currency=values["TransactionCurrency"],
        time_s=values["_time_s"],
        period=_day(values["BillingDocumentDate"])[:7],
        date=_day(values["BillingDocumentDate"]),
        customer=_customer(store, values["SoldToParty"]),
        lines=tuple(_invoice_line(store, item.values) for item in items_of(store, document)),
        credited=values["TotalNetAmount"] if values["BillingDocumentIsCancelled"] else Decimal(0),
        terms=TERMS.get(values["CustomerPaymentTerms"], values["CustomerPaymentTerms"]),
    )


def restate_others(store: ClientStore, billed: Iterable[str]) -> None:
    """State orders that others have booked with the invoices that the ERP itself has made of them."""
    for number in billed:
        order, booked = store.get(ORDER, number), store.others.get(number)
        if order is not None and booked is not None:
            store.others[number] = msgspec.structs.replace(booked, invoices=order_entry(store, order).invoices)


def customer_keys(store: ClientStore) -> dict[str, dict[str, str]]:
    """The fields by which each customer can be matched to an account, by its business key."""
    keys = {}
    for record in store[PARTNER].records.values():
        names = ("BusinessPartner", "BusinessPartnerIDByExtSystem", "BusinessPartnerName")
        keys[business_key(record.values)] = {name: record.values[name] for name in names if record.values[name]}
    return keys


def new_customers(store: ClientStore) -> tuple[str, ...]:
    """The business keys of the customers that requests have added."""
    records = store[PARTNER].records.values()
    return tuple(business_key(each.values) for each in records if each.values["_requested"])


def items(store: ClientStore) -> tuple[str, ...]:
    """The products that were there from the seed."""
    records = store[PRODUCT].records.values()
    return tuple(each.values["_sku"] or each.values["Product"] for each in records if not each.values["_requested"])


def new_items(store: ClientStore) -> dict[str, dict[str, str]]:
    """The names of each product that requests have added, by its number."""
    found = {}
    for record in store[PRODUCT].records.values():
        if record.values["_requested"]:
            number = record.values["Product"]
            texts = store[DESCRIPTION].find(("Product",), (number,))
            named = {"Product": number, "ProductDescription": texts[0].values["ProductDescription"] if texts else ""}
            found[number] = {name: value for name, value in named.items() if value}
    return found


def business_key(partner: Mapping[str, Any]) -> str:
    """By what the ledger knows a customer: its id in the CRM, else its number."""
    return str(partner["_key"] or partner["BusinessPartnerIDByExtSystem"] or partner["BusinessPartner"])


def keys_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Every reference by which an order can be matched to its deal."""
    names = ("PurchaseOrderByCustomer", "ExternalDocumentID", "SalesOrder")
    return {name: values[name] for name in names if values[name]}


def _customer(store: ClientStore, number: str) -> str:
    partner = store.partner_of(number)
    return business_key(partner.values) if partner is not None else number


def _day(value: datetime.datetime | None) -> str:
    return value.date().isoformat() if value is not None else ""


def _line(store: ClientStore, values: Mapping[str, Any]) -> ledger.Line:
    return _stated(store, values, values["RequestedQuantity"])


def _invoice_line(store: ClientStore, values: Mapping[str, Any]) -> ledger.Line:
    return _stated(store, values, values["BillingQuantity"])


def _stated(store: ClientStore, values: Mapping[str, Any], quantity: Decimal) -> ledger.Line:
    return ledger.Line(
        store.sku_of(values["Material"]),
        quantity,
        values["_unit_price"] or Decimal(0),
        values["NetAmount"],
        discount=values["_percent"],
        tax=values["TaxAmount"] if values["_taxed"] else None,
    )
