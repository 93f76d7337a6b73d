"""Which CRM and ERP a flow runs between."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts import pair
from gameday.contracts.folders import contract_folders
from gameday.contracts.odcs import load_contract
from gameday.contracts.pair import (
    AS_NAMED,
    BUNDLED_CONTRACT,
    Asked,
    Pair,
    bundled_pair,
    check_pair,
    contract_between,
    pair_of,
    pair_of_documents,
)
from gameday_fakes import manifests as found
from gameday_fakes.manifest import Manifest
from support.rows import rows

BUNDLED = Pair("salesforce", "netsuite")


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two further vendors."""
    known = {**found.manifests(), "blue": Manifest(name="blue", role="crm"), "red": Manifest(name="red", role="erp")}
    monkeypatch.setattr(found, "manifests", lambda: known)


def contract(folder: Path, crm: str, erp: str) -> str:
    """The bundled contract with other servers, under another name."""
    bundled = contract_folders([])[BUNDLED_CONTRACT]
    for side, server in (("crm", crm), ("erp", erp)):
        text = (bundled / f"{BUNDLED_CONTRACT}.{side}.yaml").read_text("utf-8")
        own = text.replace(f"server: {BUNDLED.of(side)}", f"server: {server}")
        (folder / f"own.{side}.yaml").write_text(own, "utf-8")
    return "own"


def test_the_bundled_contract_names_the_bundled_pair() -> None:
    assert bundled_pair() == pair_of(load_contract(BUNDLED_CONTRACT)) == BUNDLED


@pytest.mark.usefixtures("more")
@pytest.mark.parametrize(
    ("crm", "erp", "pair"),
    [
        ("blue", "red", Pair("blue", "red")),
        ("Blue-production", "red-eu", Pair("blue", "red")),
        # Of the wrong role, and of no vendor.
        ("red", "warehouse", BUNDLED),
        ("bluebird", "redshift", BUNDLED),
    ],
)
def test_a_contract_names_its_pair_by_its_servers(tmp_path: Path, crm: str, erp: str, pair: Pair) -> None:
    flow = load_contract(contract(tmp_path, crm, erp), [tmp_path])
    assert pair_of(flow) == pair
    assert Asked(folders=(tmp_path,)).pair("own") == pair


@pytest.mark.usefixtures("more")
def test_what_is_asked_for_comes_first() -> None:
    assert pair_of(load_contract(BUNDLED_CONTRACT), erp="red") == Pair("salesforce", "red")
    assert Asked(crm="blue").pair(BUNDLED_CONTRACT) == Pair("blue", "netsuite")


def test_a_flow_without_a_readable_contract_has_the_bundled_pair() -> None:
    assert AS_NAMED.pair("nonesuch") == BUNDLED


def test_documents_name_their_pair_too() -> None:
    assert pair_of_documents([{"servers": [{"server": "salesforce-test"}]}, {"servers": 1}, {}]) == BUNDLED
    assert pair_of_documents([{"servers": [None, {"server": ["x"]}]}]) == BUNDLED


@rows(
    ("crm", "erp", "said"),
    [
        ("hubspoke", "", r"unknown CRM 'hubspoke'; known: .*salesforce"),
        ("", "netsweet", r"unknown ERP 'netsweet'; known: .*netsuite.*did you mean 'netsuite'"),
        ("netsuite", "", "'netsuite' is an ERP, not a CRM"),
        ("", "salesforce", "'salesforce' is a CRM, not an ERP"),
        ("pagerduty", "", "'pagerduty' is a pager, not a CRM"),
        ("x" * 500, "", "unknown CRM 'x{80}"),
    ],
)
def test_an_unknown_vendor_is_one_line(crm: str, erp: str, said: str) -> None:
    with pytest.raises(GamedayError, match=said) as refused:
        check_pair(crm, erp)
    assert "\n" not in str(refused.value)


def test_a_feature_that_names_another_vendor_is_not_run_with_this_one() -> None:
    said = r"the feature's ERP is 'netsuite', not 'red', which is asked for.*\"the ERP\""
    with pytest.raises(GamedayError, match=said):
        Asked(erp="red").pair(BUNDLED_CONTRACT, "salesforce", "netsuite")


def test_a_vendor_whose_package_cannot_be_loaded_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair, "unloadable", lambda: ("plug-in 'red' (red:Red) cannot be loaded: ImportError: x",))
    with pytest.raises(GamedayError, match=r"plug-in 'red' \(red:Red\) cannot be loaded.*uninstall its package"):
        check_pair("", "red")


# -- the contract between a pair ---------------------------------------------------------------------


def test_a_feature_runs_under_the_contract_between_the_pair_that_is_asked_for() -> None:
    asked = Asked("hubspot", "business-central")
    flow = asked.flow(BUNDLED_CONTRACT)
    assert flow.contract == "closed-won-to-sales-order.hubspot.business-central"
    assert pair_of(load_contract(flow.contract)) == Pair(flow.crm, flow.erp) == Pair("hubspot", "business-central")


def test_the_contract_of_the_pair_itself_stays() -> None:
    assert AS_NAMED.flow(BUNDLED_CONTRACT).contract == BUNDLED_CONTRACT


@pytest.mark.usefixtures("more")
def test_a_pair_without_a_contract_of_its_own_is_under_the_one_that_is_named(tmp_path: Path) -> None:
    name = contract(tmp_path, "salesforce", "netsuite")
    assert contract_between(name, Pair("blue", "red"), [tmp_path]) == name
    for side in ("crm", "erp"):
        (tmp_path / f"own.blue.red.{side}.yaml").write_text((tmp_path / f"own.{side}.yaml").read_text("utf-8"))
    assert contract_between(name, Pair("blue", "red"), [tmp_path]) == "own.blue.red"


@rows("side", ["crm", "erp"])
def test_bundled_contracts_with_the_same_vendor_on_a_side_agree_about_it(side: str) -> None:
    """The two files of a pair are whole, and what they say of a vendor is said in each: it must not drift apart."""
    folders = contract_folders([])
    said: dict[str, set[str]] = {}
    for name in (each for each in folders if each.startswith(BUNDLED_CONTRACT)):
        text = (folders[name] / f"{name}.{side}.yaml").read_text("utf-8").replace(name, "flow")
        # The id of a deal has the form that the CRM gives it.
        text = re.sub(r"minLength: \d+, maxLength: 45", "", text)
        # A SKU is as long as the ERP's numbers of items may be.
        text = re.sub(r"(?m)(name: sku$(?:\n.*){2}\n.*)maxLength: \d+", r"\1", text)
        said.setdefault(pair_of(load_contract(name)).of(side), set()).add(text)
    assert len(said) > 1
    assert {vendor: len(texts) for vendor, texts in said.items()} == dict.fromkeys(said, 1)
