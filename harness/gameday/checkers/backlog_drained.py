"""What piled up while a fault was active is worked off soon after it was fixed."""

from __future__ import annotations

from gameday.analysis.backlog import waiting_at_the_fix
from gameday.analysis.findings import failed, inconclusive, of, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "backlog drained"


@checkers.register(NAME)
def backlog_drained(case: Case, within_s: float | str) -> Verdict:
    """Every deal that was closed before the fix, and not in the ERP by then, has its order within a time of the fix.

    The verdict says how many these were and how fast they arrived. Deals that were closed later do not count, so a
    stack that works off the backlog while new deals arrive may take the old ones first.
    """
    outcomes = reconcile(case).outcomes
    if not outcomes:
        return inconclusive(NAME, "no deal was closed")
    fixed_s, waiting = waiting_at_the_fix(case)
    if not waiting:
        return passed(NAME, "no deal waited when the last fault was fixed")
    limit_s = float(within_s)
    bad = [o for o in waiting if o.arrived_s is None or o.arrived_s - fixed_s > limit_s + case.margin_s]
    if bad:
        summary = f"{of(len(bad), len(waiting))} that waited at the fix did not reach the ERP within {words(limit_s)}"
        return failed(NAME, summary, bad)
    drained_s = max(o.arrived_s or 0.0 for o in waiting) - fixed_s
    rate = f", {len(waiting) / drained_s * 60:,.0f} a minute" if drained_s >= 1 else ""
    return passed(NAME, f"{every(len(waiting), 'deal')} that waited at the fix arrived within {words(drained_s)}{rate}")
