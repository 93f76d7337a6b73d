"""Alerts and tickets say which deals are affected."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.analysis.reports import DEAD_LETTER
from gameday.base.counts import every, out_of
from gameday.model.checker import Case, Verdict, checkers

NAME = "alert names orders"


@checkers.register(NAME)
def alert_names_orders(case: Case) -> Verdict:
    """Every affected deal is named by a precise alert or ticket that was not resolved before the repair."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return passed(NAME, "no impact: no deal was affected")
    unnamed = [o for o in affected if not o.reported or o.reported_by == DEAD_LETTER]
    if unnamed:
        return failed(NAME, f"no alert or ticket names {out_of(len(unnamed), len(affected), 'affected deal')}", unnamed)
    return passed(NAME, f"alerts or tickets name {every(len(affected), 'affected deal')}")
