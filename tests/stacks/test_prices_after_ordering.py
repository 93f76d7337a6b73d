"""Prices that move after a deal was ordered: durable reads the deal again, and troubles nobody about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from support.simulated import Simulation

pytestmark = pytest.mark.slow

FEATURE = """
Feature: Prices change while deals are read again that are ordered already

  Background:
    Given deals flow from "hubspot" to "netsuite" under the contract "closed-won-to-sales-order.hubspot.netsuite"
    And the workload "closed won"
      | count | per minute | amended | amended several times | voided |
      | 6     | 30         | 0       | 0                     | 0      |

  Scenario: People are asked to approve prices of deals that are ordered: the price list moves
    When after 12 seconds the ERP suffers "price drift" for 210 seconds
      | percent | share |
      | 6       | 0.6   |
    Then the pages stay within their bound
    And nobody was alerted without cause
"""


def test_a_price_that_moves_after_a_deal_was_ordered_needs_no_approval(
    tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    feature = tmp_path / "drift.feature"
    feature.write_text(FEATURE, encoding="utf-8")
    found = simulation.run(feature, Settings(targets=(Target("durable", 683),), runs_dir=str(tmp_path)))
    assert found.result.word == "passed", [verdict.summary for verdict in found.verdicts]
