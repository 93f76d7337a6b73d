"""Restoring orders and invoices from a ledger, for a sandbox in which a run's damage is repaired. No HTTP here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from gameday_fakes import ledger
from gameday_fakes.fake import ControlError
from gameday_fakes.netsuite import stated
from gameday_fakes.netsuite.models import (
    BILLED,
    CANCELLED,
    CUSTOM_PRICE,
    PENDING_FULFILLMENT,
    Invoice,
    Line,
    Order,
    Settlement,
)
from gameday_fakes.netsuite.seed import currency_id
from gameday_fakes.netsuite.store import NetSuiteStore

_OWN_KEYS = ("externalId", "otherRefNum", "tranId")


def restore(store: NetSuiteStore, restored: ledger.Ledger) -> None:
    """Add the orders with their invoices, with the ids and times in the ledger, and customers and items added later.

    The others are those of the seed. Raises ControlError, and adds no order, if one exists
    already or its customer does not; the text names the order.
    """
    entries = restored.entries
    for key in restored.new_customers or ():
        _restore_customer(store, key, restored.customers.get(key, {}))
    for key, names in restored.new_items.items():
        _restore_item(store, key, names)
    orders = [_order(store, entry) for entry in entries]
    invoices = [
        _invoice(store, order, invoice) for order, e in zip(orders, entries, strict=True) for invoice in e.invoices
    ]
    for order in orders:
        store.put_order(order)
    store.others.update({entry.id: entry for entry in restored.others})
    for invoice in invoices:
        store.put_invoice(invoice)
    named = (*store.records["customer"], *store.records["inventoryItem"])
    ids = [*named, *(order.id for order in orders), *(invoice.id for invoice in invoices)]
    stated = {invoice.id: invoice for entry in entries for invoice in entry.invoices}
    for invoice in invoices:
        for settlement in _settlements(invoice, stated[invoice.id]):
            store.put_settlement(settlement)
    store.keep_free(ids)


def _restore_customer(store: NetSuiteStore, key: str, keys: dict[str, str]) -> None:
    """Add a customer with the ids in the ledger; its currency is the account's own."""
    if key in store.by_external_id["customer"] or key in store.records["customer"]:
        return
    known = {name: value for name, value in keys.items() if name not in ("id", "externalId")}
    fields = {"companyName": key, "currency": "1", "subsidiary": store.default_subsidiary, "isInactive": False, **known}
    store.add("customer", fields, external_id=keys.get("externalId", ""), id_=keys.get("id", "")).requested = True


def _restore_item(store: NetSuiteStore, key: str, names: dict[str, str]) -> None:
    """Add an item with the ids in the ledger."""
    if key not in store.records["inventoryItem"]:
        fields = {"itemId": key, "isInactive": False, **names}
        external_id = str(fields.pop("externalId", ""))
        store.add("inventoryItem", fields, external_id=external_id, id_=key).requested = True


def _order(store: NetSuiteStore, entry: ledger.Entry) -> Order:
    if entry.id in store.orders:
        raise ControlError(f"order {entry.id!r} is there already")
    customer = store.by_external_id["customer"].get(entry.customer, entry.customer)
    if customer not in store.records["customer"]:
        raise ControlError(f"order {entry.id!r} is of customer {entry.customer!r}, who is not there: seed first")
    wall_s = store.clock.wall_s()
    return Order(
        id=entry.id,
        customer=customer,
        currency=currency_id(store, entry.currency),
        subsidiary=_named(store, "subsidiary", entry.subsidiary) or store.default_subsidiary,
        terms=_named(store, "term", entry.terms),
        date=entry.date,
        time_s=entry.time_s,
        changed_s=entry.changed_s,
        created_s=wall_s,
        modified_s=wall_s,
        external_id=entry.keys.get("externalId", ""),
        other_ref_num=entry.keys.get("otherRefNum", ""),
        status=_status(entry),
        memo=entry.fields.get("memo", ""),
        custom={
            **{name: value for name, value in entry.keys.items() if name not in _OWN_KEYS},
            **stated.restored(store, store.model.record_types["salesOrder"].further, entry.fields),
        },
        lines=tuple(_line(store, number, line, "salesOrder") for number, line in enumerate(entry.lines, start=1)),
    )


def _status(entry: ledger.Entry) -> str:
    if entry.state == "cancelled":
        return CANCELLED
    return BILLED if entry.invoices else PENDING_FULFILLMENT


def _line(store: NetSuiteStore, number: int, line: ledger.Line, of: str) -> Line:
    # The ledger has an unknown item under its internal id.
    item = store.by_external_id["inventoryItem"].get(line.sku, line.sku)
    custom = stated.restored(store, store.model.record_types[of].further_lines, dict(line.fields))
    return Line(number, item, line.quantity, line.unit_price, line.amount, CUSTOM_PRICE, tax=line.tax, custom=custom)


def _invoice(store: NetSuiteStore, order: Order, invoice: ledger.Invoice) -> Invoice:
    return Invoice(
        id=invoice.id,
        order=order.id,
        customer=store.by_external_id["customer"].get(invoice.customer, order.customer),
        currency=currency_id(store, invoice.currency),
        subsidiary=_named(store, "subsidiary", invoice.subsidiary) or order.subsidiary,
        terms=_named(store, "term", invoice.terms),
        date=invoice.date or order.date,
        period=invoice.period,
        time_s=invoice.time_s,
        created_s=order.created_s,
        modified_s=order.modified_s,
        other_ref_num=order.other_ref_num,
        memo=invoice.fields.get("memo", ""),
        custom=stated.restored(store, store.model.record_types["invoice"].further, invoice.fields),
        lines=_invoiced(store, order, invoice),
    )


def _invoiced(store: NetSuiteStore, order: Order, invoice: ledger.Invoice) -> tuple[Line, ...]:
    """The invoice's lines; if the ledger states none, the order's if they add up, else one line with the total."""
    if invoice.lines:
        return tuple(_line(store, number, line, "invoice") for number, line in enumerate(invoice.lines, start=1))
    if order.net == invoice.total:
        return order.lines
    item = order.lines[0].item if order.lines else ""
    return (Line(1, item, Decimal(1), invoice.total, invoice.total, CUSTOM_PRICE),)


def _settlements(invoice: Invoice, stated: ledger.Invoice) -> Iterator[Settlement]:
    """What has been taken off an invoice, as one credit memo and one payment. Their ids only have to be unique."""
    item = invoice.lines[0].item if invoice.lines else ""
    line = Line(1, item, Decimal(1), stated.credited, stated.credited, tax=stated.credited_tax)
    documents: tuple[tuple[Literal["creditMemo", "customerPayment"], Decimal], ...]
    documents = (("creditMemo", stated.credited), ("customerPayment", stated.paid))
    for kind, amount in documents:
        if amount:
            yield Settlement(
                id=f"{invoice.id}-{kind}",
                kind=kind,
                invoice=invoice.id,
                customer=invoice.customer,
                currency=invoice.currency,
                subsidiary=invoice.subsidiary,
                date=invoice.date,
                period=invoice.period,
                time_s=invoice.time_s,
                created_s=invoice.created_s,
                modified_s=invoice.modified_s,
                lines=(line,) if kind == "creditMemo" else (),
                paid=stated.paid if kind == "customerPayment" else Decimal(0),
            )


def _named(store: NetSuiteStore, kind: str, name: str) -> str:
    return next((record.id for record in store.records[kind].values() if name and record.name == name), "")
