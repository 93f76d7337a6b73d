"""A deal is voided: the customer withdraws from it."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation


@operation("voided", act="void_deal")
def voided(_: dict[str, Any], __: random.Random) -> dict[str, Any]:
    """The deal is taken back as a whole."""
    return {}
