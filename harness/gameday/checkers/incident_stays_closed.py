"""An incident that was closed is not opened again."""

from __future__ import annotations

from gameday.analysis.ending import ending
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "incident stays closed"


@checkers.register(NAME)
def incident_stays_closed(case: Case) -> Verdict:
    """No resolved alert about the flow is raised again, unless a fault began or another deal was affected meanwhile."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return passed(NAME, "no impact: no deal was affected")
    end = ending(case)
    if not end.alerts:
        return failed(
            NAME,
            f"{plural(len(affected), 'deal', verb='was')} affected, and no alert opened an incident",
            affected,
        )
    if end.reopened:
        keys = ", ".join(end.reopened)[:200]
        summary = (
            f"{plural(len(end.reopened), 'alert', verb='was')} resolved and raised again for the same trouble: {keys}"
        )
        return failed(NAME, summary, affected, alerts=list(end.reopened[:200]))
    if not end.resolved:
        return inconclusive(NAME, "no alert was resolved, so none could be opened again")
    return passed(NAME, f"none of {plural(end.resolved, 'resolved alert')} was opened again")
