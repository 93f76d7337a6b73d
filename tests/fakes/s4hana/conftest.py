"""A running fake, and a client with a session of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gameday_fakes.s4hana.account import CREDENTIALS, ROOT, SALES_AREA
from support.control import NO_AUTHORITY
from support.controlled import Controlled, served

ACCOUNTS = [
    {"id": "001aB", "key": "acme", "name": "Acme", "currency": "USD", "country": "US", "city": "Austin"},
    {"id": "001bC", "key": "bravo", "name": "Bravo KK", "currency": "JPY", "country": "JP", "city": "Osaka"},
]
PRODUCTS = [
    {"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00", "EUR": "90.00", "JPY": "15000"}},
    {"sku": "BOLT-2", "name": "Bolt", "prices": {"USD": "0.35"}, "tax_code": "1"},
]
NAME = "s4hana"
ORDERS, BILLING = "API_SALES_ORDER_SRV/A_SalesOrder", "API_BILLING_DOCUMENT_SRV/A_BillingDocument"
ACME, BRAVO = "17100001", "17100002"
USER = (CREDENTIALS["user"], CREDENTIALS["password"])


class Erp(Controlled):
    """The fake as its clients and the harness see it."""

    def __init__(self, url: str, control_url: str, token: str) -> None:
        super().__init__(NAME, control_url, token)
        self.url = url
        self.root = f"{url}{ROOT}"
        self._client = httpx.Client(base_url=url, verify=NO_AUTHORITY)
        self.token = ""

    def close(self) -> None:
        super().close()
        self._client.close()

    # -- data plane ----------------------------------------------------------------------------------

    def fetch(self) -> str:
        """Begin a session; its cookie is kept."""
        reply = self._client.head(f"{ROOT}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"}, auth=USER)
        assert reply.status_code == 200
        return reply.headers["x-csrf-token"]

    def forget(self) -> None:
        """Lose the cookies."""
        self._client.cookies.clear()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request below the root of the services, with the token of the session."""
        named = {"accept": "application/json", "x-csrf-token": self.token}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(method, f"{ROOT}/{path}", json=body, headers=named, auth=USER)

    def raw(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request as it is given, with the cookies of the session."""
        return self._client.request(method, path, **more)

    def get(self, path: str) -> Any:
        """The document of a read."""
        reply = self.call("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()["d"]

    def create(self, deal: str = "006xY", **changed: Any) -> httpx.Response:
        """The reply to a new order."""
        return self.call("POST", ORDERS, order(deal, **changed))

    def order(self, deal: str = "006xY", **changed: Any) -> dict[str, Any]:
        """A new order of two saws, deeply inserted."""
        reply = self.create(deal, **changed)
        assert reply.status_code == 201, reply.text
        created: dict[str, Any] = reply.json()["d"]
        return created

    def billed(self, deal: str = "006xY", **changed: Any) -> dict[str, Any]:
        """The billing document of a new order."""
        number = self.order(deal, **changed)["SalesOrder"]
        self.operate("bill", {}, number)
        items = self.get(f"{BILLING}Item?$filter=SalesDocument eq '{number}'")["results"]
        found: dict[str, Any] = self.get(f"{BILLING}('{items[0]['BillingDocument']}')")
        return found

    @staticmethod
    def error_of(reply: httpx.Response) -> tuple[int, str]:
        """Status and code of a refusal."""
        return reply.status_code, reply.json()["error"]["code"]

    @staticmethod
    def message_of(reply: httpx.Response) -> str:
        """The text of a refusal."""
        message: str = reply.json()["error"]["message"]["value"]
        return message

    # -- control plane -------------------------------------------------------------------------------

    def reset(self, pace: float = 60) -> None:
        self.begin(pace, ACCOUNTS, PRODUCTS)
        # By itself it would bill orders in the middle of a test, sooner or later.
        self.configure(bill_after_s=None).raise_for_status()
        self.forget()
        self.token = self.fetch()


def order(deal: str = "006xY", **changed: Any) -> dict[str, Any]:
    """A body: two saws at the list price for Acme. A field that is None is left out."""
    body = {
        "SalesOrderType": "OR",
        **SALES_AREA,
        "SoldToParty": ACME,
        "PurchaseOrderByCustomer": deal,
        "SalesOrderDate": "/Date(1773532800000)/",
        "to_Item": [{"Material": "SAW-1", "RequestedQuantity": "2"}],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def priced(material: str, quantity: str, rate: str, *discounts: tuple[str, str]) -> dict[str, Any]:
    """An item with a price of its own, and discounts by their condition types."""
    elements = [{"ConditionType": "PPR0", "ConditionRateValue": rate}]
    elements += [{"ConditionType": type_, "ConditionRateValue": value} for type_, value in discounts]
    return {"Material": material, "RequestedQuantity": quantity, "to_PricingElement": {"results": elements}}


@pytest.fixture(scope="session")
def running() -> Iterator[Erp]:
    """One server for all tests."""
    with served(NAME) as address:
        erp = Erp(*address)
        yield erp
        erp.close()


@pytest.fixture
def erp(running: Erp) -> Erp:
    """The fake, fresh, with two customers and two products."""
    running.reset()
    return running
