"""The sync recovers without manual interventions."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "no intervention"


@checkers.register(NAME)
def no_intervention(case: Case) -> Verdict:
    """There were no manual interventions, and no dead letter is left open."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    observed = observe(case.history)
    acts = len(observed.interventions)
    left = max(observed.open_dead_letters or 0, len(case.dead_letters))
    if not acts and not left:
        return passed(NAME, "no manual interventions, and no dead letter is open")
    waiting = {letter.order for letter in case.dead_letters}
    bad = [o for o in found.outcomes if o.deal in waiting] or found.affected
    acted = [op.index for op in observed.interventions]
    return failed(NAME, f"manual interventions: {acts:,}; dead letters still open: {left:,}", bad, operations=acted)
