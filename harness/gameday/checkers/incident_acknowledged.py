"""Somebody takes the incident on in time."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.incident import incident
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.remarks import ACKNOWLEDGED, Note, Remark

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
    acknowledged_s = _acknowledged_s(case, alerted_s)
    if acknowledged_s is None:
        if case.erp.time_s < alerted_s + limit_s + case.margin_s:
            return inconclusive(NAME, f"the ledgers were read before {words(limit_s)} after the first alert were over")
        return failed(NAME, f"nobody acknowledged {first}", affected)
    after = f"{words(acknowledged_s - alerted_s)} after {first}"
    if acknowledged_s > alerted_s + limit_s + case.margin_s:
        return failed(NAME, f"it was acknowledged {after}, later than {words(limit_s)}", affected)
    return passed(NAME, f"it was acknowledged {after}")


def _acknowledged_s(case: Case, alerted_s: float) -> float | None:
    """When an operator acknowledged an alert about the incident: a stack that does so itself takes nothing on."""
    acknowledged_s = incident(case).times.acknowledged_s
    notes = (op for op in case.history.of(Note) if op.event.by and op.event.text.startswith(ACKNOWLEDGED))
    by_people_s = min((op.time_s for op in notes if op.time_s >= alerted_s), default=None)
    return None if acknowledged_s is None or by_people_s is None else max(acknowledged_s, by_people_s)
