"""Writes that a sync gave up, and that the ERP carries out minutes later."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from support.simulated import Simulation

ONCE = "every deal is in the ERP exactly once within 10 minutes of the fix"
FEATURE = """
Feature: late writes
  Scenario: writes that were given up are carried out late
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "steady"
      | count | per minute |
      | 4     | 6          |
    When after 0 seconds the ERP suffers "slow replies" for 60 seconds
      | delay s   | operation   |
      | {delay_s} | order.write |
    Then {once}
"""


def results(simulation: Simulation, stack: str, delay_s: int, folder: Path) -> dict[str, tuple[Result, str]]:
    feature = folder / "late.feature"
    feature.write_text(FEATURE.format(delay_s=delay_s, once=ONCE), encoding="utf-8")
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
    found, summary = results(simulation, stack, delay_s, tmp_path)[ONCE]
    assert (found, "4 duplicated" in summary) == (result, result is Result.FAILED)


def test_nothing_is_concluded_while_writes_are_still_held_back(simulation: Simulation, tmp_path: Path) -> None:
    found = results(simulation, "durable+no-idempotency-key", 7200, tmp_path)
    assert found["faults took effect"] == (
        Result.INCONCLUSIVE,
        "'slow replies' at the erp still held back 4 requests or messages at the end",
    )
