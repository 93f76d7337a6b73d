"""An invoice whose request the sync has given up is made later by the ERP: the sync does not make a second one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from support.simulated import Simulation

FEATURE = """
Feature: Invoices take minutes

  Scenario: Second invoices: requests are carried out after they were given up
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 6 per minute
    When after 30 seconds the ERP suffers "slow replies" for 3 minutes
      | operation     | delay s |
      | invoice.write | 200     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""


@pytest.mark.slow
@pytest.mark.parametrize("erp", ["business-central", "netsuite", "oracle-fusion"])
def test_a_request_that_is_carried_out_after_it_was_given_up_makes_no_second_invoice(
    erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    feature = tmp_path / "late.feature"
    feature.write_text(FEATURE, encoding="utf-8")
    targets = (Target("durable", 1),)
    settings = Settings(targets=targets, runs_dir=str(tmp_path), control=False, erp=erp)
    found = simulation.run(feature, settings)
    assert {verdict.name: verdict.result.word for verdict in found.verdicts if verdict.result.word != "passed"} == {}
