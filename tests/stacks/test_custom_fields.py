"""Fields of an organisation's own, from the workload to the ledgers: wrong and stale values fail, right ones pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from support.commands import gameday
from support.own_organisation import FLOW, write_project
from support.simulated import Simulation

GIVEN = "Contract_Number__c: FRAME-2026-001, FRAME-2026-002; Requested_Delivery__c: 2026-08-01, 2026-08-15, 2026-09-01"
FEATURE = f"""
Feature: Fields of our own

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | amended | deal fields |
      | 40    | 20         | 0.5     | {GIVEN}     |

  Scenario: Orders carry the fields of the deal: replies are lost
    When after 1 minute the ERP suffers "reply lost after commit" for 1 minute
      | operation   | share | times |
      | order.write | 0.3   | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The bundled organisation and contract, each with two fields more."""
    write_project(tmp_path)
    (tmp_path / "own.feature").write_text(FEATURE, encoding="utf-8")
    return tmp_path


def run(stack: str, folder: Path) -> tuple[int, str]:
    """The exit code of a run, and what it printed."""
    done = gameday("run", "own.feature", "--stack", stack, "--no-control", "-j", "1", cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_durable_stack_carries_the_fields_over(project: Path) -> None:
    code, printed = run("durable", project)
    assert code == 0, printed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "field"),
    [
        ("cuts-custom-text", "field Contract_Number__c / custbody_contract_number"),
        ("keeps-first-delivery", "field Requested_Delivery__c / custbody_requested_delivery"),
    ],
)
def test_a_wrong_or_stale_value_fails_the_run_and_is_named(
    project: Path, bug: str, field: str, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    target, config = Target(f"durable+{bug}", 1), str(project / "gameday.toml")
    settings = Settings(targets=(target,), config=config, runs_dir=str(project / "runs"), control=False)
    result, verdicts, _ = simulation.run(project / "own.feature", settings)
    assert result.word == "failed"
    rows = [row for verdict in verdicts for row in verdict.evidence.get("rows", ())]
    found = [difference for row in rows for difference in row["differences"]]
    assert found
    assert {each[0] for each in found} == {field}
    assert all(crm and erp and crm != erp for _, crm, erp in found)


@pytest.mark.slow
def test_a_field_that_the_organisation_lacks_is_refused_with_the_known_ones(project: Path) -> None:
    path = project / "contracts" / f"{FLOW}.erp.yaml"
    path.write_text(path.read_text().replace("custbody_contract_number", "custbody_contract"), encoding="utf-8")
    code, printed = run("durable", project)
    assert code == 2, printed
    assert "unknown field 'custbody_contract' of salesOrder" in printed
    assert "did you mean 'custbody_contract_number'?" in printed
