"""What eight hours of a run's faults would cost at the flow's own volume."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.outage import Outage, outage
from gameday.model.rates import Rate, Rates

RATES = Rates("USD", (Rate("EUR", Decimal("1.10"), date(2026, 1, 2)),))


def of(story: Any, *, per_day: str | None = "2400", currency: str = "USD", rates: Rates = RATES) -> Outage | None:
    case = story.case()
    revenue = None if per_day is None else Decimal(per_day)
    contract = msgspec.structs.replace(case.contract, revenue_per_day=revenue, revenue_currency=currency)
    return outage(msgspec.structs.replace(case, contract=contract, rates=rates))


def test_the_share_that_is_not_booked_is_taken_of_eight_hours_of_revenue(locked: Any) -> None:
    found = of(locked.deal("D1", 70, amount="30.00").deal("D2", 80, amount="10.00").order("D2", 82))
    assert found is not None
    assert (found.not_booked, found.not_booked_share, found.deals) == (Decimal("600.00"), 0.75, 2)


def test_the_share_that_is_over_invoiced_is_taken_of_it_too(locked: Any) -> None:
    found = of(locked.deal("D1", 70, amount="40.00").order("D1", 72).order("D1", 75))
    assert found is not None
    assert (found.not_booked, found.over_invoiced) == (0, Decimal("800.00"))


def test_deals_that_no_fault_could_concern_dilute_nothing(locked: Any) -> None:
    found = of(locked.deal("D1", 70).deal("D2", 400).order("D2", 402))
    assert found is not None
    assert (found.deals, found.not_booked_share) == (1, 1)


def test_a_loss_before_the_fault_is_taken_with_its_deal(locked: Any) -> None:
    found = of(locked.deal("D1", 59, amount="10.00").deal("D2", 70, amount="30.00").order("D2", 72))
    assert found is not None
    assert found.not_booked_share == 0.25


def test_the_revenue_a_day_is_shown_in_the_reporting_currency(locked: Any) -> None:
    found = of(locked.deal("D1", 70), currency="EUR")
    assert found is not None
    assert (found.per_day, found.currency, found.not_booked) == (Decimal("2640.00"), "USD", Decimal("880.00"))


@pytest.mark.parametrize("horizon_s", [500.0, 5000.0])
def test_it_does_not_depend_on_when_the_ledgers_were_read(locked: Any, horizon_s: float) -> None:
    locked.deal("D1", 70).deal("D2", 70).order("D2", 72)
    locked.horizon_s = horizon_s
    found = of(locked)
    assert found is not None
    assert (found.not_booked, found.active_s) == (400, 240)


@pytest.mark.parametrize(
    "lacking",
    [{"per_day": None}, {"currency": "BHD"}, {"currency": "", "rates": Rates()}],
    ids=["no revenue a day", "no rate for its currency", "no currency"],
)
def test_without_the_flows_volume_nothing_is_said(locked: Any, lacking: dict[str, Any]) -> None:
    assert of(locked.deal("D1", 70), **lacking) is None


def test_without_a_rate_for_a_loss_nothing_is_said(locked: Any) -> None:
    assert of(locked.deal("D1", 70, currency="BHD")) is None


def test_without_a_fault_nothing_is_said(story: Any) -> None:
    assert of(story.deal("D1", 70)) is None


def test_without_a_deal_meanwhile_nothing_is_said(locked: Any) -> None:
    assert of(locked) is None


def test_a_time_in_which_two_faults_were_active_counts_once(locked: Any) -> None:
    found = of(locked.inject(120, 360).deal("D1", 70))
    assert found is not None
    assert found.active_s == 300
