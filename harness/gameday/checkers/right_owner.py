"""Alerts go to the people who can fix the problem."""

from __future__ import annotations

from gameday.analysis.escalation import is_right_owner
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of, plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "right owner"


@checkers.register(NAME)
def right_owner_alerted(case: Case) -> Verdict:
    """Every alert and ticket about the flow goes to an owner who can remove its cause: a closed period is finance's."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    if not case.contract.owner:
        return inconclusive(NAME, f"the contract {case.contract.name!r} names no owner")
    about = observe(case.history).flow_signals(case.contract.name)
    affected = found.affected
    if not about:
        if affected:
            return failed(
                NAME,
                f"{plural(len(affected), 'deal', verb='was')} affected, and no alert or ticket was raised",
                affected,
            )
        return passed(NAME, "no impact: no deal was affected, and no alert or ticket was raised")
    misrouted = [r for r in about if not is_right_owner(case, r)]
    if not misrouted:
        return passed(NAME, f"{every(len(about), 'alert or ticket', 'alerts and tickets')} went to the right owner")
    owners = sorted({r.signal.owner or "nobody" for r in misrouted})
    named = {deal for r in misrouted for deal in r.signal.orders}
    wrong = out_of(len(misrouted), len(about), "alert or ticket", "alerts and tickets")
    summary = f"{wrong} went to {', '.join(owners)[:200]}"
    bad = [o for o in found.outcomes if o.deal in named] or affected
    return failed(NAME, summary, bad, operations=[r.index for r in misrouted[:200]])
