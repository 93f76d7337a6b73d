"""Restoring orders and invoices from a ledger, for a sandbox in which a run's damage is repaired. No HTTP here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.business_operations import Account
from gameday_fakes.fake import ControlError
from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.account import COMPANY_CODE, SALES_AREA
from gameday_fakes.s4hana.billing import INVOICE, POSTED
from gameday_fakes.s4hana.billing_document import DOCUMENT, DOCUMENT_ITEM
from gameday_fakes.s4hana.entries import TERMS, business_key
from gameday_fakes.s4hana.masters import DESCRIPTION, PARTNER, PRODUCT
from gameday_fakes.s4hana.orders import APPROVED
from gameday_fakes.s4hana.sales_order import ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.seed import set_customer
from gameday_fakes.s4hana.store import ClientStore

_KEYS = {name: key for key, name in TERMS.items()}
#: The reason with which items of a cancelled order are rejected.
_REJECTED = "00"


def restore(store: ClientStore, restored: ledger.Ledger) -> None:
    """Add the orders with their invoices, with the ids and times in the ledger, and customers and products added later.

    The others are those of the seed. Raises ControlError, and adds nothing, if an order exists already or its customer
    does not; the text names the order.
    """
    with store.transaction():
        known = {business_key(each.values) for each in store[PARTNER].records.values()}
        for key in restored.new_customers or ():
            if key not in known:
                name = restored.customers.get(key, {}).get("BusinessPartnerName", key)
                set_customer(store, Account(id=key, name=name))
        for number, names in restored.new_items.items():
            if store.get(PRODUCT, number) is None:
                store.add(PRODUCT, {"Product": number, "BaseUnit": "PC"}, requested=True)
                text = names.get("ProductDescription", number)
                store.add(DESCRIPTION, {"Product": number, "Language": "EN", "ProductDescription": text})
        by_key = {business_key(each.values): each for each in store[PARTNER].records.values()}
        for entry in restored.entries:
            partner = by_key.get(entry.customer)
            if partner is None:
                text = f"order {entry.id!r} is of customer {entry.customer!r}, who is not there: seed first"
                raise ControlError(text)
            if store.get(ORDER, entry.id) is not None:
                raise ControlError(f"order {entry.id!r} is there already")
            _order(store, entry, partner)
    store.others.update({entry.id: entry for entry in restored.others})


def _order(store: ClientStore, entry: ledger.Entry, partner: Record) -> None:
    shared = {
        **SALES_AREA,
        "SoldToParty": partner.values["BusinessPartner"],
        "TransactionCurrency": entry.currency,
        "PurchaseOrderByCustomer": entry.keys.get("PurchaseOrderByCustomer", ""),
        "CustomerPaymentTerms": _KEYS.get(entry.terms, entry.terms[:4]),
        "_time_s": entry.time_s,
    }
    billed = "C" if any(invoice.is_open for invoice in entry.invoices) else "A"
    cancelled = entry.state == "cancelled"
    header = {
        **shared,
        "SalesOrder": entry.id,
        "SalesOrderType": "OR",
        "ExternalDocumentID": entry.keys.get("ExternalDocumentID", ""),
        "SalesOrderDate": _day(entry.date),
        "PricingDate": _day(entry.date),
        "TotalNetAmount": entry.total,
        "OverallOrdReltdBillgStatus": billed,
        "OverallSDDocumentRejectionSts": "C" if cancelled else "A",
        "TotalCreditCheckStatus": APPROVED,
    }
    record = store.add(ORDER, header)
    store.put(ORDER, {**record.values, "_changed_s": entry.changed_s})
    for place, line in enumerate(entry.lines, start=1):
        keys = {"SalesOrder": entry.id, "SalesOrderItem": str(place * 10)}
        rejected = {"SalesDocumentRjcnReason": _REJECTED if cancelled else ""}
        status = {"OrderRelatedBillingStatus": billed}
        store.add(ITEM, {**keys, **_amounts(store, line, entry.currency), **rejected, **status})
        _elements(store, keys, line, entry.currency)
    for invoice in entry.invoices:
        _invoice(store, invoice, entry, shared)


def _amounts(store: ClientStore, line: ledger.Line, currency: str) -> dict[str, Any]:
    return {
        "Material": store.number_of(line.sku),
        "RequestedQuantity": line.quantity,
        "RequestedQuantityUnit": "PC",
        "TransactionCurrency": currency,
        "NetAmount": line.amount,
        "TaxAmount": line.tax or Decimal(0),
        "_unit_price": line.unit_price,
        "_percent": line.discount or Decimal(0),
        "_taxed": line.tax is not None,
    }


def _elements(store: ClientStore, keys: Mapping[str, str], line: ledger.Line, currency: str) -> None:
    shared = {
        **keys,
        "PricingProcedureCounter": "1",
        "TransactionCurrency": currency,
        "ConditionIsManuallyChanged": True,
    }
    price = {"ConditionType": "PMP0", "PricingProcedureStep": "10", "ConditionRateValue": line.unit_price}
    store.add(ITEM_PRICE, {**shared, **price, "ConditionAmount": line.quantity * line.unit_price})
    if line.discount:
        discount = {"ConditionType": "DRN1", "PricingProcedureStep": "100", "ConditionRateValue": -line.discount}
        store.add(ITEM_PRICE, {**shared, **discount, "ConditionAmount": line.amount - line.quantity * line.unit_price})


def _invoice(store: ClientStore, invoice: ledger.Invoice, entry: ledger.Entry, shared: Mapping[str, Any]) -> None:
    lines = invoice.lines or entry.lines
    tax = sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    day = _day(f"{invoice.period}-01" if invoice.period and invoice.date[:7] != invoice.period else invoice.date)
    status = dict.fromkeys(("AccountingPostingStatus", "AccountingTransferStatus", "OverallBillingStatus"), POSTED)
    header = {
        **{name: value for name, value in shared.items() if name != "OrganizationDivision"},
        **status,
        "Division": SALES_AREA["OrganizationDivision"],
        "BillingDocument": invoice.id,
        "BillingDocumentType": INVOICE,
        "BillingDocumentDate": day,
        "FiscalYear": str(day.year) if day else "",
        "CompanyCode": COMPANY_CODE,
        "TotalNetAmount": invoice.total,
        "TaxAmount": tax,
        "TotalGrossAmount": invoice.total + tax,
        "BillingDocumentIsCancelled": not invoice.is_open,
        "_time_s": invoice.time_s,
    }
    store.add(DOCUMENT, header)
    for place, line in enumerate(lines, start=1):
        number = str(place * 10)
        amounts = _amounts(store, line, entry.currency)
        amounts |= {"BillingQuantity": line.quantity, "BillingQuantityUnit": "PC"}
        unknown = ("RequestedQuantity", "RequestedQuantityUnit")
        item = {name: value for name, value in amounts.items() if name not in unknown}
        of_order = {"SalesDocument": entry.id, "SalesDocumentItem": number, "ReferenceSDDocument": entry.id}
        identity = {"BillingDocument": invoice.id, "BillingDocumentItem": number}
        store.add(DOCUMENT_ITEM, {**item, **of_order, **identity})


def _day(text: str) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None
