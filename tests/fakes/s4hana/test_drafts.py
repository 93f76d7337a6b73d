"""A contract is drafted from the services' metadata: from saved documents, or from the fake as from the system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from gameday_fakes.odata.metadata import csdl_xml
from gameday_fakes.s4hana.account import CREDENTIALS
from gameday_fakes.s4hana.schema import SERVICES
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows


def draft(folder: Path, *arguments: str, token: str = "") -> Result:
    """The command, drafting into a folder ``contracts``."""
    common = ["--from", "s4hana", "--flow", "mine", "--out", str(folder / "contracts")]
    return CliRunner().invoke(init, [*arguments, *common], env={"GAMEDAY_VENDOR_TOKEN": token}, **AS_BELOW_GAMEDAY)


def fields_of(folder: Path) -> dict[str, Any]:
    """The fields of the drafted contract, by their paths."""
    return {field.physical_name: field for field in load_contract("mine", [folder / "contracts"]).erp_fields}


def saved(folder: Path, service: str, text: bytes | None = None) -> str:
    path = folder / f"{service}.xml"
    path.write_bytes(csdl_xml(SERVICES[service]) if text is None else text)
    return str(path)


@pytest.mark.parametrize("source", ["file", "url"])
def test_an_order_is_drafted_with_its_items_and_their_prices(erp: Any, tmp_path: Path, source: str) -> None:
    token = ""
    arguments = [saved(tmp_path, "API_SALES_ORDER_SRV")]
    if source == "url":
        secret = CREDENTIALS["client_id"], CREDENTIALS["client_secret"]
        form = {"grant_type": "client_credentials"}
        token = erp.raw("POST", "/sap/bc/sec/oauth2/token", data=form, auth=secret).json()["access_token"]
        arguments = ["--url", erp.url]
    result = draft(tmp_path, *arguments, token=token)
    assert result.exit_code == 0, (result.output, result.exception)
    fields = fields_of(tmp_path)
    assert fields["A_SalesOrder.SalesOrderDate"].logical_type == "date"
    assert fields["A_SalesOrder.to_Item.RequestedQuantity"].logical_type == "number"
    assert "A_SalesOrder.to_Item.to_PricingElement.ConditionRateValue" in fields
    # A part has its document's key from the document.
    assert "A_SalesOrder.to_Item.SalesOrder" not in fields
    text = (tmp_path / "contracts" / "mine.erp.yaml").read_text()
    assert "Created by the ERP" in text
    assert "name: deal" in text


def test_other_entity_sets_are_drafted_by_name(tmp_path: Path) -> None:
    result = draft(tmp_path, saved(tmp_path, "API_BUSINESS_PARTNER"), "--object", "A_BusinessPartner")
    assert result.exit_code == 0, result.exception
    assert "A_BusinessPartner.OrganizationBPName1" in fields_of(tmp_path)


@rows(
    ("text", "message"),
    [
        (b"", "is no metadata document"),
        (b"{}", "is no metadata document"),
        (b"<edmx/>", "describes no entity sets"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "declares no entities"),
        (b"<a>" * 2000, "is no metadata document"),
        (
            b'<S><EntityContainer><EntitySet Name="A_SalesOrder" EntityType="x.y"/></EntityContainer></S>',
            "not describe",
        ),
    ],
)
def test_what_is_no_metadata_is_one_line(tmp_path: Path, text: bytes, message: str) -> None:
    result = draft(tmp_path, saved(tmp_path, "API_SALES_ORDER_SRV", text))
    assert isinstance(result.exception, GamedayError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


@rows("source", ["file", "url"])
def test_an_unknown_entity_set_is_named_with_the_known(tmp_path: Path, source: str) -> None:
    where = [saved(tmp_path, "API_PRODUCT_SRV")] if source == "file" else ["--url", "http://127.0.0.1:1"]
    result = draft(tmp_path, *where, "--object", "A_Produkt")
    assert isinstance(result.exception, GamedayError)
    assert "unknown entity set 'A_Produkt'" in str(result.exception)
    assert "A_Product" in str(result.exception)
