"""A deal's customer is merged with a duplicate of it: from then on the deal belongs to an account with another id."""

from __future__ import annotations

import random
from typing import Any

from gameday.model.workload import operation


@operation("merged with a duplicate", act="merge_duplicate")
def merged_with_a_duplicate(_: dict[str, Any], __: random.Random) -> dict[str, Any]:
    """The deal's account becomes one with a duplicate of it: all its deals have another account, without an event."""
    return {}
