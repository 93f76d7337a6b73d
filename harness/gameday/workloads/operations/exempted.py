"""A deal is exempted from tax: the customer has brought a certificate, and the tax code of every line is cleared."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from gameday.model.workload import DealLine, operation


@operation("exempted", act="amend_deal")
def exempted(value: dict[str, Any], _: random.Random) -> dict[str, Any]:
    """The tax code and the tax of every line are cleared; quantities and prices stay."""
    lines = [
        msgspec.structs.replace(msgspec.convert(line, DealLine), tax_code="", tax_percent=None, tax=None)
        for line in value["lines"]
    ]
    change: dict[str, Any] = msgspec.to_builtins({"lines": lines, "amount": value["amount"]})
    return change
