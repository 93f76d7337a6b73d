"""Restoring orders and invoices from a ledger, for a sandbox in which a run's damage is repaired. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.entries import business_key
from gameday_fakes.business_central.schema import LINES_OF
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.fake import ControlError
from gameday_fakes.odata.records import Record


def restore(store: CompanyStore, restored: ledger.Ledger) -> None:
    """Add the orders with their invoices, with the ids and times in the ledger, and customers and items added later.

    The others are those of the seed. Raises ControlError, and adds nothing, if an order exists already or its customer
    does not; the text names the order.
    """
    with store.transaction():
        for key in restored.new_customers or ():
            _customer(store, key, restored.customers.get(key, {}))
        for id_, names in restored.new_items.items():
            if store.get("items", id_) is None:
                store.add("items", {"id": id_, **names}, requested=True)
        by_key = {business_key(each.values): each for each in store["customers"].records.values()}
        for entry in restored.entries:
            customer = by_key.get(entry.customer)
            if customer is None:
                raise ControlError(
                    f"order {entry.id!r} is of customer {entry.customer!r}, who is not there: seed first"
                )
            if store.document(entry.id) is not None:
                raise ControlError(f"order {entry.id!r} is there already")
            _document(store, entry, customer)
    store.others.update({entry.id: entry for entry in restored.others})


def _customer(store: CompanyStore, key: str, names: Mapping[str, str]) -> None:
    if store.by("customers", "number", names.get("number", key.upper())) is None:
        given = {"number": key.upper(), "currencyCode": store.local_currency, "_key": key, **names}
        store.add("customers", given, requested=True)


def _document(store: CompanyStore, entry: ledger.Entry, customer: Record) -> None:
    """An order, in the archive if it has been invoiced; or an invoice that was made without one."""
    is_direct = any(invoice.id == entry.id for invoice in entry.invoices)
    header = _header(store, entry, customer)
    if not is_direct:
        order = store.add("salesOrders", {**header, "id": entry.id, "orderDate": _day(entry.date)})
        _lines(store, "salesOrders", order, entry.lines)
        order = store.put("salesOrders", {**order.values, "_changed_s": entry.changed_s})
    for invoice in entry.invoices:
        _invoice(store, invoice, header, NO_ID if is_direct else entry.id, entry)
    if entry.invoices and not is_direct:
        store.archive(order)


def _header(store: CompanyStore, entry: ledger.Entry, customer: Record) -> dict[str, Any]:
    values = customer.values
    term = store.by("paymentTerms", "displayName", entry.terms) if entry.terms else None
    external = entry.keys.get("externalDocumentNumber", "")
    return {
        "number": entry.keys.get("number", ""),
        "externalDocumentNumber": external.upper(),
        "_external": external,
        "customerId": values["id"],
        "customerNumber": values["number"],
        "customerName": values["displayName"],
        "currencyCode": entry.currency,
        "currencyId": store.currency_id(entry.currency),
        "paymentTermsId": term.values["id"] if term else NO_ID,
        "postingDate": _day(entry.date),
        "totalAmountExcludingTax": entry.total,
        **_taxed(entry.total, entry.lines),
        "_time_s": entry.time_s,
        "_changed_s": entry.changed_s,
    }


def _invoice(
    store: CompanyStore, invoice: ledger.Invoice, header: dict[str, Any], order: str, entry: ledger.Entry
) -> None:
    sums = _taxed(invoice.total, invoice.lines or entry.lines)
    posted = _day(f"{invoice.period}-01" if invoice.period and invoice.date[:7] != invoice.period else invoice.date)
    status = "Canceled" if not invoice.is_open else "Paid" if invoice.paid else "Open"
    given = {
        **header,
        **sums,
        "id": invoice.id,
        "number": store.next_number("postedInvoices"),
        "invoiceDate": _day(invoice.date),
        "postingDate": posted,
        "orderId": order,
        "orderNumber": header["number"] if order != NO_ID else "",
        "totalAmountExcludingTax": invoice.total,
        "remainingAmount": sums["totalAmountIncludingTax"] if status == "Open" else Decimal(0),
        "status": status,
        "_time_s": invoice.time_s,
    }
    record = store.add("salesInvoices", given)
    _lines(store, "salesInvoices", record, invoice.lines or entry.lines)
    if invoice.credited:
        tax = invoice.credited_tax or Decimal(0)
        sums = {"totalAmountExcludingTax": invoice.credited, "totalAmountIncludingTax": invoice.credited + tax}
        memo = {"invoiceId": invoice.id, "status": "Corrective", "totalTaxAmount": tax, **sums}
        number = store.next_number("postedCreditMemos")
        store.add("salesCreditMemos", {**header, **memo, "number": number})


def _lines(store: CompanyStore, name: str, document: Record, lines: tuple[ledger.Line, ...]) -> None:
    for place, line in enumerate(lines, start=1):
        item = store.by("items", "number", line.sku)
        tax = line.tax or Decimal(0)
        gross = line.quantity * line.unit_price
        given = {
            "documentId": document.values["id"],
            "sequence": place * 10_000,
            "itemId": item.values["id"] if item else NO_ID,
            "lineObjectNumber": line.sku,
            "quantity": line.quantity,
            "unitPrice": line.unit_price,
            "discountPercent": line.discount or Decimal(0),
            "discountAmount": gross - line.amount,
            "amountExcludingTax": line.amount,
            "netAmount": line.amount,
            "netTaxAmount": tax,
            "totalTaxAmount": tax,
            "amountIncludingTax": line.amount + tax,
            "netAmountIncludingTax": line.amount + tax,
            "taxCode": _tax_code(store, line, tax),
        }
        store.add(LINES_OF[name], given)


def _tax_code(store: CompanyStore, line: ledger.Line, tax: Decimal) -> str:
    """A tax group with the rate of a line, whose own one the ledger does not say; empty for a line without tax."""
    if line.tax is None:
        return ""
    rate = tax * 100 / line.amount if line.amount else Decimal(0)
    return min(store.tax_rates, key=lambda code: abs(store.tax_rates[code] - rate), default="")


def _taxed(total: Decimal, lines: tuple[ledger.Line, ...]) -> dict[str, Decimal]:
    tax = sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    return {"totalTaxAmount": tax, "totalAmountIncludingTax": total + tax}


def _day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
