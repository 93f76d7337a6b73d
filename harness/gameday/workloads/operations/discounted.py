"""A deal is discounted after it was won: the customer gets five per cent off one line."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.money import net_total
from gameday.model.workload import DealLine, operation
from gameday.workloads.taxes import taxed

_MORE = Decimal(5)


@operation("discounted", act="amend_deal")
def discounted(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One line gets five per cent more discount, at the same unit price and quantity."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    chosen = chance.choice([number for number, line in enumerate(lines) if line.amount > 0] or range(len(lines)))
    line, discount = lines[chosen], (lines[chosen].discount or Decimal(0)) + _MORE
    amount = net_total(line.unit_price, line.quantity, discount, value["currency"])
    lines[chosen] = taxed(msgspec.structs.replace(line, discount=discount, amount=amount), value["currency"])
    total = sum((each.amount for each in lines), Decimal(0))
    change: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": total})
    return change
