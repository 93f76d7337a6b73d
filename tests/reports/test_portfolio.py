"""What a leader asks first: which flows would lose money, who would know, is it better, what is to be decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_reports.dashboard.due import DueActions
from gameday_reports.dashboard.portfolio import FlowRisk, decisions, portfolio, recurring, trend
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

record = examples.record
FAILED: dict[str, Any] = {"word": "failed", "not_booked": "400", "unreported": 4}
JANUARY, FEBRUARY, MARCH = ("2026-01-20T08:00:00+00:00", "2026-02-27T08:00:00+00:00", "2026-03-09T08:00:00+00:00")


def risks(runs: Path) -> list[FlowRisk]:
    scenarios = examples.grouped(runs)
    return portfolio(scenarios, sorted({stack for each in scenarios for stack in each.stacks}))


def test_the_flow_that_loses_most_comes_first(runs: Path) -> None:
    record(runs, stack="a", **FAILED)
    record(runs, stack="b", **(FAILED | {"not_booked": "900"}))
    record(runs, stack="c")
    assert [risk.stack for risk in risks(runs)] == ["b", "a", "c"]


def test_money_of_two_scenarios_is_not_added_up(runs: Path) -> None:
    record(runs, **FAILED)
    record(runs, scenario="Another", digests=("rubric00", "contract", "0ther"), **(FAILED | {"not_booked": "300"}))
    (risk,) = risks(runs)
    assert [row.here for row in risk.losses.rows] == [f"EUR\N{NO-BREAK SPACE}{n} not booked" for n in (400, 300)]
    assert risk.losses.headline == "durable would lose money in 2 of 2 scenarios."


def test_an_inconclusive_run_shows_no_loss(runs: Path) -> None:
    record(runs, **(FAILED | {"word": "inconclusive"}))
    (risk,) = risks(runs)
    assert (risk.losses.rows, risk.losses.of, risk.losses.inconclusive) == ((), 0, 1)
    assert risk.losses.headline == "No run shows whether durable would lose money."


def test_a_loss_that_every_alert_names_would_be_known(runs: Path) -> None:
    record(runs, **(FAILED | {"unreported": 0}))
    assert risks(runs)[0].losses.noticed == "yes: every wrong order is in an alert or a ticket"


def test_wrong_orders_without_a_loss_can_be_unreported(runs: Path) -> None:
    record(runs, **(FAILED | {"not_booked": "0"}))
    assert risks(runs)[0].losses.noticed.startswith("no: in 1 of 1 scenario")


def test_a_run_is_compared_with_one_of_last_month(runs: Path) -> None:
    record(runs, started=JANUARY, **(FAILED | {"unreported": 0}))
    record(runs, started=FEBRUARY)
    record(runs, started=MARCH, **(FAILED | {"unreported": 0, "not_booked": "800"}))
    (risk,) = risks(runs)
    assert risk.month.sentence == "worse in 1 of 1 run"
    assert risk.month.worse[0].what == ("not booked: EUR\N{NO-BREAK SPACE}400, now EUR\N{NO-BREAK SPACE}800",)


def test_without_a_run_of_last_month_nothing_is_compared(runs: Path) -> None:
    record(runs, started=FEBRUARY)
    record(runs, started=MARCH)
    assert risks(runs)[0].month.sentence == "no runs to compare"


def test_a_release_is_compared_with_the_one_before(runs: Path) -> None:
    record(runs, started=FEBRUARY, version="1.0", **FAILED)
    record(runs, started=MARCH, version="1.1")
    (risk,) = risks(runs)
    assert (risk.release, risk.release_before) == ("durable 1.1", "durable 1.0")
    assert risk.releases.sentence == "better in 1 of 1 run"


def test_of_two_seeds_the_amounts_are_not_compared(runs: Path) -> None:
    record(runs, started=FEBRUARY, version="1.0", seed=1, **FAILED)
    record(runs, started=MARCH, version="1.1", seed=2, **(FAILED | {"not_booked": "500"}))
    assert risks(runs)[0].releases.sentence == "the same in 1 run"


def test_the_trend_has_the_newest_release_first(runs: Path) -> None:
    record(runs, started=FEBRUARY, version="1.0", **FAILED)
    record(runs, started=MARCH, version="1.1")
    found = trend(examples.grouped(runs), ["durable"], examples.NOW)
    assert [(each.release, each.failed, len(each.losses.rows)) for each in found] == [
        ("durable 1.1", 0, 0),
        ("durable 1.0", 1, 1),
    ]


def test_the_cause_that_outlived_most_releases_comes_first(runs: Path) -> None:
    for number in range(3):
        record(runs, scenario="Locked", faults=["record lock"], seed=number, version="1.1", **FAILED)
    record(runs, started=FEBRUARY, version="1.0", **FAILED)
    record(runs, started=MARCH, version="1.1", **FAILED)
    found = recurring(examples.grouped(runs), examples.NOW)
    assert [(cause.fault, cause.failed, len(cause.releases), cause.open) for cause in found] == [
        ("renamed field (crm)", 2, 2, True),
        ("record lock (crm)", 3, 1, True),
    ]


def test_a_fault_that_failed_once_in_each_of_two_stacks_does_not_recur(runs: Path) -> None:
    record(runs, started=FEBRUARY, **FAILED)
    record(runs, started=MARCH, stack="brittle", **FAILED)
    assert recurring(examples.grouped(runs), examples.NOW) == []
    record(runs, started=MARCH, **FAILED)
    [cause] = recurring(examples.grouped(runs), examples.NOW)
    assert (cause.stack, cause.failed, cause.of) == ("durable", 2, 2)


def test_a_cause_that_failed_once_does_not_recur(runs: Path) -> None:
    record(runs, started=FEBRUARY, **FAILED)
    record(runs, started=MARCH)
    assert recurring(examples.grouped(runs), examples.NOW) == []


def test_who_owns_the_sync_has_to_decide_about_its_losses(runs: Path) -> None:
    record(runs, **FAILED)
    (decision,) = decisions(risks(runs), DueActions((), ()))
    assert (decision.owner, decision.when) == ("rev-ops", "open")
    assert decision.what == f"Fix or accept what durable loses: {examples.RENAMED}"


def test_the_overview_opens_with_the_worst_case(runs: Path) -> None:
    record(runs, **FAILED)
    page = examples.page(runs)
    assert page.index("would lose money through <bdi>durable</bdi>") < page.index("Current results")


def test_runs_that_decide_nothing_are_no_good_news(runs: Path) -> None:
    record(runs, **(FAILED | {"word": "inconclusive"}))
    assert "<h1>The runs do not show whether a flow would lose money</h1>" in examples.page(runs)
