"""Under a backlog the largest deals come first: most of the money waits behind none of the small deals."""

from __future__ import annotations

import math
from decimal import Decimal

from gameday.analysis.backlog import waiting_at_the_fix
from gameday.analysis.findings import failed, inconclusive, of, passed
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.revenue import run_rates
from gameday.base.counts import plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "largest first"
#: An order that arises by chance more often than this shows no priority.
_BY_CHANCE = 0.05


@checkers.register(NAME)
def largest_first(case: Case, percent: float | str) -> Verdict:
    """The largest ``percent`` of the deals that waited at the fix each arrived before half of the others did.

    Deals are compared by their amount in the reporting currency, in the order in which the ERP has them. Some of the
    others may come earlier: they were on their way already. A large one may come later than that by the contract's
    margin of the time in which the whole backlog arrived: several are carried over at once, and some take longer. What
    a queue without any priority would show in more than one of 20 runs is inconclusive. Void deals have no order, and
    do not count.
    """
    if not reconcile(case).outcomes:
        return inconclusive(NAME, "no deal was closed")
    waiting = [outcome for outcome in waiting_at_the_fix(case).waiting if not outcome.void]
    if not waiting:
        return passed(NAME, "no deal waited when the last fault was fixed")
    rates = run_rates(case)
    worth = {outcome.deal: rates.of(outcome.currency) for outcome in waiting}
    if without := sorted({outcome.currency for outcome in waiting if worth[outcome.deal] is None}):
        return inconclusive(NAME, f"{', '.join(without)} has no rate to compare deals by")
    by_size = sorted(waiting, key=lambda outcome: outcome.amount * (worth[outcome.deal] or Decimal(0)), reverse=True)
    count = math.ceil(len(by_size) * float(percent) / 100)
    large, others = by_size[:count], by_size[count:]
    half = len(others) // 2
    if not half or _by_chance(len(large), len(others), half) > _BY_CHANCE:
        return inconclusive(
            NAME, f"{of(len(large), len(by_size))} that waited are too few to tell an order from chance"
        )
    reached_s = sorted(map(_arrived_s, others))[half]
    arrived_s = sorted(at_s for at_s in map(_arrived_s, waiting) if math.isfinite(at_s))
    spread_s = arrived_s[-1] - arrived_s[0] if arrived_s else 0.0
    latest_s = reached_s + float(case.contract.margin) * spread_s
    bad = [outcome for outcome in large if _arrived_s(outcome) > latest_s]
    if bad:
        return failed(NAME, f"{of(len(bad), len(large), 'of the largest deals')} arrived after half of the others", bad)
    waited = plural(len(by_size), "deal")
    return passed(NAME, f"the {len(large):,} largest of {waited} that waited arrived before half of the others")


def _arrived_s(outcome: OrderOutcome) -> float:
    return math.inf if outcome.arrived_s is None else outcome.arrived_s


def _by_chance(large: int, others: int, half: int) -> float:
    """How likely an order without any priority has all large deals among the first ones, before half of the others."""
    return math.comb(large + half, large) / math.comb(large + others, large)
