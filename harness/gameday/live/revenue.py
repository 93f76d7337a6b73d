"""What a run has done to the revenue so far: the judge's sums, on what the history shows of the affected deals."""

from __future__ import annotations

from decimal import Decimal

from gameday.analysis.revenue import Revenue, not_booked_of, over_invoiced_of
from gameday.live.deal_state import LiveDeal
from gameday.live.tally import Tally
from gameday.model.contract import Contract
from gameday.model.rates import Rates


def revenue_so_far(tally: Tally, contract: Contract, rates: Rates) -> Revenue:
    """The sums of the affected deals as they are now. The delays, and orphan orders, are known once the run is judged.

    A document that states no total books and invoices nothing that is known.
    """
    missing, excess = dict[str, Decimal](), dict[str, Decimal]()
    for deal in tally.wrong.values():
        if deal.affected_s is not None:
            _add(missing, deal.currency, _not_booked(deal, contract))
            bills = [bill for bill in deal.invoices if bill.total.is_finite()]
            for currency, over in over_invoiced_of(deal.amount, deal.currency, bills, contract, void=deal.void).items():
                _add(excess, currency, over)
    late = tally.money["late"]
    known = rates.among([*missing, *excess, *late])
    return Revenue(
        not_booked=known.amount(missing),
        booked_late=known.amount(late),
        late_median_s=None,
        late_longest_s=None,
        over_invoiced=known.amount(excess),
    )


def _not_booked(deal: LiveDeal, contract: Contract) -> Decimal:
    orders = [order for order in deal.orders if order.state == "open" and order.total.is_finite()]
    bills = [bill for bill in deal.invoices if bill.total.is_finite()]
    return not_booked_of(deal.amount, deal.currency, orders, bills, contract, void=deal.void)


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    if amount:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
