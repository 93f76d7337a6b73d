"""Restoring orders and invoices from a ledger, for a sandbox in which a run's damage is repaired. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.fake import ControlError
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.account import BUSINESS_UNIT, BUSINESS_UNIT_ID
from gameday_fakes.oracle_fusion.entries import business_key
from gameday_fakes.oracle_fusion.masters import INVOICE_LINES, INVOICES, ITEMS, ORGANIZATIONS
from gameday_fakes.oracle_fusion.orders import Orders
from gameday_fakes.oracle_fusion.sales_order import LINES, ORDERS
from gameday_fakes.oracle_fusion.store import CANCELED, OPEN, PodStore


def restore(store: PodStore, orders: Orders, restored: ledger.Ledger) -> None:
    """Add the orders with their invoices, with the ids and times in the ledger, and customers and items added later.

    The others are those of the seed. Raises ControlError, and adds nothing, if an order exists already or its customer
    does not; the text names the order.
    """
    with store.transaction():
        for key in restored.new_customers or ():
            _customer(store, key, restored.customers.get(key, {}))
        for id_, names in restored.new_items.items():
            if store.item(names.get("ItemNumber", "")) is None:
                store.add(ITEMS, {"ItemId": int(id_), **names}, requested=True)
        by_key = {business_key(each.values): each for each in store[ORGANIZATIONS].records.values()}
        for entry in restored.entries:
            customer = by_key.get(entry.customer)
            if customer is None:
                raise ControlError(
                    f"order {entry.id!r} is of customer {entry.customer!r}, who is not there: seed first"
                )
            if store.latest(entry.id) is not None or _invoice_with(store, entry.id) is not None:
                raise ControlError(f"order {entry.id!r} is there already")
            _document(store, orders, entry, customer)
    store.others.update({entry.id: entry for entry in restored.others})


def _invoice_with(store: PodStore, id_: str) -> Record | None:
    return store.get(INVOICES, int(id_)) if id_.isascii() and id_.isdigit() else None


def _customer(store: PodStore, key: str, names: Mapping[str, str]) -> None:
    number = names.get("PartyNumber", key)
    if store.organization(number) is None:
        known = {name: value for name, value in names.items() if name != "PartyId"}
        id_ = {"PartyId": int(names["PartyId"])} if names.get("PartyId", "").isdigit() else {}
        store.add(ORGANIZATIONS, {"PartyNumber": number, "_key": key, **known, **id_}, requested=True)


def _document(store: PodStore, orders: Orders, entry: ledger.Entry, customer: Record) -> None:
    """An order with its invoices; or an invoice that names no order."""
    if any(invoice.id == entry.id for invoice in entry.invoices):
        for invoice in entry.invoices:
            _invoice(store, invoice, entry, customer, None)
        return
    order = _order(store, entry, customer)
    orders.sum_up(order)
    store.put(ORDERS, {**store.current(ORDERS, order).values, "_changed_s": entry.changed_s})
    for invoice in entry.invoices:
        _invoice(store, invoice, entry, customer, order)


def _order(store: PodStore, entry: ledger.Entry, customer: Record) -> Record:
    system, _, source = entry.id.partition(":")
    id_, gone = store.new_id(), entry.state == "cancelled"
    header = {
        "HeaderId": id_,
        "OrderKey": entry.id,
        "OrderNumber": entry.keys.get("OrderNumber") or store.next_number("order"),
        "SourceTransactionNumber": entry.keys.get("SourceTransactionNumber", source),
        "SourceTransactionSystem": system,
        "SourceTransactionId": source,
        "CustomerPONumber": entry.keys.get("CustomerPONumber"),
        "BusinessUnitName": BUSINESS_UNIT,
        "BusinessUnitId": BUSINESS_UNIT_ID,
        "TransactionOn": _moment(entry.date) or store.now(),
        "BuyingPartyNumber": customer.values["PartyNumber"],
        "BuyingPartyId": customer.values["PartyId"],
        "BuyingPartyName": customer.values["OrganizationName"],
        "TransactionalCurrencyCode": entry.currency,
        "SubmittedFlag": True,
        "FreezePriceFlag": True,
        "StatusCode": CANCELED if gone else OPEN,
        "CanceledFlag": gone,
        "OpenFlag": not gone,
        "_root": id_,
        "_billable_s": entry.time_s,
        "_held_by": "",
        "_time_s": entry.time_s,
        "_changed_s": entry.changed_s,
    }
    order = store.add(ORDERS, header)
    for place, line in enumerate(entry.lines, start=1):
        item = store.item(line.sku)
        named = dict.fromkeys(
            ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber"), str(place)
        )
        given = {
            **named,
            "SourceTransactionScheduleId": str(place),
            "FulfillLineId": store.new_id(),
            "ProductNumber": line.sku,
            "ProductId": item.values["ItemId"] if item is not None else None,
            "OrderedQuantity": line.quantity,
            "OrderedUOMCode": "EA",
            "UnitListPrice": line.unit_price,
            "UnitSellingPrice": line.amount / line.quantity if line.quantity else line.unit_price,
            "ExtendedAmount": line.amount,
            "TaxAmount": line.tax or Decimal(0),
            "TaxClassificationCode": tax_code(store, line),
            "StatusCode": "AWAIT_BILLING" if not entry.invoices else "BILLED",
            "InvoiceInterfacedFlag": bool(entry.invoices),
            "_taxed": line.tax is not None,
            "_priced": True,
            "HeaderId": id_,
            "_HeaderId": id_,
        }
        store.add(LINES, given)
    return order


def _invoice(
    store: PodStore, invoice: ledger.Invoice, entry: ledger.Entry, customer: Record, order: Record | None
) -> None:
    date = _moment(invoice.date or entry.date)
    lines = invoice.lines or entry.lines
    gross = invoice.total + sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    posted = _moment(f"{invoice.period}-01") if invoice.period and invoice.date[:7] != invoice.period else date
    header = {
        "CustomerTransactionId": int(invoice.id) if invoice.id.isdigit() else None,
        "TransactionNumber": store.next_number("invoice"),
        "TransactionDate": date.date() if date else None,
        "AccountingDate": posted.date() if posted else None,
        "BillToCustomerNumber": customer.values["PartyNumber"],
        "BillToCustomerName": customer.values["OrganizationName"],
        "BusinessUnit": BUSINESS_UNIT,
        "TransactionType": "Invoice",
        "InvoiceCurrencyCode": invoice.currency,
        "CrossReference": order.values["OrderNumber"] if order is not None else None,
        "EnteredAmount": gross,
        "InvoiceBalanceAmount": gross,
        "_time_s": invoice.time_s,
        "_order": order.values["_root"] if order is not None else None,
    }
    record = store.add(INVOICES, header)
    for place, line in enumerate(lines, start=1):
        given: dict[str, Any] = {
            "LineNumber": place,
            "ItemNumber": line.sku,
            "Quantity": line.quantity,
            "UnitSellingPrice": line.unit_price,
            "LineAmount": line.amount,
            "TaxClassificationCode": tax_code(store, line),
            "SalesOrder": order.values["OrderNumber"] if order is not None else None,
            "_tax": line.tax or Decimal(0),
            "_taxed": line.tax is not None,
            "_CustomerTransactionId": record.values["CustomerTransactionId"],
        }
        store.add(INVOICE_LINES, given)


def tax_code(store: PodStore, line: ledger.Line) -> str | None:
    """A tax with the rate of a line, whose own one the ledger does not say; None for a line without tax."""
    if line.tax is None:
        return None
    rate = line.tax * 100 / line.amount if line.amount else Decimal(0)
    return min(store.tax_rates, key=lambda code: abs(store.tax_rates[code] - rate), default=None)


def _moment(text: str) -> datetime.datetime | None:
    return datetime.datetime.combine(datetime.date.fromisoformat(text), datetime.time(), datetime.UTC) if text else None
