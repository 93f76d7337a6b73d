"""A deal that the ERP refuses is parked with everything needed to process it later."""

from __future__ import annotations

from gameday.analysis.alerts import reports
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of, plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "parked with context"


@checkers.register(NAME)
def parked_with_context(case: Case) -> Verdict:
    """Every deal that the ERP refused and did not have by the fix was parked with its payload and a reason that fits.

    A write whose reply was lost was not refused: it is indeterminate, and the ledger decides.
    """
    outcomes = reconcile(case).outcomes
    observed = observe(case.history)
    if not outcomes or not observed.writes:
        return inconclusive(NAME, "nothing was written to the ERP")
    fixed_s = observed.fixed_s(case.scenario)
    refused = {deal for deal, writes in observed.writes.items() if any(op.outcome == "fail" for op in writes)}
    stuck = [o for o in outcomes if o.deal in refused and (o.ordered_s is None or o.ordered_s > fixed_s)]
    if not stuck:
        return passed(
            NAME, f"{plural(len(refused), 'deal', verb='was')} refused, and none was still missing at the fix"
        )
    bad = [o for o in stuck if not reports(case).was_parked(o)]
    if bad:
        return failed(
            NAME,
            f"{out_of(len(bad), len(stuck), 'refused deal', verb='was')} not parked with payload and reason",
            bad,
        )
    return passed(NAME, f"{every(len(stuck), 'refused deal', verb='was')} parked with payload and reason")
