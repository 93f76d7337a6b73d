"""Lines that become visible later than their deal: durable reads a deal again that changed and looked as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from support.simulated import Simulation

pytestmark = pytest.mark.slow

FEATURE = """
Feature: The tax of a deal changes, and queries see it late

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute |
      | 6     | 1          |
    And 40% of them are exempted within 20 seconds

  Scenario: Orders keep a tax that is no longer owed: queries see changes late
    When after 22 seconds the CRM suffers "late rows" for 55 seconds
      | every s |
      | 60      |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And no lost or wrong deal goes unreported
"""


def test_a_change_of_lines_alone_that_is_visible_late_reaches_the_order(
    tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    feature = tmp_path / "late.feature"
    feature.write_text(FEATURE, encoding="utf-8")
    found = simulation.run(feature, Settings(targets=(Target("durable", 44),), runs_dir=str(tmp_path)))
    assert found.result.word == "passed", [verdict.summary for verdict in found.verdicts]
