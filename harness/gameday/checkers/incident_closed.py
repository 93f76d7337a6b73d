"""The incident is closed, and not before the repair."""

from __future__ import annotations

from gameday.analysis.ending import ending
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of, plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "incident closed"


@checkers.register(NAME)
def incident_closed(case: Case) -> Verdict:
    """No alert about an affected deal was resolved before its repair, and none stays open long after the last one."""
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
    if end.early:
        what = out_of(len(end.early), len(affected), "affected deal")
        return failed(NAME, f"the alerts about {what} were resolved before the repair", end.early)
    if end.open:
        keys = ", ".join(end.open)[:200]
        summary = f"{plural(len(end.open), 'alert', verb='is')} still open although every deal is repaired: {keys}"
        return failed(NAME, summary, affected, alerts=list(end.open[:200]))
    if end.open is None and any(outcome.ordered_s is None for outcome in affected):
        return passed(NAME, "deals are still wrong, and the alerts about them were not resolved")
    if end.open is None:
        return inconclusive(NAME, "the ledgers were read too soon after the repair to see the incident closed")
    return passed(NAME, f"{every(end.alerts, 'alert', verb='was')} resolved, none before the repair")
