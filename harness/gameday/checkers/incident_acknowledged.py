"""Somebody takes the incident on in time."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.incident import incident
from gameday.analysis.reconcile import reconcile
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "incident acknowledged"


@checkers.register(NAME)
def incident_acknowledged(case: Case, within_s: float | str) -> Verdict:
    """An alert about the incident is acknowledged within a time of the first one, or no deal is affected."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return passed(NAME, "no impact: no deal was affected")
    limit_s = float(within_s)
    times = incident(case).times
    if times.alerted_s is None:
        return failed(NAME, f"{len(affected):,} deals were affected, and no alert opened an incident", affected)
    if times.acknowledge_s is None:
        if case.erp.time_s < times.alerted_s + limit_s + case.margin_s:
            return inconclusive(NAME, f"the ledgers were read before {words(limit_s)} after the first alert were over")
        return failed(NAME, f"nobody acknowledged the first alert at {times.alerted_s:.0f} s", affected)
    after = f"{words(times.acknowledge_s)} after the first alert at {times.alerted_s:.0f} s"
    if times.acknowledge_s > limit_s + case.margin_s:
        return failed(NAME, f"it was acknowledged {after}, later than {words(limit_s)}", affected)
    return passed(NAME, f"it was acknowledged {after}")
