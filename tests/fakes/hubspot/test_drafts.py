"""A contract is drafted from the descriptions of properties: from saved ones, or from the fake as from the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fakes.hubspot.conftest import Crm
from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

AMOUNT = {"name": "amount", "type": "number", "fieldType": "number", "showCurrencySymbol": True, "label": "Amount"}
OWNER = {"name": "hubspot_owner_id", "type": "enumeration", "fieldType": "select", "externalOptions": True}
OWNER |= {"referencedObjectType": "OWNER", "options": [{"value": "Jane Doe"}]}
STAGE = {"name": "dealstage", "type": "enumeration", "options": [{"value": "won"}, {"value": "old", "hidden": True}]}


def draft(folder: Path, *arguments: str, token: str = "") -> Result:
    """The command, drafting into a folder ``contracts``."""
    common = ["--from", "hubspot", "--flow", "mine", "--out", str(folder / "contracts")]
    return CliRunner().invoke(init, [*arguments, *common], env={"GAMEDAY_VENDOR_TOKEN": token}, **AS_BELOW_GAMEDAY)


def saved(folder: Path, name: str, *properties: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"results": properties}))
    return str(path)


def drafted(folder: Path) -> tuple[dict[str, Any], str]:
    """The fields of the drafted contract, by their paths, and its text."""
    contract = load_contract("mine", [folder / "contracts"])
    assert contract.crm == "hubspot"
    text = (folder / "contracts" / "mine.crm.yaml").read_text()
    return {field.physical_name: field for field in contract.crm_fields}, text


@pytest.mark.slow
def test_deals_and_their_lines_are_drafted_from_the_service(crm: Crm, tmp_path: Path) -> None:
    result = draft(tmp_path, "--url", crm.url, token=crm.credentials["access_token"])
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    assert fields["deals.closedate"].logical_type in ("date", "timestamp")
    assert fields["line_items.price"].logical_type == "number"
    assert "which fields are required" in text


def test_a_saved_answer_is_of_the_object_that_its_file_is_called(tmp_path: Path) -> None:
    result = draft(tmp_path, saved(tmp_path, "deals", AMOUNT, OWNER, STAGE))
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    assert fields["deals.amount"].classification == "confidential"
    # Owners are people, whatever their options are; an option that is hidden is no value any more.
    assert "Jane Doe" not in text
    assert "value: won" in text and "value: old" not in text


def test_an_object_can_be_named(tmp_path: Path) -> None:
    result = draft(tmp_path, saved(tmp_path, "answer", AMOUNT), "--object", "p_orders")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "p_orders.amount" in drafted(tmp_path)[0]


@rows(
    ("text", "arguments", "message"),
    [
        ("[]", (), "describes no properties"),
        ("{}", (), "describes no properties"),
        ('{"results": [{"name": "x"}]}', (), "describes no properties"),
        ('{"results": "x"}', (), "describes no properties"),
        ('{"results": [{"name": "x", "type": "string"}]}', ("--object", "a", "--object", "b"), "2 objects for 1 desc"),
    ],
)
def test_what_describes_no_properties_is_one_line(
    tmp_path: Path, text: str, arguments: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "deals.json"
    path.write_text(text)
    result = draft(tmp_path, str(path), *arguments)
    assert isinstance(result.exception, GamedayError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
