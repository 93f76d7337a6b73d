"""Revenue that was not booked, came late or was invoiced too much, in the reporting currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.reconcile import reconcile
from gameday.analysis.revenue import Revenue, revenue, run_rates
from gameday.model.rates import Rate, Rates
from gameday.scoring.recovery import share
from gameday.scoring.score import score

RATES = Rates("USD", (Rate("EUR", Decimal("1.10"), date(2026, 1, 2)),))


def of(story: Any, rates: Rates = RATES) -> Revenue:
    return revenue(msgspec.structs.replace(story.case(), rates=rates))


def test_a_lost_deal_is_not_booked_in_full(locked: Any) -> None:
    assert of(locked.deal("D1", 70, amount="40.00")).not_booked.amount == Decimal("40.00")


def test_of_an_order_that_is_too_small_only_the_rest_is_not_booked(locked: Any) -> None:
    found = of(locked.deal("D1", 70, amount="40.00").order("D1", 72, total=Decimal("30.00")))
    assert (found.not_booked.amount, found.over_invoiced.amount) == (Decimal("10.00"), 0)


def test_an_order_without_its_invoice_is_not_booked(locked: Any) -> None:
    assert of(locked.deal("D1", 70, amount="40.00").order("D1", 72, invoice=None)).not_booked.amount == 40


def test_an_order_in_another_currency_books_nothing_and_its_invoice_is_excess(locked: Any) -> None:
    found = of(locked.deal("D1", 70, amount="40.00").order("D1", 72, currency="EUR"))
    assert (found.not_booked.amount, found.over_invoiced.amount) == (Decimal("40.00"), Decimal("44.00"))


def test_of_a_second_invoice_the_excess_is_over_invoiced(locked: Any) -> None:
    found = of(locked.deal("D1", 70, amount="40.00").order("D1", 72).order("D1", 75))
    assert (found.not_booked.amount, found.over_invoiced.amount) == (0, Decimal("40.00"))


def test_an_open_invoice_of_a_voided_deal_is_all_excess(locked: Any) -> None:
    assert of(locked.deal("D1", 70, amount="40.00", state="void").order("D1", 72)).over_invoiced.amount == 40


def test_the_invoice_of_an_orphan_order_is_all_excess(locked: Any) -> None:
    assert of(locked.deal("D1", 70).order("D1", 72).order("D9", 80)).over_invoiced.amount == 5


def test_what_is_within_the_tolerance_is_no_excess(locked: Any) -> None:
    locked.contract = msgspec.structs.replace(locked.contract, tolerance=Decimal("0.05"))
    locked.deal("D1", 70, amount="40.00").order("D1", 72, total=Decimal("40.03"), customer="ACC-9")
    assert of(locked).over_invoiced.by_currency == {}


def test_late_deals_are_booked_late_with_how_long(locked: Any) -> None:
    locked.deal("D1", 70, amount="40.00").order("D1", 330).deal("D2", 70, amount="2.00", currency="EUR")
    found = of(locked.order("D2", 430))
    assert found.booked_late.amount == Decimal("42.20")
    assert found.booked_late.by_currency == {"EUR": 2, "USD": 40}
    assert (found.late_median_s, found.late_longest_s) == (250, 300)


def test_a_deal_that_is_not_right_when_it_is_due_breaches_the_sla(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 330).deal("D2", 70).deal("D3", 70).order("D3", 72).order("D3", 75)
    found = of(locked)
    assert (found.sla_breaches, found.never_booked) == (2, 1)


@pytest.mark.parametrize("horizon_s", [500.0, 5000.0])
def test_the_sums_do_not_depend_on_when_the_ledgers_were_read(locked: Any, horizon_s: float) -> None:
    locked.deal("D1", 70).order("D1", 330).deal("D2", 70).deal("D3", 70).order("D3", 72).order("D3", 75)
    locked.horizon_s = horizon_s
    found = of(locked)
    assert (found.not_booked.amount, found.booked_late.amount, found.over_invoiced.amount) == (100, 100, 100)
    assert found.late_longest_s == 200


def test_without_a_rate_there_is_no_sum_and_the_currency_is_named(locked: Any) -> None:
    found = of(locked.deal("D1", 70, currency="BHD").deal("D2", 70)).not_booked
    assert (found.amount, found.missing) == (None, ("BHD",))
    assert found.by_currency == {"BHD": 100, "USD": 100}


def test_an_invoice_in_a_currency_in_which_nothing_was_sold_counts_at_its_rate(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", billed={"currency": "CHF"})
    case = msgspec.structs.replace(locked.case(), rates=Rates("USD", (Rate("CHF", Decimal("1.1"), date(2026, 1, 2)),)))
    assert revenue(case).over_invoiced.amount == Decimal("110.00")
    assert run_rates(locked.case()).reporting == "USD"


def test_without_a_declared_reporting_currency_the_only_one_is_it(story: Any) -> None:
    found = of(story.deal("D1", 70, currency="EUR"), Rates()).not_booked
    assert (found.amount, found.currency) == (100, "EUR")


def test_shares_of_money_are_weighed_at_the_rates(story: Any) -> None:
    story.deal("D1", 70, amount="100", currency="EUR").deal("D2", 70, amount="110").order("D2", 72)
    outcomes = reconcile(story.case()).outcomes
    assert share(outcomes, lambda o: float(o.state == "lost"), RATES) == (0.5, 0.5)


def test_deals_without_a_rate_stay_in_the_denominator(story: Any) -> None:
    story.deal("D1", 70, currency="BHD").deal("D2", 70).order("D2", 72).deal("D3", 70).order("D3", 72)
    story.deal("D4", 70).order("D4", 72)
    outcomes = reconcile(story.case()).outcomes
    assert share(outcomes, lambda o: float(o.state == "lost"), RATES) == (0.25, 0.25)


def test_the_share_of_money_of_each_state_is_missing_without_a_rate(story: Any) -> None:
    case = story.deal("D1", 70, currency="EUR", amount="10").deal("D2", 70, amount="11").order("D2", 72).case()
    with_rate = score(msgspec.structs.replace(case, rates=RATES)).states["lost"]
    without = score(msgspec.structs.replace(case, rates=Rates("USD"))).states["lost"]
    assert (with_rate.amount, with_rate.money_share) == (Decimal("11.00"), 0.5)
    assert (without.amount, without.money_share) == (None, None)


def test_a_share_of_money_counts_a_credit_by_its_size(locked: Any) -> None:
    locked.deal("D1", 70, amount="-300.00").order("D1").deal("D2", 70, amount="100.00")
    card = score(locked.case())
    assert (card.states["lost"].money_share, card.states["ok"].money_share) == (0.2, 0.8)
    assert card.states["ok"].amount == Decimal(-200)
