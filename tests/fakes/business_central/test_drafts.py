"""A contract is drafted from the API's metadata: from a saved document, or from the fake as from the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from gameday_fakes.business_central.account import CREDENTIALS
from gameday_fakes.business_central.schema import SCHEMA
from gameday_fakes.odata.metadata import csdl_xml
from support.commands import AS_BELOW_GAMEDAY


def draft(folder: Path, *arguments: str, token: str = "") -> Result:
    """The command, drafting into a folder ``contracts``."""
    common = ["--from", "business-central", "--flow", "mine", "--out", str(folder / "contracts")]
    return CliRunner().invoke(init, [*arguments, *common], env={"GAMEDAY_VENDOR_TOKEN": token}, **AS_BELOW_GAMEDAY)


@pytest.mark.parametrize("source", ["file", "url"])
def test_an_order_is_drafted_with_its_lines(erp: Any, tmp_path: Path, source: str) -> None:
    saved = tmp_path / "metadata.xml"
    saved.write_bytes(csdl_xml(SCHEMA))
    api = f"{erp.url}/v2.0/{CREDENTIALS['tenant']}/{CREDENTIALS['environment']}/api/v2.0"
    where = [str(saved)] if source == "file" else ["--url", api]
    result = draft(tmp_path, *where, token=erp.login().json()["access_token"])
    assert result.exit_code == 0, (result.output, result.exception)
    contract = load_contract("mine", [tmp_path / "contracts"])
    fields = {field.physical_name: field for field in contract.erp_fields}
    assert contract.erp == "business-central"
    assert fields["salesOrders.orderDate"].logical_type == "date"
    assert fields["salesOrders.salesOrderLines.quantity"].logical_type == "number"
    # A line has a key of its own, which is called as that of its document.
    assert {"salesOrders.id", "salesOrders.salesOrderLines.id"} <= fields.keys()
    text = (tmp_path / "contracts" / "mine.erp.yaml").read_text()
    # A status is an enumeration, and what the system computes is said.
    assert "In Review" in text and "Created by the ERP" in text
    assert "name: deal" in text


def test_an_unknown_entity_set_is_named_with_the_known(tmp_path: Path) -> None:
    saved = tmp_path / "metadata.xml"
    saved.write_bytes(csdl_xml(SCHEMA))
    result = draft(tmp_path, str(saved), "--object", "salesOrder")
    assert isinstance(result.exception, GamedayError)
    assert "unknown entity set 'salesOrder'" in str(result.exception)
    assert "salesOrders" in str(result.exception)
