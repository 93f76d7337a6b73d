"""A deal is amended again and again, as in a negotiation that goes on after the signature."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation
from gameday.workloads.operations.amended import amended


@operation("amended several times", act="amend_deal", times=3)
def amended_several_times(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Three times in a row, one line is bought in another quantity."""
    return amended(value, chance)
