"""Whoever is alerted knows which deals to look after."""

from __future__ import annotations

from gameday.analysis.findings import broke, held, nothing_seen, of
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "alert names orders"


@checkers.register(NAME)
def alert_names_orders(case: Case) -> Verdict:
    """Every harmed deal is named by an alert or a ticket."""
    found = reconcile(case)
    if not found.outcomes:
        return nothing_seen(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return held(NAME, "absorbed: no deal was harmed")
    unnamed = [o for o in affected if not o.reported]
    if unnamed:
        return broke(NAME, f"{of(len(unnamed), len(affected), 'harmed deals')} were never named", unnamed)
    return held(NAME, f"all {len(affected):,} harmed deals were named")
