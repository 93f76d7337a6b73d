"""A deal is amended: one line is bought in another quantity."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.money import net_total, to_currency
from gameday.model.workload import DealLine, operation
from gameday.workloads.taxes import taxed


@operation("amended", act="amend_deal")
def amended(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One line is bought in another quantity, at the same unit price."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    chosen = chance.choice([number for number, line in enumerate(lines) if line.amount > 0] or range(len(lines)))
    line = lines[chosen]
    quantity = line.quantity + chance.randint(1, 3)
    amount = amount_of(line, quantity, value["currency"])
    lines[chosen] = taxed(msgspec.structs.replace(line, quantity=quantity, amount=amount), value["currency"])
    total = sum((each.amount for each in lines), Decimal(0))
    change: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": total})
    return change


def amount_of(line: DealLine, quantity: Decimal, currency: str) -> Decimal:
    """The net total of another quantity: as the line was priced, or in proportion where it was not priced by a rule."""
    if line.amount == net_total(line.unit_price, line.quantity, line.discount, currency):
        return net_total(line.unit_price, quantity, line.discount, currency)
    return to_currency(line.amount / line.quantity * quantity, currency)
