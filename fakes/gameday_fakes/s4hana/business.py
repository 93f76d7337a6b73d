"""What people do in the ERP: seed it, change a price, take an order by phone, bill, release credit, close periods."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday_fakes.accounting_periods import PERIOD_OPERATIONS
from gameday_fakes.business_operations import BookOrder, BusinessOperation, Reprice, Seed
from gameday_fakes.fake import ControlError
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.records import Record
from gameday_fakes.s4hana.account import SALES_AREA
from gameday_fakes.s4hana.billing import NOT_POSTED
from gameday_fakes.s4hana.billing_document import DOCUMENT, DOCUMENT_ITEM
from gameday_fakes.s4hana.entries import business_key, order_entry
from gameday_fakes.s4hana.masters import PARTNER
from gameday_fakes.s4hana.masters import PRODUCT as PRODUCTS
from gameday_fakes.s4hana.orders import BLOCKED, RELEASED
from gameday_fakes.s4hana.sales_order import ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.seed import plant, set_price


class Bill(msgspec.Struct, frozen=True):
    """Bill the order with the key (its number, or the deal that it names), or post what was billed and not posted."""

    date: Annotated[str, Meta(description="Billing date, YYYY-MM-DD; empty for that of the order.")] = ""


class ReleaseCredit(msgspec.Struct, frozen=True):
    """Release orders from their credit block: that with the key, or all without one."""


def _seed(fake: Any, _: str, params: Seed) -> dict[str, Any]:
    plant(fake.store, params.accounts, params.products, params.tax_codes)
    return {"id": ""}


def _reprice(fake: Any, _: str, params: Reprice) -> dict[str, Any]:
    number = fake.store.number_of(params.sku)
    if fake.store.get(PRODUCTS, number) is None:
        raise ControlError(f"unknown sku {params.sku!r}")
    set_price(fake.store, number, params.currency, params.price)
    return {"id": number}


def _book_order(fake: Any, key: str, params: BookOrder) -> dict[str, Any]:
    store, service = fake.store, fake.sales_orders
    partners = store[PARTNER].records.values()
    partner = next((each for each in partners if business_key(each.values) == params.account), None)
    if partner is None:
        raise ControlError(f"the order cannot be booked: unknown account {params.account!r}")
    day = datetime.datetime.fromisoformat(params.date) if params.date else store.today()
    header = {
        **SALES_AREA,
        "SalesOrderType": "OR",
        "SoldToParty": partner.values["BusinessPartner"],
        "TransactionCurrency": params.currency,
        "PurchaseOrderByCustomer": key[:35],
        "SalesOrderDate": day,
    }
    sets = service.schema.sets
    try:
        with store.transaction():
            order = service.insert(sets[ORDER], header)
            number = order.values["SalesOrder"]
            for line in params.lines:
                given = {
                    "SalesOrder": number,
                    "Material": store.number_of(line.sku),
                    "RequestedQuantity": line.quantity,
                }
                item = service.insert(sets[ITEM], given)
                keys = {"SalesOrder": number, "SalesOrderItem": item.values["SalesOrderItem"]}
                service.insert(
                    sets[ITEM_PRICE], {**keys, "ConditionType": "PMP0", "ConditionRateValue": line.unit_price}
                )
                gross = line.quantity * line.unit_price
                if gross and line.amount != gross:
                    percent = (1 - line.amount / gross) * 100
                    discount = {**keys, "ConditionType": "DRN1", "ConditionRateValue": round(percent, 9)}
                    service.insert(sets[ITEM_PRICE], discount)
            service.inserted(sets[ORDER], store[ORDER].records[number,])
    except ODataError as refused:
        raise ControlError(f"the order cannot be booked: {refused.message}") from None
    finally:
        service.changed.clear()
    store.others[number] = order_entry(store, store[ORDER].records[number,])
    return {"id": number}


def _orders(fake: Any, key: str) -> list[Record]:
    """The orders with a number, or a deal. Raises ControlError if there is none."""
    store = fake.store
    record = store.get(ORDER, key)
    found = [record] if record is not None else store[ORDER].find(("PurchaseOrderByCustomer",), (key,))
    if not found:
        raise ControlError(f"there is no order {key[:80]!r}")
    return list(found)


def _bill(fake: Any, key: str, params: Bill) -> dict[str, Any]:
    store, billing = fake.store, fake.sales_orders.billing
    date = datetime.datetime.fromisoformat(params.date) if params.date else None
    document = None
    for order in _orders(fake, key):
        number = order.values["SalesOrder"]
        items = store[DOCUMENT_ITEM].find(("SalesDocument",), (number,))
        documents = [store[DOCUMENT].records[item.values["BillingDocument"],] for item in items]
        left = [each for each in documents if each.values["AccountingPostingStatus"] == NOT_POSTED]
        try:
            with store.transaction():
                document = billing.post(left[0]) if left else billing.bill(order, date)
        except ODataError as refused:
            raise ControlError(f"the order cannot be billed: {refused.message}") from None
    return {"id": document.values["BillingDocument"] if document is not None else ""}


def _release_credit(fake: Any, key: str, _: ReleaseCredit) -> dict[str, Any]:
    store = fake.store
    orders = _orders(fake, key) if key else [*store[ORDER].records.values()]
    for order in orders:
        if order.values["TotalCreditCheckStatus"] == BLOCKED:
            store.put(ORDER, store.stamped({**order.values, "TotalCreditCheckStatus": RELEASED}))
    return {"id": key}


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, _seed),
    BusinessOperation("reprice", Reprice, _reprice),
    BusinessOperation("book_order", BookOrder, _book_order),
    BusinessOperation("bill", Bill, _bill, "order"),
    BusinessOperation("release_credit", ReleaseCredit, _release_credit, "order"),
    *PERIOD_OPERATIONS,
)
"""What people can do in this ERP."""
