"""What people do in the ERP: seed it, change a price, open and close accounting periods."""

from __future__ import annotations

from typing import Any

from gameday_fakes.accounting_periods import PERIOD_OPERATIONS
from gameday_fakes.business_operations import BookOrder, BusinessOperation, Reprice, Seed
from gameday_fakes.fake import ControlError
from gameday_fakes.netsuite.entries import order_entry
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.models import CUSTOM_PRICE
from gameday_fakes.netsuite.orders import SalesOrderWriter
from gameday_fakes.netsuite.required import examples
from gameday_fakes.netsuite.seed import currency_id, plant
from gameday_fakes.netsuite.standard import LINES


def _seed(fake: Any, _: str, params: Seed) -> dict[str, Any]:
    plant(fake.store, params.accounts, params.products, params.tax_codes)
    return {"id": ""}


def _reprice(fake: Any, _: str, params: Reprice) -> dict[str, Any]:
    item = fake.store.by_external_id["inventoryItem"].get(params.sku)
    if item is None:
        raise ControlError(f"unknown sku {params.sku!r}")
    fake.store.set_price(item, currency_id(fake.store, params.currency), params.price)
    return {"id": item}


def _book_order(fake: Any, key: str, params: BookOrder) -> dict[str, Any]:
    lines = [
        {
            "item": {"externalId": line.sku},
            "quantity": line.quantity,
            "rate": line.unit_price,
            "amount": line.amount,
            "price": {"id": CUSTOM_PRICE},
        }
        for line in params.lines
    ]
    body = {
        "entity": {"externalId": params.account},
        "currency": {"id": currency_id(fake.store, params.currency)},
        "otherRefNum": key,
        "item": {"items": lines},
        **({"tranDate": params.date} if params.date else {}),
    }
    kind = fake.store.model.record_types["salesOrder"]
    for line in lines:
        line.update(examples(fake.store, kind, line, LINES))
    try:
        order = SalesOrderWriter(fake.store).create({**examples(fake.store, kind, body), **body})
    except Refused as refused:
        raise ControlError(f"the order cannot be booked: {refused.detail}") from None
    fake.store.others[order.id] = order_entry(fake.store, order)
    return {"id": order.id}


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, _seed),
    BusinessOperation("reprice", Reprice, _reprice),
    BusinessOperation("book_order", BookOrder, _book_order),
    *PERIOD_OPERATIONS,
)
"""What people can do in this ERP."""
