"""What still happens when nothing has happened for minutes: late writes, and messages that come again late."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from support.simulated import Simulation

ONCE = "every deal is in the ERP exactly once within 10 minutes of the fix"
FEATURE = """
Feature: late
  Scenario: what is late happens after minutes without anything
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "steady"
      | count | per minute |
      | 4     | 6          |
    {fault}
    Then {once}
"""
SLOW = """When after 0 seconds the ERP suffers "slow replies" for 60 seconds
      | delay s   | operation   |
      | {delay_s} | {operation} |"""
AGAIN = """When after 25 seconds the CRM suffers "duplicate delivery" for 10 seconds
      | gap s   | share |
      | {gap_s} | 1     |"""


def results(simulation: Simulation, stack: str, fault: str, folder: Path) -> dict[str, tuple[Result, str]]:
    feature = folder / "late.feature"
    feature.write_text(FEATURE.format(fault=fault, once=ONCE), encoding="utf-8")
    found = simulation.run(feature, Settings(targets=(Target(stack, 1),), runs_dir=str(folder), control=False))
    return {verdict.name: (verdict.result, verdict.summary) for verdict in found.verdicts}


@pytest.mark.parametrize("delay_s", [150, 400])
@pytest.mark.parametrize(
    ("stack", "result"), [("durable", Result.PASSED), ("durable+no-idempotency-key", Result.FAILED)]
)
def test_a_run_ends_after_the_last_write_that_an_erp_carries_out_late(
    stack: str, result: Result, delay_s: int, simulation: Simulation, tmp_path: Path
) -> None:
    # The sync has long written each order anew, and nothing happens for minutes.
    fault = SLOW.format(delay_s=delay_s, operation="order.write")
    found, summary = results(simulation, stack, fault, tmp_path)[ONCE]
    assert (found, "4 duplicated" in summary) == (result, result is Result.FAILED)


STACKED = """And 100% of them are amended several times within 60 seconds
    When after 0 seconds the ERP suffers "slow replies" every 60 seconds for 30 seconds, 2 times
      | delay s | operation |
      | 300     | order     |
    And after 0 seconds the ERP suffers "slow replies" every 60 seconds for 30 seconds, 2 times
      | delay s   | operation |
      | {delay_s} | order     |"""


@pytest.mark.parametrize("delay_s", [350, 360, 380])
@pytest.mark.parametrize(("stack", "result"), [("durable", Result.PASSED), ("durable+no-reconciler", Result.FAILED)])
def test_a_stack_has_its_time_after_a_write_that_delays_upon_each_other_let_through_at_the_last_moment(
    delay_s: int, stack: str, result: Result, simulation: Simulation, tmp_path: Path
) -> None:
    # Ten minutes after the healing the ERP carries out an order from before it, over a later amendment.
    found, _ = results(simulation, stack, STACKED.format(delay_s=delay_s), tmp_path)[ONCE]
    assert found is result


def test_nothing_is_concluded_while_writes_are_still_held_back(simulation: Simulation, tmp_path: Path) -> None:
    fault = SLOW.format(delay_s=7200, operation="order.write")
    found = results(simulation, "durable+no-idempotency-key", fault, tmp_path)
    assert found["faults took effect"] == (
        Result.INCONCLUSIVE,
        "'slow replies' at the erp still held back 4 requests or messages at the end",
    )


def test_a_read_that_is_still_delayed_holds_nothing_back(simulation: Simulation, tmp_path: Path) -> None:
    found = results(simulation, "durable", SLOW.format(delay_s=7200, operation="customer.read"), tmp_path)
    assert {found["faults took effect"][0], found[ONCE][0]} == {Result.PASSED}


@pytest.mark.parametrize("gap_s", [164, 188, 189, 224])
def test_what_a_stack_makes_of_a_message_that_comes_again_late_is_judged(
    gap_s: int, simulation: Simulation, tmp_path: Path
) -> None:
    # The copy is accepted in the moment in which the run could end, and nothing is pending from then on.
    found = results(simulation, "durable+key-per-event", AGAIN.format(gap_s=gap_s), tmp_path)
    assert found[ONCE][0] is Result.FAILED
