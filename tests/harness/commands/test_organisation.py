"""``gameday organisation import``, and the commands that serve what it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gameday.cli import main
from gameday.config.gameday_toml import load_config
from gameday_fakes.organisation import read_organisation
from support.large_describe import large_describe


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]

FEATURE = """
Feature: A field of ours

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute

  Scenario: The region is renamed
    When after 1 minute the CRM suffers "renamed field" for 2 minutes
      | field               | new name |
      | Opportunity.{field} | Area__c  |
    Then no lost or wrong deal goes unreported
"""


@pytest.fixture
def gameday(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    # A session sets it for its workers; it is put back so that no other test sees it.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        return Answer(int(str(ended.value.code)), printed.out, printed.err)

    return call


@pytest.fixture
def folder(tmp_path: Path, gameday: Command) -> Path:
    """A folder with a describe, a feature, a configuration that names the organisation; and the organisation."""
    (tmp_path / "describe.json").write_text(json.dumps(large_describe()), encoding="utf-8")
    (tmp_path / "gameday.toml").write_text('[organisation]\nfolder = "organisation"\n', encoding="utf-8")
    answer = gameday("organisation", "import", "describe.json", "--to", "organisation")
    assert answer.code == 0
    return tmp_path


def test_an_import_says_what_it_wrote_and_what_it_could_not_take(tmp_path: Path, gameday: Command) -> None:
    (tmp_path / "describe.json").write_text(json.dumps(large_describe()), encoding="utf-8")
    answer = gameday("organisation", "import", "describe.json", "--to", "mine")
    assert answer.out.splitlines() == [
        "wrote mine/salesforce/Opportunity.json: 298 fields",
        'name it in gameday.toml: [organisation] folder = "mine"',
    ]
    assert "Opportunity.BillingAddress: not taken: a compound address is not served" in answer.err
    assert "Sales_Region__c" in read_organisation(tmp_path / "mine").of("salesforce")["Opportunity"].fields


def test_a_source_that_is_none_is_one_line(folder: Path, gameday: Command) -> None:
    answer = gameday("organisation", "import", "gameday.toml", "--to", "mine")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("gameday: gameday.toml is not JSON")
    assert answer.err.count("\n") == 1


def test_the_configuration_names_the_folder_relative_to_itself(folder: Path) -> None:
    assert load_config(folder / "gameday.toml").organisation == folder / "organisation"
    assert load_config(Path("gameday.toml")).organisation == folder / "organisation"


def test_the_fakes_catalogue_is_that_of_the_organisation(folder: Path, gameday: Command) -> None:
    assert "Sales_Region__c (picklist)" in gameday("list", "fakes", "salesforce").out
    assert "ERP_Customer_Id__c" not in gameday("list", "fakes", "salesforce").out


def test_the_endpoints_of_a_fake_have_the_record_types_of_the_organisation(folder: Path, gameday: Command) -> None:
    plant = folder / "organisation" / "netsuite" / "customrecord_plant.json"
    assert "customrecord_plant" not in gameday("list", "endpoints", "netsuite").out
    plant.parent.mkdir()
    plant.write_text('{"fields": {}}', encoding="utf-8")
    assert "/record/v1/customrecord_plant/{id}" in gameday("list", "endpoints", "netsuite").out


@pytest.mark.slow
def test_a_plan_knows_the_fields_of_the_organisation(folder: Path, gameday: Command) -> None:
    (folder / "own.feature").write_text(FEATURE.format(field="Sales_Region__c"), encoding="utf-8")
    assert gameday("plan", "own.feature").code == 0
    (folder / "own.feature").write_text(FEATURE.format(field="Payment_Method__c"), encoding="utf-8")
    answer = gameday("plan", "own.feature")
    assert answer.code == 2
    assert "unknown field 'Payment_Method__c' of Opportunity; known: AccountId" in answer.err


def test_a_bad_field_of_an_order_book_is_found_before_a_run_starts(folder: Path, gameday: Command) -> None:
    (folder / "own.feature").write_text(FEATURE.format(field="Sales_Region__c"), encoding="utf-8")
    (folder / "book.csv").write_text(
        "order,account,sku,quantity,amount,Sales_Region__c\n1,A,S,1,5,South\n2,A,S,1,5,West\n", encoding="utf-8"
    )
    answer = gameday("run", "own.feature", "--deals", "book.csv", "--stack", "durable")
    assert answer.code == 2
    assert "book.csv:3: column 'Sales_Region__c': a text of 4 characters like 'Aaaa' is refused" in answer.err
    assert "known: North, South" in answer.err


@pytest.mark.parametrize("command", [["plan", "own.feature"], ["fakes", "serve"], ["list", "fakes", "salesforce"]])
def test_a_mistake_in_a_file_is_one_line_before_anything_starts(
    folder: Path, gameday: Command, command: list[str]
) -> None:
    (folder / "own.feature").write_text(FEATURE.format(field="Sales_Region__c"), encoding="utf-8")
    path = folder / "organisation" / "salesforce" / "Opportunity.json"
    path.write_text('{"fields": {"Region__c": {"type": "money"}}}', encoding="utf-8")
    answer = gameday(*command)
    assert answer.code == 2
    assert "Region__c has the unknown type 'money'; known: string" in answer.err
    assert answer.err.count("\n") == 1


def test_a_folder_that_is_missing_is_named(folder: Path, gameday: Command) -> None:
    answer = gameday("fakes", "serve", "--organisation", "none")
    assert (answer.code, answer.err) == (
        2,
        "gameday: no such folder of an organisation: none (gameday organisation import)\n",
    )


TAXED = """
Feature: Taxes

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | {parameter} |
      | 20    | 20         | {value}     |

  Scenario: Most lines have a tax
    Then no lost or wrong deal goes unreported
"""


def test_deals_with_a_field_that_the_organisation_lacks_are_not_applicable(folder: Path, gameday: Command) -> None:
    write = (folder / "own.feature").write_text
    write(TAXED.format(parameter="taxed", value="80%"), encoding="utf-8")
    answer = gameday("plan", "own.feature", "--stack", "durable")
    why = "not in this organisation: unknown field 'Tax_Code__c' of OpportunityLineItem"
    assert (answer.code, why in answer.out) == (0, True)
    # What no organisation has is a mistake.
    write(TAXED.format(parameter="deal fields", value="Nope__c: x"), encoding="utf-8")
    answer = gameday("plan", "own.feature", "--stack", "durable")
    assert (answer.code, "unknown field 'Nope__c'" in answer.err) == (2, True)
