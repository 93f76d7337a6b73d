"""A contract is drafted from descriptions of resources: from saved ones, or from the fake as from the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from fakes.oracle_fusion.conftest import ORDERS, Erp
from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"name": "OrderKey", "type": "string", "updatable": False, "mandatory": True, "allowChanges": "never"},
    {"name": "SourceTransactionNumber", "type": "string", "mandatory": True, "maxLength": "50", "title": "Source"},
    {"name": "SourceTransactionId", "type": "string", "updatable": False, "mandatory": True, "allowChanges": "onlyNew"},
    {"name": "TransactionOn", "type": "datetime"},
    {"name": "BuyingPartyPersonName", "type": "string", "precision": 360},
    {"name": "CreatedBy", "type": "string"},
    {"name": "Attachment", "type": "attachment"},
)
LINES = {"attributes": [{"name": "OrderedQuantity", "type": "number"}, {"name": "UnitListPrice", "type": "number"}]}


def draft(folder: Path, *arguments: str, token: str = "") -> Result:
    """The command, drafting into a folder ``contracts``."""
    common = ["--from", "oracle-fusion", "--flow", "mine", "--out", str(folder / "contracts")]
    return CliRunner().invoke(init, [*arguments, *common], env={"GAMEDAY_VENDOR_TOKEN": token}, **AS_BELOW_GAMEDAY)


def saved(folder: Path, **resources: Any) -> str:
    path = folder / "answer.json"
    path.write_text(json.dumps({"Resources": resources}))
    return str(path)


def drafted(folder: Path) -> tuple[dict[str, Any], str]:
    """The fields of the drafted contract, by their paths, and its text."""
    contract = load_contract("mine", [folder / "contracts"])
    assert contract.erp == "oracle-fusion"
    text = (folder / "contracts" / "mine.erp.yaml").read_text()
    return {field.physical_name: field for field in contract.erp_fields}, text


def test_orders_are_drafted_from_the_service_with_all_that_is_in_them(erp: Erp, tmp_path: Path) -> None:
    result = draft(tmp_path, "--url", erp.url, token=erp.token().json()["access_token"])
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    price = fields[f"{ORDERS}.lines.charges.chargeComponents.HeaderCurrencyUnitPrice"]
    assert (price.logical_type, price.classification) == ("number", "confidential")
    assert fields[f"{ORDERS}.SourceTransactionNumber"].constraints["maxLength"] == 50
    assert "value: SourceTransactionNumber" in text


def test_the_service_describes_each_resource_as_it_is_called_now(erp: Erp) -> None:
    erp.inject("rename_field", record=ORDERS, field="lines.OrderedQuantity", new_name="Ordered_c")
    reply = erp.call("GET", f"{ORDERS}/describe")
    assert reply.headers["content-type"].startswith("application/vnd.oracle.adf.description+json")
    lines = reply.json()["Resources"][ORDERS]["children"]["lines"]
    names = {each["name"] for each in lines["attributes"]}
    assert "Ordered_c" in names and "OrderedQuantity" not in names
    assert erp.call("POST", f"{ORDERS}/describe", {}).status_code == 405
    assert erp.call("GET", "hubOrganizations/describe").json()["Resources"]["hubOrganizations"]["attributes"]


def test_a_saved_answer_says_what_each_attribute_is(tmp_path: Path) -> None:
    result = draft(tmp_path, saved(tmp_path, **{ORDERS: {"attributes": ATTRIBUTES, "children": {"lines": LINES}}}))
    assert result.exit_code == 0, (result.output, result.exception)
    fields, text = drafted(tmp_path)
    # What the ERP creates is not required of those who write, what is given once is.
    required = {name.rpartition(".")[2] for name, field in fields.items() if field.required}
    assert required == {"SourceTransactionNumber", "SourceTransactionId"}
    assert fields[f"{ORDERS}.BuyingPartyPersonName"].constraints["maxLength"] == 360
    assert fields[f"{ORDERS}.lines.UnitListPrice"].classification == "confidential"
    assert [fields[f"{ORDERS}.{name}"].classification for name in ("TransactionOn", "CreatedBy")] == ["internal", ""]
    assert "its type is not known" in text and f"{ORDERS}.Attachment" not in fields


def test_of_a_whole_catalogue_the_orders_are_drafted_or_what_is_named(tmp_path: Path) -> None:
    catalogue = {name: {"attributes": ATTRIBUTES[:2]} for name in ("absences", ORDERS, "receivablesInvoices")}
    assert draft(tmp_path, saved(tmp_path, **catalogue)).exit_code == 0
    assert {name.partition(".")[0] for name in drafted(tmp_path)[0]} == {ORDERS}
    named = ("--object", ORDERS, "--object", "receivablesInvoices", "--force")
    assert draft(tmp_path, saved(tmp_path, **catalogue), *named).exit_code == 0
    assert {name.partition(".")[0] for name in drafted(tmp_path)[0]} == {ORDERS, "receivablesInvoices"}


@rows(
    ("resources", "arguments", "message"),
    [
        ({}, (), "describes no resources"),
        ({"x": {}}, (), "describes no resource: Object missing required field `attributes`"),
        ({"x": {"attributes": [{"name": 7}]}}, (), "describes no resource: Expected `str`"),
        ({"x": {"attributes": []}}, ("--object", "y"), "unknown resource 'y'"),
    ],
)
def test_what_describes_no_resource_is_one_line(
    tmp_path: Path, resources: Any, arguments: tuple[str, ...], message: str
) -> None:
    result = draft(tmp_path, saved(tmp_path, **resources), *arguments)
    assert isinstance(result.exception, GamedayError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
