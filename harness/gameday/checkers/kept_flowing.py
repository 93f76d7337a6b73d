"""One failing record does not block the others."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "kept flowing"


@checkers.register(NAME)
def kept_flowing(case: Case, within_s: float | str | None = None) -> Verdict:
    """Every deal that no fault hit arrived in time: within the contract's latency or the given limit."""
    outcomes = reconcile(case).outcomes
    limit_s = case.contract.sla.latency_s if within_s is None else float(within_s)
    not_hit = [o for o in outcomes if not o.hit]
    if not not_hit:
        return inconclusive(NAME, "a fault hit every deal" if outcomes else "no deal was closed")
    bad = [o for o in not_hit if o.arrived_s is None or o.arrived_s - o.changed_s > limit_s + case.margin_s]
    if bad:
        return failed(
            NAME,
            f"{out_of(len(bad), len(not_hit), 'deal')} that no fault hit did not arrive within {words(limit_s)}",
            bad,
        )
    return passed(NAME, f"{every(len(not_hit), 'deal')} that no fault hit arrived within {words(limit_s)}")
