"""What the credit memo of an invoice takes back, where a deal has less than its invoice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gameday_fakes.stacks.durable.contract import Deal, Line

#: By how much the tax on a line may be off where it was computed of parts.
ROUNDED = Decimal("0.02")


def returned(lines: Sequence[Line], billed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a credit memo: what ``billed`` lines of an invoice have more than the deal's, in the same order.

    Empty where the deal is not the invoice less some quantities: with another price, product or tax, or with more.
    """
    rest, taken = list(lines), list[dict[str, Any]]()
    for line in billed:
        left = rest.pop(0) if rest and _is_same(rest[0], line) else None
        quantity = _number(line, "quantity") - (left.quantity if left else 0)
        amount = _number(line, "amount") - (left.amount if left else 0)
        if quantity < 0 or amount < 0 or (amount and not quantity):
            return []
        if quantity:
            taken.append({"orderLine": line["line"], "quantity": quantity, "amount": amount})
    return [] if rest else taken


def is_left(deal: Deal, bill: Mapping[str, Any], memos: Iterable[tuple[Decimal, Decimal]]) -> bool:
    """Whether these credit memos (net and tax) leave of an invoice what the deal comes to.

    Each line of each document is rounded by itself.
    """
    net, tax = _number(bill, "subtotal"), _number(bill, "taxTotal")
    for of_memo, tax_of_memo in memos:
        net, tax = net - of_memo, tax - tax_of_memo
    return net == deal.amount and abs(tax - deal.tax) <= ROUNDED * len(deal.lines)


def _is_same(line: Line, billed: Mapping[str, Any]) -> bool:
    """Whether a line of the invoice is of the same product, at the same price and with the same tax."""
    named = [(billed.get(field) or {}).get("refName", "") for field in ("item", "taxCode")]
    return named == [line.sku, line.tax_code] and _number(billed, "rate") == line.unit_price


def _number(line: Mapping[str, Any], field: str) -> Decimal:
    return Decimal(str(line.get(field) or 0))
