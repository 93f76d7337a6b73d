"""A deal is partly refunded: the customer sends back some of what was bought, and gets the money for it back."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from gameday.model.workload import DealLine, operation
from gameday.workloads.operations.amended import amount_of
from gameday.workloads.taxes import taxed


@operation("partly refunded", act="amend_deal")
def partly_refunded(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Some units of one line are sent back, and one at least is kept; of a single unit half of it."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    chosen = chance.choice([number for number, line in enumerate(lines) if line.amount > 0] or range(len(lines)))
    line = lines[chosen]
    # Whole units come back whole, and a part of a unit stays as it is.
    back = Decimal(chance.randint(1, int(line.quantity) - 1)) if line.quantity >= 2 else line.quantity / 2
    others = sum((each.amount for each in lines), Decimal(0)) - line.amount
    quantity = line.quantity - back
    amount = amount_of(line, quantity, value["currency"])
    while back > 1 and amount + others < 0:
        # A discount that was given once stays: nobody gets more back than was paid.
        back, quantity = back - 1, quantity + 1
        amount = amount_of(line, quantity, value["currency"])
    lines[chosen] = taxed(msgspec.structs.replace(line, quantity=quantity, amount=amount), value["currency"])
    total = sum((each.amount for each in lines), Decimal(0))
    change: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": total})
    return change
