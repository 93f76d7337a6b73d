"""Carries won deals of HubSpot over to NetSuite: by search, every few seconds, with HubSpot's own client.

Each round searches for won deals that have changed since shortly before the newest one seen, because the index behind
the search lags; reads their lines and their company by associations; and puts the order under the deal's id, so that a
deal that is seen again changes nothing. ``OVERLAP_S`` is how far a round looks back, in seconds of the scenario.
"""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import hubspot

# It registers the signature method that NetSuite asks for.
import netsuite.rest_api_base
import requests
from authlib.integrations.requests_client import OAuth1Auth

log = logging.getLogger("poll")

CREDENTIALS = json.loads(Path(os.environ["SYNC_CREDENTIALS"]).read_text())
PACE = float(os.environ["SYNC_PACE"])
OVERLAP_S = float(os.environ.get("OVERLAP_S", "3600"))
EVERY_S = 15
DEAL = ["dealname", "amount", "closedate", "dealstage", "deal_currency_code"]
LINE = ["hs_sku", "quantity", "price", "amount"]

crm = hubspot.Client.create(access_token=CREDENTIALS["crm"]["access_token"], host=os.environ["CRM_URL"])


def netsuite() -> requests.Session:
    own = CREDENTIALS["erp"]
    session = requests.Session()
    session.auth = OAuth1Auth(
        own["consumer_key"],
        own["consumer_secret"],
        own["token_id"],
        own["token_secret"],
        realm=own["account"],
        signature_method="HMAC-SHA256",
        force_include_body=False,
    )
    return session


def won(since_ms: int) -> list[Any]:
    """The won deals that have changed since a moment, oldest first."""
    found: list[Any] = []
    after = "0"
    while True:
        filters = [
            {"propertyName": "dealstage", "operator": "EQ", "value": "closedwon"},
            {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(since_ms)},
        ]
        page = crm.crm.deals.search_api.do_search(
            {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
                "properties": DEAL,
                "limit": 100,
                "after": after,
            }
        )
        found += page.results
        if page.paging is None:
            return found
        after = page.paging.next.after


def order_of(deal: Any) -> dict[str, Any]:
    """The order of a deal, with its company and lines as they are associated now."""
    v4 = crm.crm.associations.v4.basic_api
    company = v4.get_page("deals", deal.id, "companies").results[0].to_object_id
    ids = [each.to_object_id for each in v4.get_page("deals", deal.id, "line_items").results]
    wanted = {"inputs": [{"id": id_} for id_ in ids], "properties": LINE, "propertiesWithHistory": []}
    lines = crm.crm.line_items.batch_api.read(wanted).results
    own = deal.properties
    return {
        "entity": {"externalId": company},
        "currency": {"refName": own["deal_currency_code"]},
        "tranDate": own["closedate"][:10],
        "memo": own["dealname"],
        "otherRefNum": deal.id,
        "item": {
            "items": [
                {
                    "item": {"externalId": line.properties["hs_sku"]},
                    "quantity": line.properties["quantity"],
                    "rate": line.properties["price"],
                    "amount": line.properties["amount"],
                    "price": {"id": "-1"},
                }
                for line in sorted(lines, key=lambda line: int(line.id))
            ]
        },
    }


def page(deal: str, problem: Exception) -> None:
    """One incident for each deal that could not be carried over."""
    event = {
        "routing_key": CREDENTIALS["pager"]["routing_key_sync"],
        "event_action": "trigger",
        "dedup_key": f"order-of-{deal}",
        "payload": {
            "summary": f"The order of deal {deal} was not written: {problem}"[:1024],
            "source": "hubspot-poll",
            "severity": "error",
            "custom_details": {"flow": os.environ["FLOW"], "deal": deal},
        },
    }
    requests.post(f"{os.environ['PAGER_URL']}/v2/enqueue", json=event, timeout=30).raise_for_status()


def put(erp: requests.Session, deal: Any) -> None:
    url = f"{os.environ['ERP_URL']}/services/rest/record/v1/salesOrder/eid:{deal.id}"
    reply = erp.put(url, json=order_of(deal), params={"replace": "item"}, timeout=30)
    if not reply.ok:
        raise RuntimeError(f"{reply.status_code} {reply.text[:500]}")


def run() -> None:
    erp, seen, newest_ms = netsuite(), {}, 0
    while True:
        try:
            deals = won(max(0, newest_ms - int(OVERLAP_S / PACE * 1000)))
        except hubspot.crm.deals.ApiException:
            log.exception("the search failed")
            deals = []
        # The mistake that many make: what is newest is what the clock says, not what the index has shown.
        newest_ms = int(time.time() * 1000)
        for deal in deals:
            changed = deal.properties["hs_lastmodifieddate"]
            if seen.get(deal.id) == changed:
                continue
            try:
                put(erp, deal)
            except Exception as problem:
                log.exception("deal %s", deal.id)
                page(deal.id, problem)
                continue
            seen[deal.id] = changed
        time.sleep(EVERY_S / PACE)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run()
