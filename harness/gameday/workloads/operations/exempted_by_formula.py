"""A deal's customer becomes exempt from tax, and formulas over the customer change its deals without a sign of it."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation


@operation("exempted by formula", act="exempt_account")
def exempted_by_formula(_: dict[str, Any], __: random.Random) -> dict[str, Any]:
    """The customer is exempt from tax from now on; formulas change its deals, without an event or a new timestamp."""
    return {}
