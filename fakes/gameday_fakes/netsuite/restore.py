"""Books as a ledger says: for a sandbox in which what a run left behind is put right. No HTTP here."""

from __future__ import annotations

import time
from decimal import Decimal

from gameday_fakes import ledger
from gameday_fakes.fake import ControlError
from gameday_fakes.netsuite.books import Books
from gameday_fakes.netsuite.models import BILLED, CANCELLED, CUSTOM_PRICE, PENDING_FULFILLMENT, Invoice, Line, Order
from gameday_fakes.netsuite.orders import DEFAULT_SUBSIDIARY
from gameday_fakes.netsuite.seed import currency_id

_OWN_KEYS = ("externalId", "otherRefNum", "tranId")


def restore(books: Books, entries: tuple[ledger.Entry, ...]) -> None:
    """Add the orders with their invoices, under their own ids, as of their own times.

    The customers and items are those of the seed. Raises ControlError naming an order that is there already or refers
    to what is not; then nothing has been added.
    """
    orders = [_order(books, entry) for entry in entries]
    invoices = [
        _invoice(books, order, invoice) for order, e in zip(orders, entries, strict=True) for invoice in e.invoices
    ]
    for order in orders:
        books.put_order(order)
    for invoice in invoices:
        books.put_invoice(invoice)
    ids = [*(order.id for order in orders), *(invoice.id for invoice in invoices)]
    highest = max((int(id_) for id_ in ids if id_.isdigit()), default=0)
    # What is made from now on has an id of its own.
    while highest > int(books.new_id()):
        continue


def _order(books: Books, entry: ledger.Entry) -> Order:
    if entry.id in books.orders:
        raise ControlError(f"order {entry.id!r} is there already")
    customer = books.by_external_id["customer"].get(entry.customer)
    if customer is None:
        raise ControlError(f"order {entry.id!r} is of customer {entry.customer!r}, who is not there: seed first")
    wall_s = time.time()
    return Order(
        id=entry.id,
        customer=customer,
        currency=currency_id(books, entry.currency),
        subsidiary=DEFAULT_SUBSIDIARY,
        date=entry.date,
        time_s=entry.time_s,
        changed_s=entry.changed_s,
        created_s=wall_s,
        modified_s=wall_s,
        external_id=entry.keys.get("externalId", ""),
        other_ref_num=entry.keys.get("otherRefNum", ""),
        status=_status(entry),
        custom={name: value for name, value in entry.keys.items() if name not in _OWN_KEYS},
        lines=tuple(_line(books, number, line) for number, line in enumerate(entry.lines, start=1)),
    )


def _status(entry: ledger.Entry) -> str:
    if entry.state == "cancelled":
        return CANCELLED
    return BILLED if entry.invoices else PENDING_FULFILLMENT


def _line(books: Books, number: int, line: ledger.Line) -> Line:
    # An item that the books did not know stands in the ledger by its internal id.
    item = books.by_external_id["inventoryItem"].get(line.sku, line.sku)
    return Line(number, item, line.quantity, line.unit_price, line.amount, CUSTOM_PRICE)


def _invoice(books: Books, order: Order, invoice: ledger.Invoice) -> Invoice:
    return Invoice(
        id=invoice.id,
        order=order.id,
        customer=order.customer,
        currency=currency_id(books, invoice.currency),
        subsidiary=order.subsidiary,
        date=order.date,
        period=invoice.period,
        time_s=invoice.time_s,
        created_s=order.created_s,
        modified_s=order.modified_s,
        other_ref_num=order.other_ref_num,
        lines=_invoiced(order, invoice.total),
    )


def _invoiced(order: Order, total: Decimal) -> tuple[Line, ...]:
    """The order's lines where they come to the total; else one line that does, for a ledger has no more than that."""
    if order.total == total:
        return order.lines
    item = order.lines[0].item if order.lines else ""
    return (Line(1, item, Decimal(1), total, total, CUSTOM_PRICE),)
