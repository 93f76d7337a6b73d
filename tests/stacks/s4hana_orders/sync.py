"""Carries won deals of Salesforce over to S/4HANA every few seconds, with pyodata at the ERP.

Each round asks for all won deals, and writes those whose id no order has as its ``PurchaseOrderByCustomer``. What is
refused is tried again by the next round, and a deal that the ERP has refused for a minute is paged. ``--bug`` plants a
mistake: ``forbidden`` takes every 403 for a missing authorization, ``impatient`` every 400 for a mistake in the deal,
``trusting`` an order that was saved for one that will be billed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyodata
import requests
from pyodata.exceptions import HttpError

log = logging.getLogger("sync")

CREDENTIALS = json.loads(Path(os.environ["SYNC_CREDENTIALS"]).read_text())
PACE = float(os.environ["SYNC_PACE"])
EVERY_S, PATIENCE_S = 10.0, 60.0
DECIMALS = {"JPY": 0, "KWD": 3}
ROOT = f"{os.environ['ERP_URL']}/sap/opu/odata/sap"
DEALS = (
    "SELECT Id, AccountId, CurrencyIsoCode, CloseDate, "
    "(SELECT ProductCode, Quantity, UnitPrice, Discount, TotalPrice FROM OpportunityLineItems) "
    "FROM Opportunity WHERE IsWon = true"
)


class Crm:
    """Salesforce, as far as it is needed."""

    def __init__(self) -> None:
        self.url = os.environ["CRM_URL"]
        self.session = requests.Session()

    def won(self) -> list[dict[str, Any]]:
        if "authorization" not in self.session.headers:
            own = CREDENTIALS["crm"]
            form = {"grant_type": "client_credentials", **{k: own[k] for k in ("client_id", "client_secret")}}
            reply = self.session.post(f"{self.url}/services/oauth2/token", data=form, timeout=30)
            reply.raise_for_status()
            self.session.headers["authorization"] = f"Bearer {reply.json()['access_token']}"
        found, path = [], "/services/data/v60.0/query"
        params: dict[str, str] | None = {"q": DEALS}
        while path:
            reply = self.session.get(f"{self.url}{path}", params=params, timeout=30)
            if reply.status_code == 401:
                del self.session.headers["authorization"]
            reply.raise_for_status()
            # Amounts are exact.
            page = json.loads(reply.text, parse_float=Decimal)
            found += page["records"]
            path, params = page.get("nextRecordsUrl", ""), None
        return found


class Erp:
    """S/4HANA by its services, with one session and its CSRF token."""

    def __init__(self) -> None:
        own = CREDENTIALS["erp"]
        self.area = {
            "SalesOrganization": own["sales_organization"],
            "DistributionChannel": own["distribution_channel"],
            "OrganizationDivision": own["division"],
        }
        self.session = requests.Session()
        self.session.auth = (own["user"], own["password"])
        self.fetch()
        self.orders = pyodata.Client(f"{ROOT}/API_SALES_ORDER_SRV", self.session).entity_sets.A_SalesOrder
        self.partners = pyodata.Client(f"{ROOT}/API_BUSINESS_PARTNER", self.session).entity_sets.A_BusinessPartner
        self.products = pyodata.Client(f"{ROOT}/API_PRODUCT_SRV", self.session).entity_sets.A_Product
        self.numbers: dict[str, str] = {}

    def fetch(self) -> None:
        """Fetch a token; the session's cookies come with it."""
        reply = self.session.get(f"{ROOT}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"}, timeout=30)
        reply.raise_for_status()
        self.session.headers["x-csrf-token"] = reply.headers["x-csrf-token"]

    def order_of(self, deal: str) -> Any | None:
        request = self.orders.get_entities().select("SalesOrder,TotalCreditCheckStatus")
        found = request.filter(request.PurchaseOrderByCustomer == deal).execute()
        return found[0] if found else None

    def customer(self, account: str) -> str:
        request = self.partners.get_entities().select("BusinessPartner,Customer")
        found = request.filter(request.BusinessPartnerIDByExtSystem == account).execute()
        if not found:
            raise LookupError(f"the ERP has no customer for account {account}")
        return str(found[0].Customer)

    def product(self, sku: str) -> str:
        """The number of a product: in upper case, so that it need not be the SKU, which is its old number."""
        if sku not in self.numbers:
            request = self.products.get_entities().select("Product")
            found = request.filter(request.ProductOldID == sku).execute()
            if not found:
                raise LookupError(f"the ERP has no product {sku}")
            self.numbers[sku] = str(found[0].Product)
        return self.numbers[sku]

    def item(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        quantity, price = Decimal(str(line["Quantity"])), Decimal(str(line["UnitPrice"]))
        percent, sold = Decimal(str(line["Discount"] or 0)), Decimal(str(line["TotalPrice"]))
        prices = [{"ConditionType": "PPR0", "ConditionRateValue": str(price)}]
        if percent:
            prices.append({"ConditionType": "DRN1", "ConditionRateValue": str(percent)})
        # The ERP rounds the discount, the CRM what is left.
        cent = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
        gross = (quantity * price).quantize(cent, ROUND_HALF_UP)
        rounding = sold - (gross - (gross * percent / 100).quantize(cent, ROUND_HALF_UP))
        if rounding:
            prices.append({"ConditionType": "DIFF", "ConditionRateValue": str(rounding)})
        return {
            "Material": self.product(line["ProductCode"]),
            "RequestedQuantity": str(quantity),
            "to_PricingElement": prices,
        }

    def create(self, deal: dict[str, Any]) -> Any:
        closed = datetime.date.fromisoformat(deal["CloseDate"])
        lines = (deal["OpportunityLineItems"] or {"records": []})["records"]
        body = {
            **self.area,
            "SalesOrderType": "OR",
            "SoldToParty": self.customer(deal["AccountId"]),
            "PurchaseOrderByCustomer": deal["Id"],
            "TransactionCurrency": deal["CurrencyIsoCode"],
            "SalesOrderDate": datetime.datetime(closed.year, closed.month, closed.day, tzinfo=datetime.UTC),
            "to_Item": [self.item(line, deal["CurrencyIsoCode"]) for line in lines],
        }
        return self.orders.create_entity().set(**body).execute()


class Sync:
    """Writes what is missing, and says what stays away. Times are in seconds of the scenario."""

    def __init__(self, bug: str) -> None:
        self.bug = bug
        self.crm, self.erp = Crm(), Erp()
        self.done: set[str] = set()
        self.waiting: dict[str, float] = {}
        self.paged: set[str] = set()

    def round(self) -> None:
        for deal in self.crm.won():
            if deal["Id"] not in self.done:
                self.carry_over(deal)

    def carry_over(self, deal: dict[str, Any]) -> None:
        id_ = deal["Id"]
        try:
            order = self.erp.order_of(id_) or self.created(deal)
        except HttpError as problem:
            log.warning("deal %s: %s %s", id_, problem.response.status_code, problem.response.text[:300])
            self.refused(id_, problem)
            return
        blocked = order.TotalCreditCheckStatus == "B"
        if blocked and self.bug != "trusting":
            # It is looked at again until it is released.
            self.page(id_, f"order {order.SalesOrder} has a credit block: the credit team has to release it")
        else:
            self.done.add(id_)

    def created(self, deal: dict[str, Any]) -> Any:
        try:
            return self.erp.create(deal)
        except HttpError as problem:
            if problem.response.headers.get("x-csrf-token") != "Required" or self.bug == "forbidden":
                raise
        self.erp.fetch()
        # The write was refused, not lost: it can be repeated as it was.
        return self.erp.create(deal)

    def refused(self, deal: str, problem: HttpError) -> None:
        status = problem.response.status_code
        if (self.bug, status) in (("forbidden", 403), ("impatient", 400)):
            self.done.add(deal)
            return
        now_s = time.monotonic() * PACE
        since_s = self.waiting.setdefault(deal, now_s)
        if now_s - since_s > PATIENCE_S:
            self.page(deal, f"the order was refused for a minute: {status} {problem.response.text[:300]}")

    def page(self, deal: str, reason: str) -> None:
        """One incident for each deal that somebody has to look at."""
        if deal in self.paged:
            return
        event = {
            "routing_key": CREDENTIALS["pager"]["routing_key_finance" if "credit" in reason else "routing_key_sync"],
            "event_action": "trigger",
            "dedup_key": f"order-of-{deal}",
            "payload": {
                "summary": f"Deal {deal}: {reason}"[:1024],
                "source": "s4hana-orders",
                "severity": "error",
                "custom_details": {"flow": os.environ["FLOW"], "deal": deal, "reason": reason},
            },
        }
        requests.post(f"{os.environ['PAGER_URL']}/v2/enqueue", json=event, timeout=30).raise_for_status()
        self.paged.add(deal)


def run(bug: str) -> None:
    sync: Sync | None = None
    while True:
        try:
            sync = sync or Sync(bug)
            sync.round()
        except (requests.RequestException, HttpError, LookupError):
            log.exception("the round failed")
        time.sleep(EVERY_S / PACE)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser()
    parser.add_argument("--bug", choices=("forbidden", "impatient", "trusting"), default="")
    run(parser.parse_args().bug)
