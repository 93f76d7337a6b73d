"""A bundled stack on organisations that are not ours: an sfdx project's, and one of 300 fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.config.features import library
from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios
from support.commands import gameday
from support.large_describe import large_describe, line_describe
from support.simulated import Simulation

PROJECT = Path(__file__).parents[1] / "harness" / "contracts" / "organisations" / "sfdx_project"
FEATURE = """
Feature: A required field of ours is renamed

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: Nothing is lost: a field that the sync does not read is renamed
    When after 30 seconds the CRM suffers "renamed field" for 1 minute
      | field               | new name |
      | Opportunity.{field} | Area__c  |
    And after 30 seconds the ERP suffers "reply lost after commit" for 1 minute
      | operation   | share |
      | order.write | 0.33  |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And no lost or wrong deal goes unreported
"""


#: Of the library: what reads, writes and changes the fields that the organisation has many of. All of it runs in
#: tests/bench/organisations.py.
OF_LIBRARY = ("schema/renamed_field", "schema/hidden_field", "delivery/reply_lost", "process/amended_in_flight")


def imported(folder: Path, kind: str) -> None:
    """Import an organisation into a folder that has a gameday.toml of it."""
    source = PROJECT
    if kind == "describe":
        source = folder / "describe.json"
        source.write_text(json.dumps([large_describe(), line_describe()]), encoding="utf-8")
    done = gameday("organisation", "import", str(source), "--to", "organisation", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "gameday.toml").write_text('[organisation]\nfolder = "organisation"\n', encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sfdx", "describe"])
def test_a_part_of_the_library_passes_on_an_imported_organisation(
    tmp_path: Path, kind: str, simulation: Simulation
) -> None:
    imported(tmp_path, kind)
    settings = Settings(targets=(Target("durable", 2),), config=str(tmp_path / "gameday.toml"))
    features = [library() / f"{name}.feature" for name in OF_LIBRARY]
    results = {path.stem: simulation.run(path, settings).result for path in features}
    assert results == dict.fromkeys(results, Result.PASSED)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sfdx", "describe"])
def test_what_the_library_asks_of_a_field_that_the_organisation_lacks_is_not_applicable(
    tmp_path: Path, kind: str
) -> None:
    imported(tmp_path, kind)
    settings = Settings(targets=(Target("durable", 1),), config=str(tmp_path / "gameday.toml"))
    planned = plan_scenarios(sorted(library().rglob("*.feature")), settings)
    lacking = [each.not_applicable for each in planned if "not in this organisation" in each.not_applicable]
    assert lacking == ["not in this organisation: ledger_fields: unknown field 'Customer_Tier__c' of Account"]


@pytest.mark.slow
def test_a_setting_that_no_organisation_has_is_a_mistake(tmp_path: Path) -> None:
    imported(tmp_path, "sfdx")
    asked = "    And the CRM has the settings\n      | ledger fields    |\n      | customer.Teir__c |\n"
    text = FEATURE.format(field="Region__c").replace("\n  Scenario", f"{asked}\n  Scenario")
    (tmp_path / "own.feature").write_text(text, encoding="utf-8")
    settings = Settings(targets=(Target("durable", 1),), config=str(tmp_path / "gameday.toml"))
    with pytest.raises(GamedayError, match="unknown field 'Teir__c' of Account"):
        plan_scenarios([tmp_path / "own.feature"], settings)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "field"), [("sfdx", "Region__c"), ("describe", "Sales_Region__c")])
def test_the_durable_stack_loses_nothing_on_an_imported_organisation(tmp_path: Path, kind: str, field: str) -> None:
    imported(tmp_path, kind)
    (tmp_path / "own.feature").write_text(FEATURE.format(field=field), encoding="utf-8")
    run = gameday("run", "own.feature", "--stack", "durable", "--no-control", "-j", "1", "--pace", "20", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
