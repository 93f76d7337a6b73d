"""A deal is amended: one line is bought in another quantity."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.money import to_currency
from gameday.model.workload import DealLine, operation


@operation("amended", act="amend_deal")
def amended(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One line is bought in another quantity, at the same unit price."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    chosen = chance.randrange(len(lines))
    line = lines[chosen]
    quantity = line.quantity + chance.randint(1, 3)
    amount = to_currency(line.amount / line.quantity * quantity, value["currency"])
    lines[chosen] = msgspec.structs.replace(line, quantity=quantity, amount=amount)
    total = sum((each.amount for each in lines), Decimal(0))
    change: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": total})
    return change
