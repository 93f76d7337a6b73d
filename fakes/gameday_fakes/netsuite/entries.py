"""The records of the account as a ledger: orders with their invoices, and the customers. No HTTP here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from gameday_fakes import ledger
from gameday_fakes.netsuite import adjustments, stated
from gameday_fakes.netsuite.models import Invoice, Line, Order, Record
from gameday_fakes.netsuite.store import NetSuiteStore

#: Fields of a customer by which it can be matched to an account, beside its ids.
_CUSTOMER_KEYS = ("entityId", "companyName", "custentity_crm_account_id")


def entries(store: NetSuiteStore) -> Iterator[ledger.Entry]:
    """The orders as ledger entries, in the order of their ids. Closed lines are left out."""
    for order in store.orders.values():
        yield order_entry(store, order)


#: The fields by which an item can be matched to a product.
ITEM_NAMES = ("itemId", "displayName")


def order_entry(store: NetSuiteStore, order: Order) -> ledger.Entry:
    """An order as a ledger entry."""
    return ledger.Entry(
        id=order.id,
        keys=store.keys_of(order),
        state="open" if order.is_open else "cancelled",
        customer=_customer(store, order.customer),
        currency=store.iso(order.currency),
        total=order.net,
        lines=_lines(store, order, order.open_lines, "salesOrder"),
        time_s=order.time_s,
        changed_s=order.changed_s,
        date=order.date,
        # What the estimate was billed for, from which the order was made, is billed once more by the order's invoice.
        invoices=tuple(
            _invoice_entry(store, each) for of in (order.id, order.made_from) for each in store.invoices_of.get(of, ())
        ),
        subsidiary=_name(store, "subsidiary", order.subsidiary),
        terms=_name(store, "term", order.terms),
        fields=stated.of_document(store.model.record_types["salesOrder"], order, store.stated.order, store.find),
    )


def stated_digest(store: NetSuiteStore, document: Order | Invoice) -> str:
    """A hash of what a sync has to carry over beside the standard fields; empty if there is nothing."""
    entry = order_entry(store, document) if isinstance(document, Order) else _invoice_entry(store, document.id)
    return stated.digest(entry.fields, *sorted((dict(line.fields) for line in entry.lines), key=repr))


def customer_keys(store: NetSuiteStore) -> dict[str, dict[str, str]]:
    """The fields by which each customer can be matched to an account, by its business key."""
    keys, kind = {}, store.model.record_types["customer"]
    for record in store.records["customer"].values():
        fields = {name: str(record.fields.get(name) or "") for name in _CUSTOMER_KEYS}
        named = {"id": record.id, "externalId": record.external_id, **fields}
        further = stated.of_record(kind, record, store.stated.customer, store.find)
        keys[business_key(record)] = {name: value for name, value in named.items() if value} | further
    return keys


def new_customers(store: NetSuiteStore) -> tuple[str, ...]:
    """The business keys of the customers that requests have added."""
    return tuple(business_key(record) for record in store.records["customer"].values() if record.requested)


def items(store: NetSuiteStore) -> tuple[str, ...]:
    """The names of the items that were there from the seed."""
    return tuple(str(item.fields["itemId"]) for item in store.records["inventoryItem"].values() if not item.requested)


def new_items(store: NetSuiteStore) -> dict[str, dict[str, str]]:
    """The names of each item that requests have added, by its id."""
    found = {}
    for record in store.records["inventoryItem"].values():
        if record.requested:
            named = {"externalId": record.external_id, **{name: record.fields.get(name) for name in ITEM_NAMES}}
            found[record.id] = {name: str(value) for name, value in named.items() if value}
    return found


def business_key(customer: Record) -> str:
    """By what the ledger knows a customer: its external id, else its internal one."""
    return customer.external_id or customer.id


def _customer(store: NetSuiteStore, internal_id: str) -> str:
    record = store.records["customer"].get(internal_id)
    return business_key(record) if record else ""


def _lines(
    store: NetSuiteStore, document: Order | Invoice, lines: tuple[Line, ...], of: str
) -> tuple[ledger.Line, ...]:
    """The lines that sell something, with their shares of all discounts."""
    kind, names = store.model.record_types[of], store.stated.line if of == "salesOrder" else store.stated.invoice_line
    found = tuple(
        ledger.Line(
            _sku(store, line.item),
            line.quantity,
            line.rate,
            line.amount,
            tax=line.tax,
            fields=tuple(stated.of_line(kind, line, names, store.find).items()) if names else (),
        )
        for line in lines
    )
    if not document.discount and not any(line.role for line in lines):
        return found
    roles = (line.role for line in lines)
    return adjustments.goods(zip(roles, found, strict=True), document.discount, store.decimals(document.currency))


def _name(store: NetSuiteStore, kind: str, internal_id: str) -> str:
    record = store.records[kind].get(internal_id)
    return record.name if record else internal_id


def _sku(store: NetSuiteStore, item: str) -> str:
    record = store.records["inventoryItem"].get(item)
    return str(record.fields["itemId"]) if record else item


def _invoice_entry(store: NetSuiteStore, internal_id: str) -> ledger.Invoice:
    invoice, settlements = store.bill(internal_id), store.settlements_of.get(internal_id, ())
    paid = invoice.total if invoice.kind == "cashSale" else sum((each.paid for each in settlements), Decimal(0))
    return ledger.Invoice(
        id=invoice.id,
        total=invoice.net,
        currency=store.iso(invoice.currency),
        time_s=invoice.time_s,
        period=invoice.period,
        date=invoice.date,
        customer=_customer(store, invoice.customer),
        lines=_lines(store, invoice, invoice.lines, "invoice"),
        credited=sum((each.net for each in settlements), Decimal(0)),
        credited_tax=sum((each.tax_total for each in settlements), Decimal(0)) if settlements else None,
        paid=paid,
        subsidiary=_name(store, "subsidiary", invoice.subsidiary),
        terms=_name(store, "term", invoice.terms),
        fields=stated.of_document(store.model.record_types["invoice"], invoice, store.stated.invoice, store.find),
    )
