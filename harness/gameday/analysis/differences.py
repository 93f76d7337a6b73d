"""Compares an ERP order and its invoice with the deal that was won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from gameday_fakes.ledger import Entry, Invoice, Line

NOTHING = Decimal(0)


class Difference(msgspec.Struct, frozen=True):
    """One field in which the two systems disagree, with both values; empty if a system has none."""

    field: str
    crm: str
    erp: str


def order_differences(deal: Entry, order: Entry, tolerance: Decimal) -> list[Difference]:
    """Customer, currency, total and lines by SKU; amounts may differ by the tolerance, quantities may not."""
    found: list[Difference] = []
    if order.customer != deal.customer:
        found.append(Difference("customer", deal.customer, order.customer))
    if order.currency != deal.currency:
        found.append(Difference("currency", deal.currency, order.currency))
    if order.total != deal.total and abs(order.total - deal.total) > tolerance:
        found.append(Difference("total", str(deal.total), str(order.total)))
    if deal.lines == order.lines:
        return found
    sold, booked = _by_sku(deal.lines), _by_sku(order.lines)
    for sku in sorted({*sold, *booked}):
        if sku not in booked or sku not in sold:
            found.append(Difference(f"line {sku}", *("1" if sku in side else "" for side in (sold, booked))))
            continue
        (quantity, amount), (booked_quantity, booked_amount) = sold[sku], booked[sku]
        if quantity != booked_quantity:
            found.append(Difference(f"line {sku} quantity", str(quantity), str(booked_quantity)))
        if abs(amount - booked_amount) > tolerance:
            found.append(Difference(f"line {sku} amount", str(amount), str(booked_amount)))
    return found


def _by_sku(lines: Sequence[Line]) -> Mapping[str, tuple[Decimal, Decimal]]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        quantity, amount = sums.get(line.sku, (NOTHING, NOTHING))
        sums[line.sku] = quantity + line.quantity, amount + line.amount
    return sums


def invoice_differences(deal: Entry, invoices: Sequence[Invoice], tolerance: Decimal) -> list[Difference]:
    """An invoice that is missing, or of another total or currency."""
    if not invoices:
        return [Difference("invoice", str(deal.total), "")]
    invoice = invoices[0]
    if invoice.currency != deal.currency or (
        invoice.total != deal.total and abs(invoice.total - deal.total) > tolerance
    ):
        return [Difference("invoice", f"{deal.total} {deal.currency}", f"{invoice.total} {invoice.currency}")]
    return []
