"""A deal's customer is merged into another one: people find that two accounts are the same company."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation


@operation("merged", act="merge_accounts")
def merged(value: dict[str, Any], _: random.Random) -> dict[str, Any]:
    """The deal's account is merged into another customer's, which all its deals have from then on, without an event."""
    return {"loser": value["account"]}
