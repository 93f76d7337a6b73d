"""How the alerts about an incident ended: closed too early, never closed, or too many of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from gameday.analysis.alerts import reports
from gameday.analysis.incident import incident
from gameday.analysis.observations import Observations, observe
from gameday.analysis.once import once_for_each
from gameday.analysis.raised import Raised
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
    are still wrong or the ledgers were read soon after. ``reopened`` has the keys of those that were resolved and
    raised again for the same trouble; ``resolved`` counts the resolved ones. ``pages`` were sent to people, an alert
    that is opened again included, an update of an open one not; ``page_limit`` is their bound. ``tickets`` and
    ``ticket_limit`` are the same for tickets; the contract does not set their bound, for each parked deal may have one,
    also one that a fault hit and that is in the ERP in time after all.
    """

    alerts: int
    early: tuple[OrderOutcome, ...]
    open: tuple[str, ...] | None
    pages: int
    page_limit: int
    reopened: tuple[str, ...] = ()
    resolved: int = 0
    tickets: int = 0
    ticket_limit: int = 0

    @property
    def stormed(self) -> bool:
        """Whether there were more pages, or more tickets, than the bound allows."""
        return self.pages > self.page_limit or self.tickets > self.ticket_limit


@once_for_each
def ending(case: Case) -> Ending:
    """How the incident of a case ended; pure, remembered for the case."""
    observed = observe(case.history)
    affected = reconcile(case).affected
    horizon_s = case.erp.time_s
    about = [r for r in observed.flow_signals(case.contract.name) if r.time_s <= horizon_s]
    alerts = [r for r in about if r.signal.kind == "alert"]
    # A storm is one whatever its pages name.
    sent = [r for r in observed.incident_signals(case.contract.name) if r.time_s <= horizon_s]
    bound = PAGES + PAGES_PER_DEAL * len(affected)
    parked = sum(outcome.affected or outcome.hit for outcome in reconcile(case).outcomes)
    of_all = [r for r in alerts if not r.signal.orders and not r.signal.context]
    return Ending(
        alerts=len({raised.name for raised in alerts}),
        early=tuple(o for o in affected if _closed_early(case, o, of_all)),
        open=_open(case, observed, affected, alerts),
        pages=len({(raised.name, raised.until_s) for raised in sent if raised.signal.kind == "alert"}),
        page_limit=case.contract.page_limit or bound,
        reopened=_reopened(alerts, affected, observed),
        resolved=len({raised.name for raised in alerts if raised.until_s <= horizon_s}),
        tickets=len({raised.name for raised in sent if raised.signal.kind == "ticket"}),
        ticket_limit=PAGES + PAGES_PER_DEAL * parked,
    )


def _closed_early(case: Case, outcome: OrderOutcome, of_all: Sequence[Raised]) -> bool:
    """Whether a deal was alerted about, and no signal about it was open when it was repaired or the ledgers were read.

    A deal that no signal names is covered by the alerts about the whole flow, ``of_all``. Beside signals that can be
    relied on, a digest that stays open keeps no incident open.
    """
    repaired_s = case.erp.time_s if outcome.ordered_s is None else outcome.ordered_s
    if outcome.state == "parked":
        return False
    named = reports(case).about(outcome.deal)
    named = [raised for raised in named if reports(case).precise(raised)] or named
    before = [r for r in named if outcome.closed_s <= r.time_s <= repaired_s]
    if not named:
        before = [r for r in of_all if r.time_s <= repaired_s]
    alerted = any(raised.signal.kind == "alert" for raised in before)
    return alerted and all(raised.until_s < repaired_s - case.margin_s for raised in before)


def _open(
    case: Case, observed: Observations, affected: Sequence[OrderOutcome], alerts: Sequence[Raised]
) -> tuple[str, ...] | None:
    if not affected or any(outcome.ordered_s is None for outcome in affected):
        return None
    still = [raised for raised in alerts if raised.until_s > case.erp.time_s]
    ended_s = max(observed.fixed_s(case.scenario), incident(case).times.reconciled_s or 0.0)
    if still and case.erp.time_s < ended_s + CLOSING_S:
        return None
    late_s = case.erp.time_s - CLOSING_S
    return tuple(dict.fromkeys(raised.signal.key for raised in still if raised.time_s <= late_s))


def _reopened(alerts: Sequence[Raised], affected: Sequence[OrderOutcome], observed: Observations) -> tuple[str, ...]:
    """The keys of alerts that were raised again after they were resolved, though nothing new had happened."""
    news_s = [window.start_s for window in observed.windows]
    news_s += [outcome.affected_s for outcome in affected if outcome.affected_s is not None]
    resolved_s: dict[tuple[str, str], float] = {}
    found: dict[str, None] = {}
    for raised in alerts:
        since_s = resolved_s.get(raised.name, math.inf)
        if since_s < raised.time_s and not any(since_s < at_s <= raised.time_s for at_s in news_s):
            found[raised.signal.key] = None
        resolved_s[raised.name] = raised.until_s
    return tuple(found)
