"""A contract is drafted from definitions of tables: from saved ones, or from the fake as from the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from fakes.dataverse.conftest import Crm
from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

COLUMNS: tuple[dict[str, Any], ...] = (
    {"LogicalName": "opportunityid", "AttributeType": "Uniqueidentifier", "IsPrimaryId": True},
    {"LogicalName": "name", "AttributeType": "String", "MaxLength": 300, "RequiredLevel": {"Value": "SystemRequired"}},
    {"LogicalName": "actualvalue", "AttributeType": "Money", "RequiredLevel": {"Value": "ApplicationRequired"}},
    {"LogicalName": "actualclosedate", "AttributeType": "DateTime", "DateTimeBehavior": {"Value": "DateOnly"}},
    {"LogicalName": "customerid", "AttributeType": "Customer", "Targets": ["account", "contact"]},
    {"LogicalName": "customeridname", "AttributeType": "String", "AttributeOf": "customerid"},
    {"LogicalName": "transactioncurrencyid", "AttributeType": "Lookup", "Targets": ["transactioncurrency"]},
    {
        "LogicalName": "statecode",
        "AttributeType": "State",
        "OptionSet": {"Options": [{"Value": 0}, {"Value": 1}, {"Value": 2}]},
    },
    {"LogicalName": "new_secret", "AttributeType": "String", "IsValidForRead": False},
    {"LogicalName": "entityimage", "AttributeType": "Virtual"},
)


def draft(folder: Path, *arguments: str, token: str = "") -> Result:
    """The command, drafting into a folder ``contracts``."""
    common = ["--from", "dataverse", "--flow", "mine", "--out", str(folder / "contracts")]
    return CliRunner().invoke(init, [*arguments, *common], env={"GAMEDAY_VENDOR_TOKEN": token}, **AS_BELOW_GAMEDAY)


def saved(folder: Path, document: Any) -> str:
    path = folder / "answer.json"
    path.write_text(json.dumps(document))
    return str(path)


def drafted(folder: Path) -> tuple[dict[str, Any], str]:
    """The fields of the drafted contract, by their paths, and its text."""
    contract = load_contract("mine", [folder / "contracts"])
    assert contract.crm == "dataverse"
    text = (folder / "contracts" / "mine.crm.yaml").read_text()
    return {field.physical_name: field for field in contract.crm_fields}, text


def test_opportunities_and_their_lines_are_drafted_from_the_service(crm: Crm, tmp_path: Path) -> None:
    result = draft(tmp_path, "--url", crm.url, token=crm.token)
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    assert fields["opportunities.actualclosedate"].logical_type == "date"
    assert fields["opportunities.modifiedon"].logical_type == "timestamp"
    assert fields["opportunityproducts.priceperunit"].classification == "confidential"
    assert fields["opportunities._customerid_value"].constraints["maxLength"] == 36
    assert "what else the flow reads of it has a path, such as transactioncurrencyid.name" in text


def test_a_saved_answer_says_what_each_column_is(tmp_path: Path) -> None:
    document = {"value": [{"EntitySetName": "opportunities", "Attributes": COLUMNS}]}
    result = draft(tmp_path, saved(tmp_path, document))
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    # What a lookup brings with it, what cannot be read and what is no column are left out.
    kept = {"opportunityid", "name", "actualvalue", "actualclosedate", "statecode"}
    lookups = {"_customerid_value", "_transactioncurrencyid_value"}
    assert set(fields) == {f"opportunities.{name}" for name in kept | lookups}
    assert [fields[f"opportunities.{name}"].required for name in ("opportunityid", "name", "actualvalue")] == [
        True,
        True,
        False,
    ]
    assert fields["opportunities.actualclosedate"].logical_type == "date"
    classes = {name.partition(".")[2]: field.classification for name, field in fields.items()}
    # A customer may be a person, of whom recordings show no id.
    assert (classes["_customerid_value"], classes["_transactioncurrencyid_value"]) == ("", "internal")
    assert (classes["name"], classes["actualvalue"]) == ("confidential", "confidential")
    assert "value: 2" in text and "People have to fill it in on a form" in text


def test_one_table_may_be_saved_alone_and_tables_be_chosen(tmp_path: Path) -> None:
    tables = [{"EntitySetName": name, "Attributes": COLUMNS[:2]} for name in ("quotes", "opportunities")]
    assert draft(tmp_path, saved(tmp_path, tables[0])).exit_code == 0
    assert "quotes.name" in drafted(tmp_path)[0]
    result = draft(tmp_path, saved(tmp_path, {"value": tables}), "--object", "opportunities", "--force")
    assert result.exit_code == 0, (result.output, result.exception)
    assert set(drafted(tmp_path)[0]) == {"opportunities.opportunityid", "opportunities.name"}


@rows(
    ("document", "arguments", "message"),
    [
        ([], (), "defines no table"),
        ({}, (), "defines no tables"),
        ({"value": []}, (), "defines no tables"),
        (
            {"value": [{"EntitySetName": "x", "Attributes": [{"LogicalName": 7}]}]},
            (),
            "defines no table: Expected `str`",
        ),
        ({"EntitySetName": "x", "Attributes": []}, ("--object", "y"), "unknown table 'y'"),
    ],
)
def test_what_defines_no_table_is_one_line(
    tmp_path: Path, document: Any, arguments: tuple[str, ...], message: str
) -> None:
    result = draft(tmp_path, saved(tmp_path, document), *arguments)
    assert isinstance(result.exception, GamedayError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
