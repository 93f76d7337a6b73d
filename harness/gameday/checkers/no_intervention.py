"""The sync recovers without manual interventions."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.interventions import interventions
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "no intervention"


@checkers.register(NAME)
def no_intervention(case: Case) -> Verdict:
    """There were no manual interventions, no dead letter is left open, and no deal is left to repair."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    observed = observe(case.history)
    by_hand = interventions(case)
    if not by_hand.count:
        return passed(NAME, "no manual interventions, no open dead letter, and no deal is left to repair")
    bad = [o for o in found.outcomes if o.deal in by_hand.waiting] or found.affected
    orphans = [*(order.id for order in found.orphans), *(stray.id for stray in found.strays)]
    acted = [op.index for op in observed.interventions]
    summary = (
        f"manual interventions: {by_hand.acts:,}; dead letters still open: {by_hand.dead_letters:,}; "
        f"deals left to repair: {sum(o.unreconciled for o in found.outcomes) + len(orphans):,}"
    )
    return failed(NAME, summary, bad, others=orphans, operations=acted)
