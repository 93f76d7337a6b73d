"""A running fake and a client that signs as NetSuite asks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gameday_fakes.protocols.oauth1 import base_string, percent, sign
from support.control import NO_AUTHORITY, ControlToken
from support.controlled import served
from support.credentials import NETSUITE

ACCOUNTS = [
    {"id": "001A", "key": "acme", "name": "Acme", "currency": "USD", "country": "US", "city": "Austin"},
    {"id": "001B", "key": "bravo", "name": "Bravo KK", "currency": "JPY", "country": "JP", "city": "Osaka"},
]
PRODUCTS = [
    {"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00", "EUR": "90.00", "JPY": "15000"}},
    {"sku": "BOLT-2", "name": "Bolt", "prices": {"USD": "0.35"}},
]


class Erp:
    """The fake as its clients and the harness see it."""

    def __init__(self, url: str, control_url: str, token: str) -> None:
        self.url = url
        self.credentials = dict(NETSUITE)
        self._client = httpx.Client(base_url=url, verify=NO_AUTHORITY)
        self._control = httpx.Client(base_url=control_url, auth=ControlToken(control_url, token), verify=NO_AUTHORITY)

    def close(self) -> None:
        self._client.close()
        self._control.close()

    # -- data plane ----------------------------------------------------------------------------------

    def authorization(self, method: str, path: str, query: list[tuple[str, str]], **changed: str) -> str:
        """The header for a request; ``changed`` replaces OAuth parameters before signing."""
        oauth = {
            "oauth_consumer_key": self.credentials["consumer_key"],
            "oauth_token": self.credentials["token_id"],
            "oauth_nonce": uuid.uuid4().hex,
            "oauth_timestamp": str(int(time.time())),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
            **{name: value for name, value in changed.items() if name != "realm"},
        }
        encoded = [(percent(name), percent(value)) for name, value in [*oauth.items(), *query]]
        text = base_string(method, self.url, path, encoded)
        signature = sign(text, self.credentials["consumer_secret"], self.credentials["token_secret"])
        realm = changed.get("realm", self.credentials["account"])
        values = {"realm": realm, **oauth, "oauth_signature": signature}
        return "OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in values.items())

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """A signed request below ``/services/rest``."""
        path = path if path.startswith("/rest/") else f"/services/rest{path}"
        authorization = self.authorization(method, path, list((query or {}).items()))
        sent = {"authorization": authorization, **(headers or {})}
        return self._client.request(method, path, json=body, params=query, headers=sent)

    def raw(self, method: str, path: str, **request: Any) -> httpx.Response:
        """A request as it is, unsigned."""
        return self._client.request(method, path, **request)

    def put_order(self, key: str = "006X", **changed: Any) -> httpx.Response:
        """Write an order of two saws under an external id; a field that is None is left out."""
        body = {**order(), "otherRefNum": key, **changed}
        body = {name: value for name, value in body.items() if value is not None}
        return self.call("PUT", f"/record/v1/salesOrder/eid:{key}", body)

    def order(self, reference: str = "eid:006X") -> dict[str, Any]:
        """An order with its lines."""
        reply = self.call("GET", f"/record/v1/salesOrder/{reference}", query={"expandSubResources": "true"})
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def invoice_order(self, key: str = "006X", body: Any = None) -> httpx.Response:
        """Transform an order."""
        return self.call("POST", f"/record/v1/salesOrder/eid:{key}/!transform/invoice", body)

    def query(self, q: str, **query: str) -> list[dict[str, str]]:
        """The rows of a SuiteQL query, without their links."""
        reply = self.call("POST", "/query/v1/suiteql", {"q": q}, query=query or None, headers={"prefer": "transient"})
        assert reply.status_code == 200, reply.text
        return [{name: value for name, value in row.items() if name != "links"} for row in reply.json()["items"]]

    @staticmethod
    def error_of(reply: httpx.Response) -> tuple[int, str]:
        """Status and ``o:errorCode`` of a refusal."""
        return reply.status_code, reply.json()["o:errorDetails"][0]["o:errorCode"]

    @staticmethod
    def path_of(reply: httpx.Response) -> str:
        """The field that a refusal names."""
        path: str = reply.json()["o:errorDetails"][0]["o:errorPath"]
        return path

    # -- control plane -------------------------------------------------------------------------------

    def reset(self) -> None:
        self._control.post("/reset", json={"pace": 60, "seed": 7}).raise_for_status()
        self.operate("seed", {"accounts": ACCOUNTS, "products": PRODUCTS})

    def operate(self, f: str, value: dict[str, Any], key: str = "") -> None:
        self.try_operation(f, value, key).raise_for_status()

    def try_operation(self, f: str, value: dict[str, Any], key: str = "") -> httpx.Response:
        """A business operation that may be refused."""
        return self._control.post("/netsuite/operations", json={"f": f, "key": key, "value": value})

    def restore(self, ledger: dict[str, Any]) -> httpx.Response:
        return self._control.post("/netsuite/restore", json=ledger)

    def configure(self, **settings: Any) -> httpx.Response:
        return self._control.post("/netsuite/configure", json=settings)

    def inject(self, kind: str, fault: str = "fault", **params: Any) -> httpx.Response:
        return self._control.put(f"/netsuite/faults/{fault}", json={"kind": kind, **params})

    def heal(self, fault: str = "fault") -> None:
        self._control.delete(f"/netsuite/faults/{fault}").raise_for_status()

    def events(self, f: str) -> list[dict[str, Any]]:
        """The events of one word, as the harness fetches them."""
        events = self._control.get("/events").raise_for_status().json()["events"]
        return [event for event in events if event["f"] == f]

    def ledger(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._control.get("/netsuite/ledger").raise_for_status().json()["entries"]
        return entries

    def whole_ledger(self) -> dict[str, Any]:
        """The ledger with all its parts."""
        ledger: dict[str, Any] = self._control.get("/netsuite/ledger").raise_for_status().json()
        return ledger

    def customers(self) -> dict[str, dict[str, str]]:
        """The fields by which customers are matched, from the ledger."""
        customers: dict[str, dict[str, str]] = self._control.get("/netsuite/ledger").json()["customers"]
        return customers

    def snapshot(self) -> dict[str, Any]:
        snapshot: dict[str, Any] = self._control.get("/netsuite/snapshot").raise_for_status().json()
        return snapshot


def order() -> dict[str, Any]:
    """A body: two saws at the list price for Acme."""
    return {
        "entity": {"externalId": "001A"},
        "tranDate": "2026-03-15",
        "item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2}]},
    }


@pytest.fixture(scope="session")
def running() -> Iterator[Erp]:
    """One server for all tests."""
    with served("netsuite") as address:
        erp = Erp(*address)
        yield erp
        erp.close()


@pytest.fixture
def erp(running: Erp) -> Erp:
    """The fake, fresh, with two customers and two items."""
    running.reset()
    return running
