"""What people do in the ERP: seed it, change a price, take an order by phone, open and close accounting periods."""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.accounting_periods import PERIOD_OPERATIONS
from gameday_fakes.business_central.entries import order_entry
from gameday_fakes.business_central.seed import plant, set_price
from gameday_fakes.business_operations import BookOrder, BusinessOperation, Reprice, Seed
from gameday_fakes.fake import ControlError
from gameday_fakes.odata.errors import ODataError


def _seed(fake: Any, _: str, params: Seed) -> dict[str, Any]:
    plant(fake.store, params.accounts, params.products, params.tax_codes)
    return {"id": ""}


def _reprice(fake: Any, _: str, params: Reprice) -> dict[str, Any]:
    item = fake.store.by("items", "number", params.sku.upper())
    if item is None:
        raise ControlError(f"unknown sku {params.sku!r}")
    set_price(fake.store, item.values["id"], params.currency, params.price)
    return {"id": item.values["id"]}


def _book_order(fake: Any, key: str, params: BookOrder) -> dict[str, Any]:
    store, schema = fake.store, fake.service.schema
    day = datetime.date.fromisoformat(params.date) if params.date else store.today()
    header = {
        "customerNumber": params.account.upper(),
        "currencyCode": params.currency,
        "externalDocumentNumber": key[:35].upper(),
        "_external": key[:35],
        "orderDate": day,
        "postingDate": day,
    }
    service = fake.service
    try:
        with store.transaction():
            order = service.insert(schema.sets["salesOrders"], header)
            for line in params.lines:
                given = {"documentId": order.values["id"], "lineObjectNumber": line.sku.upper()}
                discount = line.quantity * line.unit_price - line.amount
                given |= {"quantity": line.quantity, "unitPrice": line.unit_price, "discountAmount": discount}
                service.insert(schema.sets["salesOrderLines"], given)
    except ODataError as refused:
        raise ControlError(f"the order cannot be booked: {refused.message}") from None
    finally:
        service.changed.clear()
    order = store["salesOrders"].records[order.values["id"],]
    store.others[order.values["id"]] = order_entry(store, order, store.lines("salesOrders", order.values["id"]))
    return {"id": order.values["id"]}


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, _seed),
    BusinessOperation("reprice", Reprice, _reprice),
    BusinessOperation("book_order", BookOrder, _book_order),
    *PERIOD_OPERATIONS,
)
"""What people can do in this ERP."""
