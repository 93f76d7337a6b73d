"""A running fake and a client with a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gameday_fakes.business_central.account import API, CREDENTIALS
from support.control import NO_AUTHORITY
from support.controlled import Controlled, served

ACCOUNTS = [
    {"id": "001aB", "key": "acme", "name": "Acme", "currency": "USD", "country": "US", "city": "Austin"},
    {"id": "001bC", "key": "bravo", "name": "Bravo KK", "currency": "JPY", "country": "JP", "city": "Osaka"},
]
PRODUCTS = [
    {"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00", "EUR": "90.00", "JPY": "15000"}},
    {"sku": "BOLT-2", "name": "Bolt", "prices": {"USD": "0.35"}, "tax_code": "VAT19"},
]
NAME = "business-central"


class Erp(Controlled):
    """The fake as its clients and the harness see it."""

    def __init__(self, url: str, control_url: str, token: str) -> None:
        super().__init__(NAME, control_url, token)
        self.url = url
        self.root = f"{url}{API}"
        self._client = httpx.Client(base_url=url, verify=NO_AUTHORITY)
        self.token = ""

    def close(self) -> None:
        super().close()
        self._client.close()

    # -- data plane ----------------------------------------------------------------------------------

    def login(self, **changed: str) -> httpx.Response:
        """Ask for a token; ``changed`` replaces parts of the form."""
        form = {
            "grant_type": "client_credentials",
            **{k: CREDENTIALS[k] for k in ("client_id", "client_secret", "scope")},
        }
        return self._client.post(f"/{CREDENTIALS['tenant']}/oauth2/v2.0/token", data={**form, **changed})

    def call(self, method: str, path: str, body: Any = None, *, etag: str = "*", **headers: str) -> httpx.Response:
        """A request of the company, or below the root if the path begins with a slash."""
        prefix = "" if path.startswith("/") else f"/companies({CREDENTIALS['company']})/"
        named = {"authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if method in ("PATCH", "PUT", "DELETE") and etag:
            named["if-match"] = etag
        return self._client.request(method, f"{API}{prefix}{path}", json=body, headers=named)

    def get(self, path: str) -> Any:
        """The document of a read."""
        reply = self.call("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def order(self, deal: str = "006xY", **changed: Any) -> dict[str, Any]:
        """A new order of two saws, deeply inserted."""
        reply = self.call("POST", "salesOrders?$expand=salesOrderLines", order(deal, **changed))
        assert reply.status_code == 201, reply.text
        created: dict[str, Any] = reply.json()
        return created

    def invoiced(self, deal: str = "006xY", **changed: Any) -> dict[str, Any]:
        """The invoice of a new order."""
        created = self.order(deal, **changed)
        reply = self.call("POST", f"salesOrders({created['id']})/Microsoft.NAV.shipAndInvoice")
        assert reply.status_code == 204, reply.text
        found: dict[str, Any] = self.get(f"salesInvoices?$filter=orderId eq {created['id']}")["value"][0]
        return found

    @staticmethod
    def error_of(reply: httpx.Response) -> tuple[int, str]:
        """Status and code of a refusal."""
        return reply.status_code, reply.json()["error"]["code"]

    @staticmethod
    def message_of(reply: httpx.Response) -> str:
        """The text of a refusal, without its correlation id."""
        message: str = reply.json()["error"]["message"]
        return message.partition("  CorrelationId:")[0]

    # -- control plane -------------------------------------------------------------------------------

    def reset(self, pace: float = 60) -> None:
        self.begin(pace, ACCOUNTS, PRODUCTS)
        self.token = self.login().json()["access_token"]


def order(deal: str = "006xY", **changed: Any) -> dict[str, Any]:
    """A body: two saws at the list price for Acme. A field that is None is left out."""
    body = {
        "externalDocumentNumber": deal,
        "customerNumber": "001aB",
        "orderDate": "2026-03-15",
        "postingDate": "2026-03-15",
        "salesOrderLines": [{"lineType": "Item", "lineObjectNumber": "SAW-1", "quantity": 2}],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture(scope="session")
def running() -> Iterator[Erp]:
    """One server for all tests."""
    with served(NAME) as address:
        erp = Erp(*address)
        yield erp
        erp.close()


@pytest.fixture
def erp(running: Erp) -> Erp:
    """The fake, fresh, with two customers and two items."""
    running.reset()
    return running
