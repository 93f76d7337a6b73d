"""The customer gets one invoice, of the right amount."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.counts import every
from gameday.model.checker import Case, Verdict, checkers, needs

NAME = "invoiced once"


@checkers.register(NAME)
@needs("invoices")
def invoiced_once(case: Case) -> Verdict:
    """Every won deal has exactly one invoice, which agrees with the deal."""
    outcomes = [o for o in reconcile(case).outcomes if not o.void]
    if not outcomes:
        return inconclusive(NAME, "no deal was won")
    bad = [o for o in outcomes if len(o.invoices) != 1 or _differs(o)]
    if not bad:
        return passed(NAME, f"{every(len(outcomes), 'won deal', verb='has')} exactly one invoice")
    missing = sum(not o.invoices for o in bad)
    several = sum(len(o.invoices) > 1 for o in bad)
    wrong = len(bad) - missing - several
    return failed(
        NAME, f"deals without an invoice: {missing:,}; with several: {several:,}; with a wrong one: {wrong:,}", bad
    )


def _differs(outcome: OrderOutcome) -> bool:
    return any(difference.field.startswith("invoice") for difference in outcome.differences)
