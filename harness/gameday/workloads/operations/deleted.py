"""A deal is deleted: somebody tidies up, or merges it into another."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation


@operation("deleted", act="delete_deal")
def deleted(_: dict[str, Any], __: random.Random) -> dict[str, Any]:
    """The deal is deleted with its lines."""
    return {}
