"""Crowds of deals, some of them very large, of which a stack has to carry the largest over first."""

from __future__ import annotations

import math
import statistics
from decimal import Decimal

from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import workloads
from gameday.workloads.closed_won import PER_USD

#: The workload with very large deals, their share in a crowd, and how large they are.
WHALES, MANY, VERY_LARGE = "whales", "0.4", "5000"
#: A stack tells large deals by an amount that nobody else knows. What is so many times the usual is surely above it.
SURELY = 100


def has_largest(day: WorkloadSpec, seed: int, percent: float) -> bool:
    """Whether the largest ``percent`` of a day's deals are surely so large that any stack takes them for large ones.

    How many are very large, and of which deals, is chance.
    """
    if day.name != WHALES or (day.params.get("whales"), day.params.get("size")) != (MANY, VERY_LARGE):
        return False
    values = [each.value for each in workloads[day.name](day, seed).operations if each.f == "close_deal"]
    worth = sorted((Decimal(str(value["amount"])) / PER_USD[value["currency"]] for value in values), reverse=True)
    least = worth[math.ceil(len(worth) * percent / 100) - 1]
    return least >= SURELY * statistics.median(worth)
