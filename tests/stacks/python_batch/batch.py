"""Carries won opportunities over to NetSuite. Cron starts it every five minutes.

It asks Salesforce for what has changed since the last run, finds or creates the customer of each opportunity, and
creates or updates the order that has the opportunity's id in its custom field. What fails is tried again by the next
run, for the watermark moves only when all went well.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import requests
from netsuite import Config, NetSuiteRestApi, TokenAuth
from simple_salesforce import Salesforce

log = logging.getLogger("batch")

CREDENTIALS = json.loads(Path(os.environ["SYNC_CREDENTIALS"]).read_text())
WATERMARK = Path(os.environ["SYNC_STATE"]) / "watermark"
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"

DEALS = (
    "SELECT Id, Name, AccountId, Account.Name, Account.CurrencyIsoCode, CurrencyIsoCode, CloseDate, Region__c, "
    "SystemModstamp, (SELECT ProductCode, Quantity, UnitPrice, TotalPrice FROM OpportunityLineItems) "
    "FROM Opportunity WHERE IsWon = true AND SystemModstamp >= {since} ORDER BY SystemModstamp"
)


def salesforce() -> Salesforce:
    crm = CREDENTIALS["crm"]
    return Salesforce(
        consumer_key=crm["client_id"],
        consumer_secret=crm["client_secret"],
        domain=os.environ["SALESFORCE_DOMAIN"],
    )


def netsuite() -> NetSuiteRestApi:
    erp = dict(CREDENTIALS["erp"])
    return NetSuiteRestApi(Config(account=erp.pop("account"), auth=TokenAuth(**erp)))


async def find(erp: NetSuiteRestApi, table: str, where: str) -> str | None:
    rows = (await erp.suiteql(f"SELECT id FROM {table} WHERE {where}"))["items"]
    return str(rows[0]["id"]) if rows else None


async def customer(erp: NetSuiteRestApi, deal: dict[str, Any]) -> str:
    """The customer with the account's id; created if there is none."""
    account = deal["AccountId"]
    where = f"custentity_crm_account_id = '{account}'"
    found = await find(erp, "customer", where)
    if found is None:
        body = {
            "entityId": account,
            "companyName": deal["Account"]["Name"],
            "currency": {"refName": deal["Account"]["CurrencyIsoCode"]},
            "custentity_crm_account_id": account,
        }
        await erp.post("/record/v1/customer", json=body)
        # The client does not return the new record's id, which NetSuite sends in a header.
        found = await find(erp, "customer", where)
    return str(found)


async def carry_over(erp: NetSuiteRestApi, deal: dict[str, Any]) -> None:
    order = {
        "entity": {"id": await customer(erp, deal)},
        "currency": {"refName": deal["CurrencyIsoCode"]},
        "tranDate": deal["CloseDate"],
        "memo": deal["Name"],
        "custbody_sf_opportunity": deal["Id"],
        "custbody_region": {"refName": deal["Region__c"]},
        "item": {
            "items": [
                {
                    "item": {"externalId": line["ProductCode"]},
                    "quantity": line["Quantity"],
                    "rate": line["UnitPrice"],
                    "amount": line["TotalPrice"],
                    "price": {"id": "-1"},
                }
                for line in deal["OpportunityLineItems"]["records"]
            ]
        },
    }
    found = await find(erp, "transaction", f"type = 'SalesOrd' AND custbody_sf_opportunity = '{deal['Id']}'")
    if found is None:
        await erp.post("/record/v1/salesOrder", json=order)
    else:
        await erp.patch(f"/record/v1/salesOrder/{found}", json=order, params={"replace": "item"})


def page(summary: str, details: dict[str, Any]) -> None:
    """One incident for the batch: what is still wrong in the next run joins it."""
    event = {
        "routing_key": CREDENTIALS["pager"]["routing_key_sync"],
        "event_action": "trigger",
        "dedup_key": "opportunity-batch",
        "payload": {
            "summary": summary[:1024],
            "source": "opportunity-batch",
            "severity": "error",
            "custom_details": {"flow": os.environ["FLOW"], **details},
        },
    }
    requests.post(PAGERDUTY, json=event, timeout=30).raise_for_status()


async def run() -> int:
    since = WATERMARK.read_text() if WATERMARK.exists() else "2000-01-01T00:00:00Z"
    erp = netsuite()
    deals = salesforce().query_all(DEALS.format(since=since))["records"]
    failed = {}
    for deal in deals:
        try:
            await carry_over(erp, deal)
        except Exception as problem:
            log.exception("opportunity %s", deal["Id"])
            failed[deal["Id"]] = f"{type(problem).__name__}: {problem}"
    if failed:
        page(f"{len(failed)} of {len(deals)} opportunities were not carried over", {"failed": failed})
        return 1
    if deals:
        WATERMARK.write_text(deals[-1]["SystemModstamp"].replace("+0000", "Z"))
    log.info("%s opportunities since %s", len(deals), since)
    return 0


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return asyncio.run(run())
    except Exception as problem:
        log.exception("the batch failed")
        page(f"The opportunity batch failed: {problem}", {"error": f"{type(problem).__name__}: {problem}"})
        return 1


if __name__ == "__main__":
    sys.exit(main())
