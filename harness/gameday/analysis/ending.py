"""How the alerts about an incident ended: closed too early, never closed, or too many of them."""

from __future__ import annotations

import math

import msgspec

from gameday.analysis.incident import incident
from gameday.analysis.observations import Observations, observe, once_for_each
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case

#: How long after the trouble ended an alert may stay open (scenario seconds).
CLOSING_S = 300.0
#: The pages of an incident without a bound in the contract: so many, and so many more for each affected deal.
PAGES, PAGES_PER_DEAL = 5, 3


class Ending(msgspec.Struct, frozen=True):
    """How the incident ended.

    ``early``: the affected deals all of whose alerts were resolved before the deal was repaired. ``open`` has the keys
    of the alerts that were still open long after every deal was repaired; None if that cannot be said, for deals
    are still wrong or the ledgers were read soon after. ``pages`` were sent to people, an alert that is opened again
    included, an update of an open one not; ``page_limit`` is their bound.
    """

    alerts: int
    early: tuple[OrderOutcome, ...]
    open: tuple[str, ...] | None
    pages: int
    page_limit: int

    @property
    def stormed(self) -> bool:
        """Whether there were more pages than the bound allows."""
        return self.pages > self.page_limit


@once_for_each
def ending(case: Case) -> Ending:
    """How the incident of a case ended; pure, remembered for the case."""
    observed = observe(case.history)
    affected = reconcile(case).affected
    horizon_s = case.erp.time_s
    alerts = [r for r in observed.flow_alerts(case.contract.name) if r.time_s <= horizon_s]
    margin_s = case.margin_s
    return Ending(
        alerts=len({raised.name for raised in alerts}),
        early=tuple(o for o in affected if _closed_early(o, observed, horizon_s, margin_s)),
        open=_open(case, observed, affected),
        pages=len({(raised.name, raised.until_s) for raised in alerts}),
        page_limit=case.contract.page_limit or PAGES + PAGES_PER_DEAL * len(affected),
    )


def _closed_early(outcome: OrderOutcome, observed: Observations, horizon_s: float, margin_s: float) -> bool:
    """Whether alerts named a deal, and no signal that did was open when it was repaired or the ledgers were read."""
    repaired_s = horizon_s if outcome.ordered_s is None else outcome.ordered_s
    if outcome.state == "parked":
        return False
    before = [r for r in observed.named.get(outcome.deal, ()) if outcome.closed_s <= r.time_s <= repaired_s]
    alerted = any(raised.signal.kind == "alert" for raised in before)
    return alerted and all(raised.until_s < repaired_s - margin_s for raised in before)


def _open(case: Case, observed: Observations, affected: list[OrderOutcome]) -> tuple[str, ...] | None:
    if not affected or any(outcome.ordered_s is None for outcome in affected):
        return None
    ended_s = max(observed.fixed_s(case.scenario), incident(case).times.reconciled_s or 0.0)
    if case.erp.time_s < ended_s + CLOSING_S:
        return None
    alerts = observed.flow_alerts(case.contract.name)
    late_s = case.erp.time_s - CLOSING_S
    return tuple(
        dict.fromkeys(
            raised.signal.key
            for raised in alerts
            if raised.time_s <= late_s and (math.isinf(raised.until_s) or raised.until_s > case.erp.time_s)
        )
    )
