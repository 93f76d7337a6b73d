"""Somebody takes the incident on in time."""

from __future__ import annotations

from gameday.analysis.escalation import acknowledged_by_people_s
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.incident import incident
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.remarks import Remark

NAME = "incident acknowledged"


@checkers.register(NAME)
def incident_acknowledged(case: Case, within_s: float | str) -> Verdict:
    """An operator acknowledges an alert about the incident within a time of the first one, or no deal is affected."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return passed(NAME, "no impact: no deal was affected")
    limit_s = float(within_s)
    alerted_s = incident(case).times.alerted_s
    if alerted_s is None:
        return failed(
            NAME,
            f"{plural(len(affected), 'deal', verb='was')} affected, and no alert opened an incident",
            affected,
        )
    first = f"the first alert at {alerted_s:.0f} s"
    if not any(op.event.by for op in case.history.of(Remark)):
        return inconclusive(NAME, f"nobody was at the live board to acknowledge {first}: run it with --live")
    acknowledged_s = acknowledged_by_people_s(case, alerted_s)
    if acknowledged_s is None:
        if case.erp.time_s < alerted_s + limit_s + case.margin_s:
            return inconclusive(NAME, f"the ledgers were read before {words(limit_s)} after the first alert were over")
        return failed(NAME, f"nobody acknowledged {first}", affected)
    after = f"{words(acknowledged_s - alerted_s)} after {first}"
    if acknowledged_s > alerted_s + limit_s + case.margin_s:
        return failed(NAME, f"it was acknowledged {after}, later than {words(limit_s)}", affected)
    return passed(NAME, f"it was acknowledged {after}")
