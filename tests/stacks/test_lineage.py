"""A deal can be followed from the sync's logs to its order and invoice, or not: durable, and the bugs that lose it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from support.simulated import Simulation

pytestmark = pytest.mark.slow

EXPECTED = "every order and invoice can be traced to its deal"
FEATURE = f"""
Feature: A deal can be followed into the ERP

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: Nobody can say which order is whose: some replies are lost
    When after 20 seconds the ERP suffers "reply lost after commit" for 30 seconds
      | operation   | share | times |
      | order.write | 0.3   | 1     |
    Then {EXPECTED}
    And {EXPECTED} by "custbody_correlation_id"
"""


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.parametrize(
    ("stack", "word"),
    [("durable", "passed"), ("durable+no-correlation", "failed"), ("durable+shares-correlation", "failed")],
)
def test_a_deal_can_be_followed_unless_a_bug_loses_it(
    stack: str, word: str, tmp_path: Path, simulation: Simulation
) -> None:
    feature = tmp_path / "traced.feature"
    feature.write_text(FEATURE, encoding="utf-8")
    found = simulation.run(feature, Settings(targets=(Target(stack, 1),), runs_dir=str(tmp_path), control=False))
    words = {verdict.name: verdict.result.word for verdict in found.verdicts}
    assert words[EXPECTED] == words[f'{EXPECTED} by "custbody_correlation_id"'] == word
