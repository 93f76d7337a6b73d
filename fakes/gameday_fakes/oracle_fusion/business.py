"""What people do in the ERP: seed it, reprice, take orders by phone, hold and release, invoice, close periods."""

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
from gameday_fakes.oracle_fusion.account import BUSINESS_UNIT
from gameday_fakes.oracle_fusion.bodies import Body
from gameday_fakes.oracle_fusion.entries import order_entry
from gameday_fakes.oracle_fusion.order_lines import LIST_PRICE, NET_PRICE
from gameday_fakes.oracle_fusion.sales_order import ORDERS
from gameday_fakes.oracle_fusion.seed import plant


class HoldOrder(msgspec.Struct, frozen=True):
    """Put the order with the key (its number, or the deal that it names) on hold."""

    code: Annotated[str, Meta(min_length=1, max_length=30, description="The code of the hold.")] = "MANUAL_REVIEW"


class ReleaseOrder(msgspec.Struct, frozen=True):
    """Release all holds of the order with the key (its number, or the deal that it names)."""


class RunAutoInvoice(msgspec.Struct, frozen=True):
    """Let AutoInvoice invoice the order with the key (its number, or the deal that it names)."""


def _seed(fake: Any, _: str, params: Seed) -> dict[str, Any]:
    plant(fake.store, params.accounts, params.products, params.tax_codes)
    return {"id": ""}


def _reprice(fake: Any, _: str, params: Reprice) -> dict[str, Any]:
    if fake.store.item(params.sku) is None:
        raise ControlError(f"unknown sku {params.sku!r}")
    fake.store.set_price(params.sku, params.currency, params.price, fake.store.now().date())
    return {"id": params.sku}


def _book_order(fake: Any, key: str, params: BookOrder) -> dict[str, Any]:
    store = fake.store
    day = datetime.date.fromisoformat(params.date) if params.date else store.now().date()
    lines = []
    for place, line in enumerate(params.lines, start=1):
        number = str(place)
        named = dict.fromkeys(
            ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber"), number
        )
        parts = ((LIST_PRICE, line.unit_price, line.quantity * line.unit_price), (NET_PRICE, None, line.amount))
        components = [
            Body({"PriceElementCode": code, "HeaderCurrencyUnitPrice": unit, "HeaderCurrencyExtendedAmount": whole}, {})
            for code, unit, whole in parts
        ]
        charge = Body({"PrimaryFlag": True}, {"chargeComponents": components})
        given = {**named, "ProductNumber": line.sku, "OrderedQuantity": line.quantity}
        lines.append(Body(given, {"charges": [charge]}))
    header = {
        "SourceTransactionNumber": key[:50],
        "SourceTransactionSystem": "OPS",
        "SourceTransactionId": key[:50],
        "BusinessUnitName": BUSINESS_UNIT,
        "BuyingPartyNumber": params.account,
        "TransactionalCurrencyCode": params.currency,
        "TransactionOn": datetime.datetime.combine(day, datetime.time(), datetime.UTC),
        "SubmittedFlag": True,
        "FreezePriceFlag": True,
    }
    try:
        with store.transaction():
            order = fake.service.orders.create(Body(header, {"lines": lines}))
    except ODataError as refused:
        raise ControlError(f"the order cannot be booked: {refused.message}") from None
    entry = order_entry(store, order)
    store.others[entry.id] = entry
    return {"id": entry.id}


def _order(fake: Any, key: str) -> Record:
    """The order with a number, or of a deal. Raises ControlError if there is none."""
    table = fake.store[ORDERS]
    found = table.find(("OrderNumber",), (key,)) or table.find(("SourceTransactionNumber",), (key,))
    if not found:
        raise ControlError(f"there is no order {key[:80]!r}")
    latest: Record = fake.store.versions(found[-1].values["_root"])[-1]
    return latest


def _hold_order(fake: Any, key: str, params: HoldOrder) -> dict[str, Any]:
    order = _order(fake, key)
    fake.service.orders.add_hold(order.values["_root"], params.code, "", line=False)
    fake.service.orders.note_holds(order.values["_root"])
    return {"id": order.values["OrderKey"]}


def _release_order(fake: Any, key: str, _: ReleaseOrder) -> dict[str, Any]:
    order = _order(fake, key)
    for hold in fake.store.children(ORDERS, order, "holds"):
        if hold.values["ActiveFlag"]:
            fake.service.orders.release(hold, "REVIEWED")
    fake.service.orders.note_holds(order.values["_root"])
    return {"id": order.values["OrderKey"]}


def _run_autoinvoice(fake: Any, key: str, _: RunAutoInvoice) -> dict[str, Any]:
    store = fake.store
    order = store.in_force(_order(fake, key).values["_root"])
    if order is None:
        raise ControlError(f"the order {key[:80]!r} was not submitted")
    try:
        with store.transaction():
            invoice = fake.service.receivables.invoice(order)
    except ODataError as refused:
        raise ControlError(refused.message) from None
    return {"id": str(invoice.values["CustomerTransactionId"])}


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, _seed),
    BusinessOperation("reprice", Reprice, _reprice),
    BusinessOperation("book_order", BookOrder, _book_order),
    BusinessOperation("hold_order", HoldOrder, _hold_order, "order"),
    BusinessOperation("release_order", ReleaseOrder, _release_order, "order"),
    BusinessOperation("run_autoinvoice", RunAutoInvoice, _run_autoinvoice, "order"),
    *PERIOD_OPERATIONS,
)
"""What people can do in this ERP."""
