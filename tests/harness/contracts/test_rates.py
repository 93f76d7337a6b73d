"""The exchange rates of a registry of flows: read with their dates, and refused with the line where they are wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.flows import bundled_flows, read_flows
from gameday.model.contract import Contract
from gameday.model.rates import Rate, Rates
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.scoring.run_folder import create
from gameday.workloads.closed_won import PER_USD
from support.rows import rows

TABLE = """reporting_currency: USD
rates:
  - {currency: EUR, rate: "1.10", as_of: 2026-01-02}
  - {currency: EUR, rate: "1.20", as_of: 2026-02-02}
  - {currency: JPY, rate: 0.0066, as_of: 2026-01-02}
flows: []
"""


def rates_of(folder: Path, text: str = TABLE) -> Rates:
    path = folder / "flows.yaml"
    path.write_text(text, encoding="utf-8")
    return read_flows(path).rates


def test_a_rate_has_its_currency_and_its_date(tmp_path: Path) -> None:
    found = rates_of(tmp_path)
    assert found.reporting == "USD"
    assert found.rates[0] == Rate("EUR", Decimal("1.10"), date(2026, 1, 2))


def test_a_day_has_the_newest_rate_that_is_not_later(tmp_path: Path) -> None:
    rates = rates_of(tmp_path)
    assert [rates.on(date(2026, 1, day)).of("EUR") for day in (1, 2, 31)] == [None, Decimal("1.10"), Decimal("1.10")]
    assert rates.on(date(2026, 2, 2)).of("EUR") == Decimal("1.20")


def test_a_registry_without_rates_has_none(tmp_path: Path) -> None:
    assert rates_of(tmp_path, "flows: []\n") == Rates()


def test_the_bundled_registry_has_a_rate_for_every_currency_of_generated_deals() -> None:
    rates = read_flows(bundled_flows()).rates
    assert [currency for currency in PER_USD if rates.of(currency) is None] == []


def test_the_run_keeps_the_rates_of_its_day(tmp_path: Path) -> None:
    scenario = Scenario("a", Flow("salesforce", "netsuite", "f"), WorkloadSpec())
    now = datetime(2026, 1, 15, tzinfo=UTC)
    rates = rates_of(tmp_path)
    run = create(tmp_path, stack="s", scenario=scenario, contract=Contract("f"), pace=60, now=now, rates=rates)
    assert run.rates() == rates.on(date(2026, 1, 15))
    assert run.rates().of("EUR") == Decimal("1.10")


@rows(
    ("old", "new", "problem"),
    [
        ("reporting_currency: USD\n", "", "flows.yaml:1: rates without a currency"),
        ("currency: USD", "currency: dollars", "flows.yaml:1: reporting_currency: 'dollars' is not a currency"),
        ("currency: JPY", "currency: yen", "flows.yaml:5: currency: 'yen' is not a currency"),
        ("currency: JPY", "currency: USD", "flows.yaml:5: USD is the reporting currency"),
        ("2026-02-02", "2026-01-02", "flows.yaml:4: EUR has two rates as of 2026-01-02"),
        ("2026-02-02", "yesterday", "flows.yaml:4: as_of: 'yesterday' is not a date"),
        ("0.0066", "-1", "flows.yaml:5: rate: '-1' is not a number"),
        ("0.0066", "0", "flows.yaml:5: rate: '0' must be greater than 0"),
        (", as_of: 2026-02-02", "", "flows.yaml:4: a rate without as_of"),
        ("as_of: 2026-02-02", "since: 2026-02-02", "unknown column 'since' in"),
        ('{currency: EUR, rate: "1.20", as_of: 2026-02-02}', "1.20", "flows.yaml:4: '1.20' is not a rate"),
        ("reporting_currency: USD", "currency: USD", "unknown key 'currency'"),
    ],
)
def test_what_is_no_rate_is_refused_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(GamedayError) as refused:
        rates_of(tmp_path, TABLE.replace(old, new))
    assert problem in str(refused.value)
