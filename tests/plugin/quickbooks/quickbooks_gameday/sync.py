"""Carries won deals of Salesforce over to QuickBooks Online every few seconds: ``python -m quickbooks_gameday.sync``.

An invoice is created with the deal's id as ``requestid``, so that a request whose reply was lost can be repeated.
``--bug`` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

log = logging.getLogger("sync")

CREDENTIALS = json.loads(Path(os.environ["SYNC_CREDENTIALS"]).read_text())
PACE, EVERY_S, PATIENCE_S = float(os.environ["SYNC_PACE"]), 10.0, 60.0
CRM, ERP = os.environ["CRM_URL"], os.environ["ERP_URL"]
DEALS = (
    "SELECT Id, AccountId, CurrencyIsoCode, CloseDate, "
    "(SELECT ProductCode, Quantity, TotalPrice FROM OpportunityLineItems) FROM Opportunity WHERE IsWon = true"
)


class System:
    """A system with a bearer token, which is got anew when it is refused."""

    def __init__(self, login: str, form: dict[str, str]) -> None:
        self.session, self.login, self.form = requests.Session(), login, form

    def call(self, method: str, url: str, **more: Any) -> Any:
        """The JSON answer, with exact numbers. Raises requests.RequestException."""
        for _ in range(2):
            reply = self.session.request(method, url, timeout=max(2.0, 60 / PACE), **more)
            if reply.status_code != 401:
                break
            token = self.session.post(self.login, data=self.form, timeout=30)
            token.raise_for_status()
            self.session.headers["authorization"] = f"Bearer {token.json()['access_token']}"
        reply.raise_for_status()
        return json.loads(reply.text, parse_float=Decimal)


class Sync:
    """Writes what is missing, and pages what stays away. Times are in seconds of the scenario."""

    def __init__(self, *, careless: bool) -> None:
        crm, erp = CREDENTIALS["crm"], CREDENTIALS["erp"]
        form = {"grant_type": "client_credentials", **{k: crm[k] for k in ("client_id", "client_secret")}}
        self.crm = System(f"{CRM}/services/oauth2/token", form)
        refresh = {"grant_type": "refresh_token", "refresh_token": erp["refresh_token"]}
        self.erp = System(f"{ERP}/oauth2/v1/tokens/bearer", refresh)
        self.company, self.careless = f"{ERP}/v3/company/{erp['realm']}", careless
        self.done: set[str] = set()
        self.waiting: dict[str, float] = {}
        self.paged: set[str] = set()

    def round(self) -> None:
        """Carry over every won deal that is not there. Raises requests.RequestException."""
        path, params = "/services/data/v60.0/query", {"q": DEALS}
        while path:
            page = self.crm.call("GET", f"{CRM}{path}", params=params)
            for deal in page["records"]:
                if deal["Id"] not in self.done:
                    self.carry_over(deal)
            path, params = page.get("nextRecordsUrl", ""), {}

    def carry_over(self, deal: dict[str, Any]) -> None:
        id_ = deal["Id"]
        try:
            self.create(deal)
        except requests.RequestException as problem:
            log.warning("deal %s: %s", id_, problem)
            now_s = time.monotonic() * PACE
            if now_s - self.waiting.setdefault(id_, now_s) > PATIENCE_S and id_ not in self.paged:
                self.page(id_, f"the invoice was refused for a minute: {problem}")
        else:
            self.done.add(id_)

    def found(self, entity: str, field: str, *values: str) -> list[dict[str, Any]]:
        """Entities by a field."""
        listed = ", ".join(f"'{value}'" for value in sorted(set(values)))
        query = {"query": f"select * from {entity} where {field} in ({listed})"}
        answer = self.erp.call("GET", f"{self.company}/query", params=query)["QueryResponse"]
        return list(answer.get(entity, []))

    def create(self, deal: dict[str, Any]) -> None:
        lines = (deal["OpportunityLineItems"] or {"records": []})["records"]
        (customer,) = self.found("Customer", "DisplayName", deal["AccountId"])
        items = {each["Sku"]: each["Id"] for each in self.found("Item", "Sku", *(n["ProductCode"] for n in lines))}
        body = {
            "DocNumber": deal["Id"],
            "TxnDate": deal["CloseDate"],
            "CustomerRef": {"value": customer["Id"]},
            "CurrencyRef": {"value": deal["CurrencyIsoCode"]},
            # Without a unit price, which an amount after a discount is not a multiple of.
            "Line": [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": float(line["TotalPrice"]),
                    "SalesItemLineDetail": {
                        "ItemRef": {"value": items[line["ProductCode"]]},
                        "Qty": float(line["Quantity"]),
                    },
                }
                for line in lines
            ],
        }
        key = {} if self.careless else {"requestid": deal["Id"]}
        self.erp.call("POST", f"{self.company}/invoice", params=key, json=body)

    def page(self, deal: str, reason: str) -> None:
        """One incident for each deal that somebody has to look at."""
        event = {
            "routing_key": CREDENTIALS["pager"]["routing_key_sync"],
            "event_action": "trigger",
            "dedup_key": f"invoice-of-{deal}",
            "payload": {
                "summary": f"Deal {deal}: {reason}"[:1024],
                "source": "quickbooks-sync",
                "severity": "error",
                "custom_details": {"flow": os.environ["FLOW"], "deal": deal, "reason": reason},
            },
        }
        requests.post(f"{os.environ['PAGER_URL']}/v2/enqueue", json=event, timeout=30).raise_for_status()
        self.paged.add(deal)


def run(*, careless: bool) -> None:
    """Work until the end of the process."""
    sync = Sync(careless=careless)
    while True:
        try:
            sync.round()
        except (requests.RequestException, LookupError, ValueError):
            log.exception("the round failed")
        time.sleep(EVERY_S / PACE)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser()
    parser.add_argument("--bug", action="store_true")
    run(careless=parser.parse_args().bug)
