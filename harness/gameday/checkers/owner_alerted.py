"""The owner is alerted in time."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.incident import incident
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "owner alerted"


@checkers.register(NAME)
def owner_alerted(case: Case, within_s: float | str) -> Verdict:
    """An alert names the flow within a time of the first affected deal, or no deal is affected."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    limit_s = float(within_s)
    times = incident(case).times
    affected = found.affected
    if not affected:
        alert = "no alert was needed" if times.alerted_s is None else f"an alert came at {times.alerted_s:.0f} s"
        return passed(NAME, f"no impact: no deal was affected; {alert}")
    if times.detect_s is None:
        noise = len(observe(case.history).flow_alerts(case.contract.name))
        but = f"; {plural(noise, 'was', 'were')} imprecise, or came where nothing was wrong" if noise else ""
        return failed(
            NAME,
            f"{plural(len(affected), 'deal', verb='was')} affected and no alert named the flow{but}",
            affected,
        )
    after = f"{words(max(0.0, times.detect_s))} after the first affected deal at {times.affected_s:.0f} s"
    if times.detect_s > limit_s + case.margin_s:
        return failed(NAME, f"the first alert came {after}, later than {words(limit_s)}", affected)
    if times.detect_s <= 0:
        after = f"before the first affected deal at {times.affected_s:.0f} s"
    return passed(NAME, f"the first alert came {after}", alerted_s=times.alerted_s, affected_s=times.affected_s)
