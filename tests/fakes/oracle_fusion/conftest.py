"""A running fake and a client with a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gameday_fakes.oracle_fusion.account import API, BUSINESS_UNIT, CREDENTIALS, CUSTOMERS_API
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
NAME = "oracle-fusion"
ORDERS, INVOICES = "salesOrdersForOrderHub", "receivablesInvoices"


class Erp(Controlled):
    """The fake as its clients and the harness see it."""

    def __init__(self, url: str, control_url: str, token: str) -> None:
        super().__init__(NAME, control_url, token)
        self.url = url
        self._client = httpx.Client(base_url=url, verify=NO_AUTHORITY)
        self.auth: httpx.Auth | None = httpx.BasicAuth(CREDENTIALS["user"], CREDENTIALS["password"])

    def close(self) -> None:
        super().close()
        self._client.close()

    # -- data plane ----------------------------------------------------------------------------------

    def token(self, **changed: str) -> httpx.Response:
        """Ask for a token; ``changed`` replaces parts of the form."""
        own = {name: CREDENTIALS[name] for name in ("client_id", "client_secret", "scope")}
        return self._client.post("/oauth2/v1/token", data={"grant_type": "client_credentials", **own, **changed})

    def call(self, method: str, path: str, body: Any = None, *, version: int = 4, **headers: str) -> httpx.Response:
        """A request of a resource, or below the root if the path begins with a slash."""
        root = "" if path.startswith("/") else f"{CUSTOMERS_API if path.startswith('hub') else API}/"
        named = {"rest-framework-version": str(version)} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self._client.request(method, f"{root}{path}", json=body, headers=named, auth=self.auth)

    def get(self, path: str, **more: Any) -> Any:
        """The document of a read."""
        reply = self.call("GET", path, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def found(self, path: str, **more: Any) -> list[dict[str, Any]]:
        """The items of a collection."""
        items: list[dict[str, Any]] = self.get(path, **more)["items"]
        return items

    def order(self, deal: str = "006xY", **changed: Any) -> dict[str, Any]:
        """A new order of two saws, submitted."""
        reply = self.call("POST", ORDERS, order(deal, **changed))
        assert reply.status_code == 201, reply.text
        created: dict[str, Any] = reply.json()
        return created

    def changed(self, key: str, **body: Any) -> dict[str, Any]:
        """An order after a change."""
        reply = self.call("PATCH", f"{ORDERS}/{key}?expand=lines", body)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def invoiced(self, created: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """The invoice of an order of saws."""
        reply = self.call("POST", INVOICES, invoice(created, **changed))
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found

    @staticmethod
    def error_of(reply: httpx.Response) -> tuple[int, str, str]:
        """Status, code and path of a refusal."""
        detail = reply.json()["o:errorDetails"][0]
        return reply.status_code, detail.get("o:errorCode", ""), detail.get("o:errorPath", "")

    # -- control plane -------------------------------------------------------------------------------

    def reset(self, pace: float = 60) -> None:
        self.begin(pace, ACCOUNTS, PRODUCTS)
        self.auth = httpx.BasicAuth(CREDENTIALS["user"], CREDENTIALS["password"])


def line(number: int = 1, **changed: Any) -> dict[str, Any]:
    """A line of two saws."""
    named = ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber")
    ids = dict.fromkeys((*named, "SourceTransactionScheduleId"), str(number))
    return {**ids, "ProductNumber": "SAW-1", "OrderedQuantity": 2, "OrderedUOMCode": "EA", **changed}


def charge(unit: str, net: str) -> list[dict[str, Any]]:
    """The charges of a line: the price of one, and the net amount."""
    parts = [
        {"SourceChargeComponentId": "1", "PriceElementCode": "QP_LIST_PRICE", "HeaderCurrencyUnitPrice": unit},
        {"SourceChargeComponentId": "2", "PriceElementCode": "QP_NET_PRICE", "HeaderCurrencyExtendedAmount": net},
    ]
    return [{"SourceChargeId": "1", "PrimaryFlag": True, "chargeComponents": parts}]


def order(deal: str = "006xY", **changed: Any) -> dict[str, Any]:
    """A payload: two saws at the list price for Acme. An attribute that is None is left out."""
    body = {
        "SourceTransactionNumber": deal,
        "SourceTransactionSystem": "GAMEDAY",
        "SourceTransactionId": deal,
        "BusinessUnitName": BUSINESS_UNIT,
        "BuyingPartyNumber": "001aB",
        "TransactionalCurrencyCode": "USD",
        "TransactionOn": "2026-03-15T00:00:00+00:00",
        "SubmittedFlag": True,
        "lines": [line()],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def invoice(created: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A payload: the invoice of an order of two saws."""
    sold = {"ItemNumber": "SAW-1", "Quantity": 2, "UnitSellingPrice": 100, "SalesOrder": created["OrderNumber"]}
    body = {
        "BusinessUnit": BUSINESS_UNIT,
        "TransactionSource": CREDENTIALS["transaction_source"],
        "TransactionType": "Invoice",
        "TransactionDate": "2026-03-15",
        "BillToCustomerNumber": "001aB",
        "InvoiceCurrencyCode": "USD",
        "CrossReference": created["OrderNumber"],
        "receivablesInvoiceLines": [sold],
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
