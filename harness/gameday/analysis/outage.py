"""What eight hours of a run's faults would cost at the flow's own volume, which the registry of flows knows.

The run gives the shares, the registry the money: of the deals that were closed or changed while a fault was active, and
of all that were affected, so much of the money was not booked, and so much invoiced beyond it. Pure.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gameday.analysis.observations import Window, observe
from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.revenue import by_currency, revenue, run_rates
from gameday.base.money import to_currency
from gameday.model.checker import Case

#: How long the outage is that is spoken of: a working day, or a night.
OUTAGE_HOURS = 8
_DAY_HOURS = 24


class Outage(msgspec.Struct, frozen=True):
    """What ``hours`` of the same faults would cost, in the reporting ``currency``, at ``per_day`` of revenue.

    ``not_booked`` and ``over_invoiced`` are the shares of this run (``not_booked_share``, ``over_invoiced_share``) of
    the revenue of so many hours. The shares are those of ``deals``, measured while faults were active for ``active_s``
    (scenario seconds; None if a fault was active until the end).
    """

    hours: int
    per_day: Decimal
    currency: str
    not_booked: Decimal
    over_invoiced: Decimal
    not_booked_share: float
    over_invoiced_share: float
    deals: int
    active_s: float | None


@once_for_each
def outage(case: Case) -> Outage | None:
    """What eight hours of a case's faults would cost.

    None where it cannot be said: without a revenue a day or a rate for it, without a fault that lasted, without a won
    deal meanwhile, or where a rate is missing.
    """
    windows = [window for window in observe(case.history).windows if window.end_s > window.start_s]
    rates, sums, daily = run_rates(case), revenue(case), _revenue_per_day(case)
    those = [o for o in reconcile(case).outcomes if not o.void and _counts(o, windows)]
    whole = rates.amount(by_currency(those, sizes=True)).amount
    not_booked, over_invoiced = sums.not_booked.amount, sums.over_invoiced.amount
    if not windows or daily is None or not whole or not_booked is None or over_invoiced is None:
        return None
    during = daily * OUTAGE_HOURS / _DAY_HOURS
    return Outage(
        hours=OUTAGE_HOURS,
        per_day=to_currency(daily, rates.reporting),
        currency=rates.reporting,
        not_booked=to_currency(during * not_booked / whole, rates.reporting),
        over_invoiced=to_currency(during * over_invoiced / whole, rates.reporting),
        not_booked_share=round(float(not_booked / whole), 4),
        over_invoiced_share=round(float(over_invoiced / whole), 4),
        deals=len(those),
        active_s=_active_s(windows),
    )


def _revenue_per_day(case: Case) -> Decimal | None:
    """The flow's revenue a day in the reporting currency; None if it, or a rate for it, is not known."""
    amount, currency, reporting = (
        case.contract.revenue_per_day,
        case.contract.revenue_currency,
        run_rates(case).reporting,
    )
    if amount is None or not currency or not reporting:
        return None
    rate = Decimal(1) if currency == reporting else case.rates.of(currency)
    return None if rate is None else amount * rate


def _counts(outcome: OrderOutcome, windows: list[Window]) -> bool:
    """Whether the faults could concern a deal: they were active when it was closed or changed, or it was affected."""
    moments = (outcome.closed_s, outcome.changed_s)
    return outcome.affected or any(w.start_s <= moment <= w.end_s for w in windows for moment in moments)


def _active_s(windows: list[Window]) -> float | None:
    """For how long any fault was active; None if one was until the end."""
    total_s, until_s = 0.0, 0.0
    for window in sorted(windows, key=lambda window: window.start_s):
        total_s += max(0.0, window.end_s - max(window.start_s, until_s))
        until_s = max(until_s, window.end_s)
    return round(total_s, 3) if total_s < float("inf") else None
