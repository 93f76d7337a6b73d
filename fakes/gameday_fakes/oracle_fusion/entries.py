"""The pod's records as a ledger: orders with their invoices, and the customers. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gameday_fakes import ledger
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.masters import INVOICES, ITEMS, ORGANIZATIONS
from gameday_fakes.oracle_fusion.receivables import invoices_of
from gameday_fakes.oracle_fusion.store import CANCELED, PodStore, sum_of

_DOCUMENT = ("date", "customer", "line.tax")
#: What the ledger states of every document.
STATED = (
    *_DOCUMENT,
    *(f"invoice.{name}" for name in ("date", "customer", "line.tax", "period", "lines")),
)


def entries(store: PodStore) -> Iterator[ledger.Entry]:
    """The orders that were submitted, as ledger entries, then the invoices that name no order."""
    for root in store.roots():
        order = store.in_force(root)
        if order is not None:
            yield order_entry(store, order)
    for invoice in store[INVOICES].records.values():
        if invoice.values["_order"] is None:
            yield _direct_entry(store, invoice)


def order_entry(store: PodStore, order: Record) -> ledger.Entry:
    """A version of an order as a ledger entry."""
    values, lines = order.values, store.lines(order)
    root = store.versions(values["_root"])[0]
    return ledger.Entry(
        id=f"{values['SourceTransactionSystem']}:{values['SourceTransactionId']}",
        keys=keys_of(values),
        state="cancelled" if values["StatusCode"] == CANCELED else "open",
        customer=_customer(store, values["BuyingPartyNumber"]),
        currency=values["TransactionalCurrencyCode"],
        total=sum_of(lines, "ExtendedAmount"),
        lines=tuple(_line(line.values) for line in lines if not line.values["CanceledFlag"]),
        time_s=root.values["_time_s"],
        changed_s=values["_changed_s"],
        date=_day(values["TransactionOn"].date()),
        invoices=tuple(invoice_entry(store, each) for each in invoices_of(store, values["_root"])),
    )


def _direct_entry(store: PodStore, invoice: Record) -> ledger.Entry:
    """An invoice that names no order: what it says of a deal is the cross reference."""
    values, stated = invoice.values, invoice_entry(store, invoice)
    reference = values["CrossReference"] or values["PurchaseOrder"]
    return ledger.Entry(
        id=stated.id,
        keys={"SourceTransactionNumber": reference} if reference else {},
        state="open",
        customer=stated.customer,
        currency=stated.currency,
        total=stated.total,
        lines=stated.lines,
        time_s=values["_time_s"],
        changed_s=values["_changed_s"],
        date=stated.date,
        invoices=(stated,),
    )


def invoice_entry(store: PodStore, invoice: Record) -> ledger.Invoice:
    """An invoice."""
    values, lines = invoice.values, store.children(INVOICES, invoice, "receivablesInvoiceLines")
    return ledger.Invoice(
        id=str(values["CustomerTransactionId"]),
        total=sum_of(lines, "LineAmount"),
        currency=values["InvoiceCurrencyCode"],
        time_s=values["_time_s"],
        period=_day(values["AccountingDate"])[:7],
        date=_day(values["TransactionDate"]),
        customer=_customer(store, values["BillToCustomerNumber"]),
        lines=tuple(_invoice_line(line.values) for line in lines),
    )


def restate_others(store: PodStore, invoiced: Iterable[int]) -> None:
    """State orders that others have booked with the invoices that the ERP itself has made of them."""
    for root in invoiced:
        order = store.in_force(root)
        if order is not None:
            entry = order_entry(store, order)
            booked = store.others.get(entry.id)
            if booked is not None:
                store.others[entry.id] = msgspec.structs.replace(booked, invoices=entry.invoices)


def customer_keys(store: PodStore) -> dict[str, dict[str, str]]:
    """The fields by which each customer can be matched to an account, by its business key."""
    keys = {}
    for record in store[ORGANIZATIONS].records.values():
        values = record.values
        names = ("PartyNumber", "SourceSystemReferenceValue", "OrganizationName")
        named = {name: values[name] for name in names if values[name]}
        keys[business_key(values)] = {"PartyId": str(values["PartyId"]), **named}
    return keys


def new_customers(store: PodStore) -> tuple[str, ...]:
    """The business keys of the customers that requests have added."""
    records = store[ORGANIZATIONS].records.values()
    return tuple(business_key(each.values) for each in records if each.values["_requested"])


def items(store: PodStore) -> tuple[str, ...]:
    """The numbers of the items that were there from the seed."""
    records = store[ITEMS].records.values()
    return tuple(each.values["ItemNumber"] for each in records if not each.values["_requested"])


def new_items(store: PodStore) -> dict[str, dict[str, str]]:
    """The names of each item that requests have added, by its id."""
    found = {}
    for record in store[ITEMS].records.values():
        if record.values["_requested"]:
            named = {name: record.values[name] for name in ("ItemNumber", "ItemDescription")}
            found[str(record.values["ItemId"])] = {name: value for name, value in named.items() if value}
    return found


def business_key(party: Mapping[str, Any]) -> str:
    """By what the ledger knows a customer: its id in the CRM, else its number."""
    return str(party["_key"] or party["SourceSystemReferenceValue"] or party["PartyNumber"])


def keys_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Every reference by which an order can be matched to its deal."""
    names = ("SourceTransactionNumber", "SourceTransactionId", "CustomerPONumber", "OrderNumber")
    return {name: values[name] for name in names if values[name]}


def _customer(store: PodStore, number: str) -> str:
    party = store.organization(number)
    return business_key(party.values) if party is not None else number


def _day(value: datetime.date | None) -> str:
    return value.isoformat() if value is not None else ""


def _line(values: Mapping[str, Any]) -> ledger.Line:
    return ledger.Line(
        values["ProductNumber"],
        values["OrderedQuantity"],
        values["UnitListPrice"],
        values["ExtendedAmount"],
        tax=values["TaxAmount"] if values["_taxed"] else None,
    )


def _invoice_line(values: Mapping[str, Any]) -> ledger.Line:
    return ledger.Line(
        values["ItemNumber"] or values["Description"],
        values["Quantity"],
        values["UnitSellingPrice"],
        values["LineAmount"],
        tax=values["_tax"] if values["_taxed"] else None,
    )
