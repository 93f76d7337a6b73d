"""What still happens when nothing has happened for minutes: late writes, and messages that come again late."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.model.events import OrderWrite
from gameday.model.settings import Settings, Target
from support.simulated import Simulation

pytestmark = pytest.mark.slow  # each simulates whole days

ONCE = "every deal is in the ERP exactly once within 10 minutes of the fix"
FEATURE = """
Feature: late
  Scenario: what is late happens after minutes without anything
    Given deals flow from "salesforce" to "{erp}" under the contract "closed-won-to-sales-order"
    And the workload "steady"
      | count | per minute |
      | {count}     | 6          |
    {fault}
    Then {once}
"""
SLOW = """When after 0 seconds the ERP suffers "slow replies" for 60 seconds
      | delay s   | operation   |
      | {delay_s} | {operation} |"""
AGAIN = """When after 25 seconds the CRM suffers "duplicate delivery" for 10 seconds
      | gap s   | share |
      | {gap_s} | 1     |"""


def results(
    simulation: Simulation, stack: str, fault: str, folder: Path, erp: str = "netsuite", count: int = 4
) -> dict[str, tuple[Result, str]]:
    feature = folder / "late.feature"
    feature.write_text(FEATURE.format(fault=fault, once=ONCE, erp=erp, count=count), encoding="utf-8")
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


def slow(*delays: tuple[str, int, str, str]) -> str:
    """Steps of faults that delay replies: when each begins, for how long, what it delays, and how long it lasts."""
    steps = (
        f"""{"And" if number else "When"} after {after} the ERP suffers "slow replies" {lasting}
      | delay s | operation |
      | {delay_s} | {operation} |"""
        for number, (after, delay_s, operation, lasting) in enumerate(delays)
    )
    return "\n    ".join(steps)


AMENDED = "And 100% of them are amended several times within 60 seconds\n    "
FLAPPING = "every 60 seconds for 30 seconds, 2 times"


@pytest.mark.parametrize("delay_s", [350, 360, 380])
@pytest.mark.parametrize(("stack", "result"), [("durable", Result.PASSED), ("durable+no-reconciler", Result.FAILED)])
def test_a_stack_has_its_time_after_a_write_that_delays_upon_each_other_let_through_at_the_last_moment(
    delay_s: int, stack: str, result: Result, simulation: Simulation, tmp_path: Path
) -> None:
    # Ten minutes after the healing the ERP carries out an order from before it, over a later amendment.
    fault = AMENDED + slow(("0 seconds", 300, "order", FLAPPING), ("0 seconds", delay_s, "order", FLAPPING))
    found, _ = results(simulation, stack, fault, tmp_path)[ONCE]
    assert found is result


@pytest.mark.parametrize(
    ("erp", "day"),
    [
        # Half an hour after its request, and nothing before it.
        (
            "netsuite",
            AMENDED
            + slow(
                *(
                    ("0 seconds", delay_s, "order", "every 1380 seconds for 20 seconds, 2 times")
                    for delay_s in (1500, 400)
                )
            ),
        ),
        # One after the other, the last of them 35 minutes after its request.
        *(
            (
                erp,
                AMENDED
                + slow(*((f"{at_s} seconds", 500, "order", f"for {80 - at_s} seconds") for at_s in (5, 20, 40, 50))),
            )
            for erp in ("netsuite", "s4hana", "business-central", "oracle-fusion")
        ),
        # A second order, with an invoice of a billing run of which nothing shows that it was made.
        (
            "s4hana",
            "And 100% of them are partly refunded within 60 seconds\n    "
            + slow(("0 seconds", 630, "order.write", "for 60 seconds")),
        ),
        # An order that has been posted ends with a credit memo for its invoice.
        (
            "business-central",
            AMENDED + slow(*(("10 seconds", delay_s, "order.write", "for 60 seconds") for delay_s in (320, 340))),
        ),
        # The invoice of an order that has been cancelled.
        (
            "oracle-fusion",
            "And 100% of them are voided within 90 seconds\n    "
            + slow(("0 seconds", 200, "invoice.write", "for 90 seconds")),
        ),
    ],
)
def test_what_an_erp_carries_out_late_is_put_right_in_time(
    erp: str, day: str, simulation: Simulation, tmp_path: Path
) -> None:
    found = results(simulation, "durable", day, tmp_path, erp)[ONCE]
    assert found[0] is Result.PASSED, found[1]


def test_a_stack_looks_for_late_writes_as_long_as_they_come(simulation: Simulation, tmp_path: Path) -> None:
    # One every ten minutes: the last lands an hour and twenty minutes after its request.
    delays = ((f"{10 * number} seconds", 590, "order", f"for {85 - 10 * number} seconds") for number in range(8))
    found = results(simulation, "durable", AMENDED + slow(*delays), tmp_path, count=8)[ONCE]
    assert found[0] is Result.PASSED, found[1]


def test_a_stack_that_is_too_late_gains_no_time_from_a_late_write(simulation: Simulation, tmp_path: Path) -> None:
    # Its first retry comes a quarter of an hour later; ten minutes after that a write lands over it for a moment.
    day = AMENDED.replace("60 seconds", "30 seconds") + slow(("0 seconds", 1500, "order.write", "for 75 seconds"))
    assert results(simulation, "durable+backoff-in-minutes", day, tmp_path)[ONCE][0] is Result.FAILED
    assert results(simulation, "durable", day, tmp_path)[ONCE][0] is Result.PASSED


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


@pytest.mark.parametrize(("delay_s", "held"), [("0.9", {0.0}), ("5", {5.0})])
def test_a_write_says_for_how_long_a_fault_has_held_it_back(
    delay_s: str, held: set[float], simulation: Simulation, tmp_path: Path
) -> None:
    feature = tmp_path / "late.feature"
    fault = SLOW.format(delay_s=delay_s, operation="order.write")
    feature.write_text(FEATURE.format(fault=fault, once=ONCE, erp="netsuite", count=4), encoding="utf-8")
    case = simulation.run(
        feature, Settings(targets=(Target("durable", 1),), runs_dir=str(tmp_path), control=False)
    ).case
    assert {op.event.held_s for op in case.history.of(OrderWrite)} == held
