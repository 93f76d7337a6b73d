"""A canary rollout stops at the first harm: a bad version of the sync reaches few deals, and no more once it shows."""

from __future__ import annotations

import math

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import out_of, plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "canary"
#: A canary of the right share harms more deals by chance less often than this.
_BY_CHANCE = 0.05


@checkers.register(NAME)
def canary(case: Case, percent: float | str, within_s: float | str) -> Verdict:
    """No deal that changed later than a time after the first harm is affected, and until then no more than a share is.

    Affected is a deal that no fault hit and that is lost, duplicated, mismatched or parked; the first harm is when the
    ledgers first differed, whatever the stack says of it. Of ``percent`` of deals, so many may be affected as chance
    does in one of 20 rollouts. What was affected and put right in time is no harm.
    """
    outcomes = [outcome for outcome in reconcile(case).outcomes if not outcome.hit]
    if not outcomes:
        return inconclusive(NAME, "a fault hit every deal" if reconcile(case).outcomes else "no deal was closed")
    affected = [outcome for outcome in outcomes if outcome.unreconciled]
    if not affected:
        return passed(NAME, f"no impact: none of {plural(len(outcomes), 'deal')} that no fault hit was affected")
    first_s = min(outcome.changed_s if outcome.affected_s is None else outcome.affected_s for outcome in affected)
    until_s = first_s + float(within_s) + case.margin_s
    late = [outcome for outcome in affected if outcome.changed_s > until_s]
    harm = f"the first harm at {first_s:.0f} s"
    if late:
        more = plural(len(late), "more deal", verb="was")
        summary = f"{more} affected that changed later than {words(float(within_s))} after {harm}"
        return failed(NAME, summary, late)
    rolled = [outcome for outcome in outcomes if outcome.changed_s <= until_s]
    share = min(float(percent) / 100, 1.0)
    if _at_least(len(affected), len(rolled), share) < _BY_CHANCE:
        until_then = out_of(len(affected), len(rolled), "deal", verb="was")
        summary = f"{until_then} affected of those that changed until then, more than a canary of {percent}%"
        return failed(NAME, summary, affected)
    if all(outcome.changed_s <= until_s for outcome in outcomes):
        return inconclusive(NAME, f"no deal changed later than {words(float(within_s))} after {harm}")
    return passed(
        NAME,
        f"{out_of(len(affected), len(rolled), 'deal', verb='was')} affected, and none that changed later than that",
    )


def _at_least(count: int, of_all: int, share: float) -> float:
    """How likely a canary of this share takes at least so many of all deals."""
    return sum(math.comb(of_all, k) * share**k * (1 - share) ** (of_all - k) for k in range(count, of_all + 1))
