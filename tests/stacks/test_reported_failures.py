"""Failures that were reported, retold as features: what has to come out on each stack.

In simulation; what comes out of a live run too is the first of them, and the fault that meets nobody.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gameday.analysis.reconcile import OrderOutcome, Reconciliation, reconcile
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import Run, list_runs
from support.commands import gameday
from support.simulated import Simulated, Simulation

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "cases"
#: The cases in which a stack failed, with the planted bug that fails so.
FAILING = {
    "second_change_dropped": "hears-a-deal-once",
    "one_currency": "books-one-currency",
    "page_of_bad_records": "full-page-stops-all",
    "same_second": "one-deal-a-second",
    "customer_twice": "creates-customers-again",
    "another_day": "day-after",
    "another_zone": "day-after",
    "own_echo": "imports-its-own-echo",
    "discount_after_tax": "discount-after-tax",
    "twin_customer": "leaves-a-twin-customer",
}


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def settings(stack: str, folder: Path) -> Settings:
    """Those of one stack, without controls."""
    return Settings(targets=(Target(stack, 1),), runs_dir=str(folder), control=False)


@pytest.fixture
def simulated(simulation: Simulation, tmp_path: Path) -> Callable[[str, str], Simulated]:
    """What a case comes to on a stack."""
    return lambda case, stack: simulation.run(CASES / f"{case}.feature", settings(stack, tmp_path))


Failed = Callable[[str], tuple[Simulated, Reconciliation]]


@pytest.fixture
def failed(simulated: Callable[[str, str], Simulated]) -> Failed:
    """The day of a case with the stack that has its bug, which has to fail, and what became of each deal."""

    def run(case: str) -> tuple[Simulated, Reconciliation]:
        found = simulated(case, f"durable+{FAILING[case]}")
        assert found.result.word == "failed"
        return found, reconcile(found.case)

    return run


def states(found: Reconciliation) -> Counter[str]:
    return Counter(outcome.state for outcome in found.outcomes)


def won(found: Simulated) -> set[str]:
    """The deals that were not voided later: what a voided one's order says does not matter."""
    return {deal.id for deal in found.case.crm.entries if deal.state == "won"}


def differing(outcomes: list[OrderOutcome]) -> set[str]:
    return {difference.field for outcome in outcomes for difference in outcome.differences}


@pytest.mark.parametrize("stack", ["durable", "brittle"])
def test_a_fault_that_meets_nobody_is_inconclusive(stack: str, tmp_path: Path) -> None:
    done, runs = live(f"{CASES}/fault_that_meets_nobody.feature", stack, tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    # That of the last line: what the machine was too busy for was run again.
    found = {run.scenario().injections[0].fault: run for run in runs}
    assert list(found) == ["rate limit", "truncated reply"]
    for fault, run in found.items():
        result, verdicts = run.verdicts()
        assert result.word == "inconclusive"
        assert any(f"'{fault}' at the erp did not take effect" in verdict.summary for verdict in verdicts)
        card = run.scorecard()
        assert (card.grade, card.no_impact, len(card.ineffective)) == (None, False, 1)


def live(feature: str, stack: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], list[Run]]:
    """A session with one stack, without controls, and its runs in their order."""
    done = gameday("run", feature, "--stack", stack, "--no-control", "-j", "1", "--runs", "runs", cwd=folder)
    return done, list_runs(folder / "runs")


@pytest.mark.parametrize("case", FAILING)
def test_a_correct_stack_is_not_accused(case: str, simulated: Callable[[str, str], Simulated]) -> None:
    found = simulated(case, "durable")
    assert found.result.word == "passed", found.verdicts


def test_a_live_run_of_a_case_comes_to_the_same(tmp_path: Path) -> None:
    case = "second_change_dropped"
    done, runs = live(f"{CASES}/{case}.feature", f"durable+{FAILING[case]}", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    found = reconcile(runs[-1].case())
    # Which of them depends on how requests race.
    assert {outcome.state for outcome in found.affected} == {"mismatched"}
    assert all(outcome.unreported for outcome in found.affected)


def test_second_changes_that_are_dropped_are_the_mismatched_deals_and_unreported(failed: Failed) -> None:
    found, reconciled = failed("second_change_dropped")
    ordered_s = {order.keys["otherRefNum"]: order.time_s for order in found.case.erp.entries}
    changed = {deal.id for deal in found.case.crm.entries if deal.changed_s > ordered_s[deal.id]} & won(found)
    assert len(changed) > 12
    assert {outcome.deal for outcome in reconciled.affected} == changed
    assert all(outcome.state == "mismatched" and outcome.unreported for outcome in reconciled.affected)


def test_orders_in_one_currency_are_mismatched_and_not_parked(failed: Failed) -> None:
    found, reconciled = failed("one_currency")
    assert {outcome.deal for outcome in reconciled.outcomes if outcome.state == "mismatched"} == won(found)
    assert len(won(found)) > 36
    assert "currency" in differing(reconciled.affected)
    assert all(outcome.unreported for outcome in reconciled.affected)


def test_a_page_of_bad_records_delays_deals_that_no_fault_touched_and_parks_none_of_them(failed: Failed) -> None:
    found, reconciled = failed("page_of_bad_records")
    held_up = [outcome for outcome in reconciled.outcomes if not outcome.hit and outcome.affected]
    assert len(held_up) > 5
    assert {outcome.state for outcome in held_up} <= {"late", "lost"}
    flowing = next(verdict for verdict in found.verdicts if verdict.name == "the other deals kept flowing")
    assert flowing.result.word == "failed"


def test_the_second_of_two_deals_in_one_second_is_lost(failed: Failed) -> None:
    _, reconciled = failed("same_second")
    lost = states(reconciled)["lost"]
    assert 0 < lost < 30
    assert all(outcome.unreported for outcome in reconciled.outcomes if outcome.state == "lost")


def test_orders_of_a_second_customer_are_mismatched(failed: Failed) -> None:
    _, reconciled = failed("customer_twice")
    wrong = [outcome for outcome in reconciled.outcomes if outcome.state == "mismatched"]
    assert wrong
    assert "customer" in differing(wrong)


def test_a_twin_customer_without_orders_fails_the_run_and_is_named(failed: Failed) -> None:
    found, reconciled = failed("twin_customer")
    assert "mismatched" not in states(reconciled)
    twins = [stray for stray in reconciled.strays if stray.kind == "customer twice"]
    assert twins
    bearing = {order.customer for order in found.case.erp.entries}
    assert not bearing & {twin.id for twin in twins}
    unreported = next(v for v in found.verdicts if v.name == "no lost or wrong deal goes unreported")
    assert unreported.result.word == "failed"
    assert {twin.id for twin in twins} <= set(unreported.orders)
    assert f"{twins[0].id} is account {twins[0].of} once more" in unreported.summary


def test_discounts_after_tax_are_mismatched_in_the_tax_and_not_in_the_net_total(failed: Failed) -> None:
    found, reconciled = failed("discount_after_tax")
    discounted = {deal.id for deal in found.case.crm.entries if any(line.discount for line in deal.lines)} & won(found)
    wrong = [outcome for outcome in reconciled.outcomes if outcome.state == "mismatched"]
    assert {outcome.deal for outcome in wrong} == discounted & won(found)
    assert all(outcome.unreported for outcome in wrong)
    fields = differing(wrong)
    assert any(field.endswith("tax") for field in fields)
    assert not {"total", "invoice total"} & fields


@pytest.mark.parametrize("case", ["another_day", "another_zone"])
def test_orders_and_invoices_of_another_day_are_mismatched_by_date_and_period(case: str, failed: Failed) -> None:
    found, reconciled = failed(case)
    assert {outcome.deal for outcome in reconciled.outcomes if outcome.state == "mismatched"} == won(found)
    assert {"date", "invoice date"} <= differing(reconciled.affected)


def test_deals_whose_write_back_comes_in_again_are_duplicated(failed: Failed) -> None:
    _, reconciled = failed("own_echo")
    assert states(reconciled)["duplicated"] > 30
