"""A product of a deal is repriced: sales changes the price list, and the deal keeps the price that was signed."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.money import to_currency
from gameday.model.workload import DealLine, operation

#: How far list prices are changed: raised by a tenth, lowered, and far enough that no tolerance allows it.
_FACTORS = (Decimal("1.1"), Decimal("0.8"), Decimal(3))


@operation("repriced", act="reprice")
def repriced(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The CRM's list price of one of its products changes; what was sold before keeps its price."""
    lines = [msgspec.convert(line, DealLine) for line in value["lines"]]
    line = chance.choice([line for line in lines if line.unit_price > 0] or lines)
    currency = value["currency"]
    # A price of nothing becomes one, too.
    price = to_currency(line.unit_price * chance.choice(_FACTORS), currency) or to_currency(Decimal(9), currency)
    return {"sku": line.sku, "currency": currency, "price": price}
