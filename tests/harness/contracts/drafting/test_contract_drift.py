"""`gameday contract drift` against what the vendors' own metadata says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gameday.commands.contract_drift import drift
from support.commands import AS_BELOW_GAMEDAY

FLOW = "closed-won-to-sales-order"
Drift = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path) -> Drift:
    """The command, asking a vendor."""

    def call(kind: str, vendor: Any, *arguments: str) -> Result:
        command = [FLOW, "--from", kind, "--url", vendor.url, "--snapshot", str(tmp_path / "last.json"), *arguments]
        environment = {"GAMEDAY_VENDOR_TOKEN": vendor.token}
        return CliRunner().invoke(drift, command, env=environment, catch_exceptions=False, **AS_BELOW_GAMEDAY)

    return call


def test_the_bundled_organisation_of_the_crm_has_not_drifted(ask: Drift, salesforce: Any) -> None:
    for options in (["--save"], []):
        done = ask("salesforce", salesforce, *options)
        assert (done.exit_code, "0 differences break the flow, 0 do not" in done.output) == (0, True), done.output


def test_the_bundled_organisation_of_the_erp_has_not_drifted(ask: Drift, netsuite: Any) -> None:
    for options in (["--save"], []):
        done = ask("netsuite", netsuite, "--object", "salesOrder", "--object", "invoice", *options)
        assert (done.exit_code, "0 differences break the flow, 0 do not" in done.output) == (0, True), done.output


def test_a_field_that_differs_from_the_snapshot_is_found_and_written_for_its_owner(
    ask: Drift, salesforce: Any, tmp_path: Path
) -> None:
    ask("salesforce", salesforce, "--save")
    path = tmp_path / "last.json"
    snapshot = json.loads(path.read_text("utf-8"))
    [field] = [
        each
        for element in snapshot["draft"]["elements"]
        for each in element["properties"]
        if (element["physical_name"], each["physical_name"]) == ("Opportunity", "Name")
    ]
    field["options"] = {"maxLength": 80}
    path.write_text(json.dumps(snapshot), "utf-8")
    # The contract has 120: what the CRM says today is no more than that.
    assert ask("salesforce", salesforce, "--out", str(tmp_path / "out")).exit_code == 0
    assert json.loads((tmp_path / "out" / "drift.json").read_text("utf-8"))[0]["flow"] == FLOW


def test_without_a_snapshot_nothing_can_be_saved(salesforce: Any) -> None:
    done = CliRunner().invoke(
        drift, [FLOW, "--from", "salesforce", "--url", salesforce.url, "--save"], **AS_BELOW_GAMEDAY
    )
    assert "--save without a file" in str(done.exception)
