"""A rollout to some deals, simulated: one that stops at the first harm leaves none, one that goes on is found."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.events import OrderWrite, StackEvent
from gameday.model.settings import Settings, Target
from gameday_fakes.stacks.durable.rollout import Rollout
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from support.simulated import Simulation

EXPECTED = "a rollout harms at most 20% of the deals and stops within 2 minutes of the first harm"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stack", "word"),
    [("durable", "passed"), ("durable+rollout-never-stops", "failed"), ("durable+canary-goes-on", "failed")],
)
def test_a_rollout_stops_at_the_first_harm_or_is_found(
    stack: str, word: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(tmp_path), control=False)
    found = simulation.run(library() / "modes" / "canary_rollout.feature", settings)
    assert {verdict.name: verdict.result.word for verdict in found.verdicts}[EXPECTED] == word
    acts = [op.event.act for op in found.case.history.of(StackEvent)]
    assert acts == ["roll out", "roll back"]
    # The bad version has written orders, and durable has put them right.
    if stack == "durable":
        repaired = list(found.case.history.of(OrderWrite, outcome="ok"))
        assert len(repaired) > len(found.case.crm.entries)


def test_a_rollout_takes_its_share_of_the_deals_until_one_of_them_differs(tmp_path: Path) -> None:
    async def story() -> None:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        rollout, deals = Rollout(store), [f"0065g00000{number:05}" for number in range(400)]
        assert not any(map(rollout.takes, deals))
        rollout.begin(20)
        taken = [deal for deal in deals if rollout.takes(deal)]
        assert 50 < len(taken) < 110
        # A deal of the usual version differs for another reason; and a restart forgets nothing.
        rollout.differs(next(deal for deal in deals if deal not in taken))
        assert [deal for deal in deals if Rollout(store).takes(deal)] == taken
        rollout.differs(taken[0])
        assert not any(map(rollout.takes, deals))

    asyncio.run(story())


FEATURE = """
Feature: a rollout meets what was right
  Scenario: the new version writes an order anew that was compared before
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "steady"
      | count | per minute |
      | 13    | 3          |
    When after 235 seconds the stack suffers "canary rollout" for 200 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""


def test_an_order_that_is_written_anew_is_compared_anew(simulation: Simulation, tmp_path: Path) -> None:
    found = simulation.written(FEATURE, tmp_path)
    writes = [op.event.deal for op in found.case.history.of(OrderWrite) if op.outcome == "ok"]
    # The first deal was right for minutes; the new version wrote it, and the former one repaired that.
    assert writes.count(writes[0]) == 3
    assert {verdict.result.word for verdict in found.verdicts} == {"passed"}
