"""Deals that are records of a custom object, through the whole path: workload, messages, stack, ledgers and judge."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from support.commands import gameday
from support.deal_objects import SALES_ORDERS
from support.last_run import last_run

FLOW = "closed-won-to-sales-order"
SYNC = Path(__file__).parent / "custom_object" / "sync.py"
FEATURE = f"""
Feature: Sales orders

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "{FLOW}"
    And 20 deals are closed won at 20 per minute

  Scenario: Nothing is lost: the CRM answers slowly
    When after 20 seconds the CRM suffers "slow replies" for 30 seconds
      | operation | delay s |
      | query     | 2       |
    Then every deal is in the ERP exactly once within 2 minutes of the fix

  Scenario: Orders are written twice: replies are lost
    When after 20 seconds the ERP suffers "reply lost after commit" for 30 seconds
      | operation   | share | times |
      | order.write | 0.3   | 1     |
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
NAMES = {
    "OpportunityLineItem": "Position__c",
    "OpportunityId": "Order__c",
    "Opportunity": "Sales_Order__c",
    "PricebookEntry.ProductCode": "Article__r.ProductCode",
    "StageName": "Phase__c",
    "Closed Won": "Booked",
    "Closed Lost": "Dropped",
    "AccountId": "Customer__c",
    "physicalName: Amount": "physicalName: Net__c",
    "CloseDate": "Booked_On__c",
    "physicalName: Quantity": "physicalName: Pieces__c",
    "UnitPrice": "Price__c",
    "TotalPrice": "Sum__c",
}
STACK = f"""
[organisation]
folder = "organisation"

[contracts]
folders = ["contracts"]

[stack.own]
command = ["{{python}}", "{SYNC}"]
webhook = "/outbound-messages"
health = "/healthz"
match = "otherRefNum"
absent = ["batch calls", "changes after winning"]

[stack.own.env]
GAMEDAY_CRM = "{{crm}}"
GAMEDAY_ERP = "{{erp}}"
GAMEDAY_CRM_URL = "{{crm_url}}"
GAMEDAY_ERP_URL = "{{erp_url}}"
GAMEDAY_PAGER_URL = "{{pager_url}}"
GAMEDAY_TICKETS_URL = "{{tickets_url}}"
GAMEDAY_LISTEN = "{{listen}}"
GAMEDAY_STATE_DIR = "{{state_dir}}"
GAMEDAY_PACE = "{{pace}}"
GAMEDAY_FLOW = "{{flow}}"
GAMEDAY_CREDENTIALS = "{{credentials}}"
"""


def field(type_: str, **more: Any) -> dict[str, Any]:
    """A field of a file."""
    return {"type": type_, **more}


OBJECTS: dict[str, dict[str, Any]] = {
    "Sales_Order__c": {
        "key_prefix": "a0S",
        "fields": {
            "Phase__c": field("picklist", values=["Open", "Booked", "Dropped"], restricted=True),
            "Customer__c": field("reference", refers_to="Account"),
            "Booked_On__c": field("date"),
            "Net__c": field("currency", scale=2, calculated=True),
        },
    },
    "Position__c": {
        "fields": {
            "Order__c": field("reference", refers_to="Sales_Order__c", required=True),
            "Article__c": field("reference", refers_to="Product2"),
            "Pieces__c": field("double", scale=2),
            "Price__c": field("currency", scale=2),
            "Sum__c": field("currency", scale=2),
        }
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An organisation whose deals are sales orders, its contract, a feature and a sync."""
    (tmp_path / "organisation" / "salesforce").mkdir(parents=True)
    for name, content in OBJECTS.items():
        (tmp_path / "organisation" / "salesforce" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "organisation" / "settings.json").write_text(
        json.dumps({"salesforce": dict(SALES_ORDERS)}), encoding="utf-8"
    )
    (tmp_path / "contracts").mkdir()
    bundled = Path(str(resources.files("gameday_scenarios"))) / "contracts"
    for side in ("crm", "erp"):
        text = (bundled / f"{FLOW}.{side}.yaml").read_text(encoding="utf-8")
        if side == "crm":
            text = re.sub(r"      - name: won\n(        .*\n)+?(?=      - )", "", text)
            for old, new in NAMES.items():
                text = text.replace(old, new)
        (tmp_path / "contracts" / f"{FLOW}.{side}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "gameday.toml").write_text(STACK, encoding="utf-8")
    (tmp_path / "own.feature").write_text(FEATURE, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_deals_of_a_custom_object_are_carried_over_and_judged(project: Path) -> None:
    done = gameday("run", "own.feature", "--stack", "own", "--no-control", "-j", "2", "--runs", "runs", cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    results = {}
    for scenario in ("nothing-is-lost", "written-twice"):
        saved = json.loads((last_run(project / "runs", f"*{scenario}*") / "verdicts.json").read_bytes())
        rows = [row for verdict in saved["verdicts"] for row in verdict.get("evidence", {}).get("rows", ())]
        results[saved["result"]] = {row["deal"][:3] for row in rows if isinstance(row, dict) and "deal" in row}
    assert results == {"passed": set(), "failed": {"a0S"}}
