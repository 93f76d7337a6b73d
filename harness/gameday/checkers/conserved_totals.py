"""The CRM and the ERP hold the same amount of money."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "conserved totals"


@checkers.register(NAME)
def conserved_totals(case: Case) -> Verdict:
    """In every currency the won deals and the open orders have the same total."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    allowed = case.contract.tolerance * len(found.outcomes)
    rows = [[t.currency, str(t.crm), str(t.erp), str(t.difference)] for t in found.totals]
    off = {t.currency: t.difference for t in found.totals if abs(t.difference) > allowed}
    if not off:
        totals = ", ".join(f"{t.crm:,} {t.currency}" for t in found.totals)
        return passed(NAME, f"the totals agree: {totals or 'nothing'}", totals=rows)
    bad = [o for o in found.outcomes if o.unreconciled and _currencies(o) & off.keys()]
    orphans = [entry.id for entry in found.orphans if entry.currency in off]
    by = ", ".join(f"{difference:+,} {currency}" for currency, difference in off.items())
    return failed(NAME, f"the ERP's total differs by {by}", bad, others=orphans, totals=rows)


def _currencies(outcome: OrderOutcome) -> set[str]:
    return {outcome.currency, *(d.erp for d in outcome.differences if d.field == "currency")}
