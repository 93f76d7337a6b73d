"""Revenue that is not in the ERP, came late, or was invoiced twice: sums that do not depend on when a run stopped.

Only deals on which the ledgers disagree count, and orders without a deal; what is within the contract's tolerance does
not. Pure.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.rates import Amount, Rates
from gameday_fakes.ledger import Entry, Invoice


class Revenue(msgspec.Struct, frozen=True):
    """What a run did to the revenue.

    ``not_booked``: what the won deals come to beyond their open orders, and beyond their open invoices if the contract
    says ``invoiced``, when the ledgers were read. ``booked_late``: the deals that ended late, by ``late_median_s`` and
    at most ``late_longest_s`` after they were due (scenario seconds; None without one). ``over_invoiced``: what open
    invoices come to beyond their deals, the excess only; all of it for a voided deal and for an orphan order.
    ``sla_breaches``: the deals that were not right in the ERP when the contract wants them there; of a duplicated deal
    the first order counts. ``never_booked`` of them were still not when the ledgers were read.
    """

    not_booked: Amount
    booked_late: Amount
    late_median_s: float | None
    late_longest_s: float | None
    over_invoiced: Amount
    sla_breaches: int = 0
    never_booked: int = 0


@once_for_each
def run_rates(case: Case) -> Rates:
    """The rates of the currencies in a case's ledgers; without a declared reporting currency that of all entries is it.

    An invoice may be in a currency in which nothing was sold or ordered.
    """
    used = {entry.currency for ledger in (case.crm, case.erp) for entry in ledger.entries}
    billed = {invoice.currency for entry in case.erp.entries for invoice in entry.invoices}
    return Rates(case.rates.among(used).reporting, case.rates.among(used | billed).rates)


@once_for_each
def revenue(case: Case) -> Revenue:
    """The three sums of a case."""
    found, rates = reconcile(case), run_rates(case)
    late = [outcome for outcome in found.outcomes if outcome.state == "late"]
    lateness_s = [outcome.late_s for outcome in late]
    margin_s = case.margin_s
    breaches = [outcome for outcome in found.outcomes if _breaches(outcome, margin_s)]
    missing, excess = dict[str, Decimal](), dict[str, Decimal]()
    orders = {entry.id: entry for entry in case.erp.entries}
    invoices = {invoice.id: invoice for entry in case.erp.entries for invoice in entry.invoices}
    for outcome in found.outcomes:
        if outcome.unreconciled:
            live, bills = [orders[i] for i in outcome.orders], [invoices[i] for i in outcome.invoices]
            amount, code, void, contract = outcome.amount, outcome.currency, outcome.void, case.contract
            _add(missing, code, not_booked_of(amount, code, live, bills, contract, void=void))
            for currency, over in over_invoiced_of(amount, code, bills, contract, void=void).items():
                _add(excess, currency, over)
    for invoice in (invoice for entry in found.orphans for invoice in entry.invoices if invoice.is_open):
        _add(excess, invoice.currency, _owed(invoice))
    return Revenue(
        not_booked=rates.amount(missing),
        booked_late=rates.amount(by_currency(late)),
        late_median_s=round(statistics.median(lateness_s), 3) if late else None,
        late_longest_s=round(max(lateness_s), 3) if late else None,
        over_invoiced=rates.amount(excess),
        sla_breaches=len(breaches),
        never_booked=sum(outcome.arrived_s is None for outcome in breaches),
    )


def by_currency(outcomes: Iterable[OrderOutcome], *, sizes: bool = False) -> dict[str, Decimal]:
    """The deals' amounts by currency; with ``sizes`` those of credits count as if they were sales, for shares."""
    sums: dict[str, Decimal] = {}
    for outcome in outcomes:
        _add(sums, outcome.currency, abs(outcome.amount) if sizes else outcome.amount)
    return dict(sorted(sums.items()))


def _breaches(outcome: OrderOutcome, margin_s: float) -> bool:
    """Whether a deal was not right in the ERP when the contract wants it there."""
    return outcome.affected and (outcome.arrived_s is None or outcome.arrived_s > outcome.due_s + margin_s)


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, NOTHING) + amount


def not_booked_of(
    amount: Decimal, currency: str, orders: Iterable[Entry], bills: Iterable[Invoice], contract: Contract, *, void: bool
) -> Decimal:
    """What a deal of this amount comes to beyond its open orders and bills in its currency; 0 of a void one."""
    if void:
        return NOTHING
    booked = sum((order.total for order in orders if order.currency == currency), NOTHING)
    if contract.invoiced:
        booked = min(booked, sum((_owed(bill) for bill in bills if bill.currency == currency), NOTHING))
    return amount - booked if amount - booked > contract.tolerance else NOTHING


def over_invoiced_of(
    amount: Decimal, currency: str, bills: Sequence[Invoice], contract: Contract, *, void: bool
) -> dict[str, Decimal]:
    """What the open invoices of a deal come to beyond it; another currency than the deal's is all excess."""
    excess = {}
    for code in {bill.currency for bill in bills}:
        invoiced = sum((_owed(bill) for bill in bills if bill.currency == code), NOTHING)
        sold = amount if code == currency and not void else NOTHING
        if invoiced - sold > contract.tolerance:
            excess[code] = invoiced - sold
    return excess


def _owed(invoice: Invoice) -> Decimal:
    """What is left of an invoice after its credit memos."""
    return invoice.total - invoice.credited
