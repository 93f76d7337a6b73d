"""A fake HubSpot on real sockets, driven over HTTP as everybody drives it; and a receiver of its webhooks."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest

from support.control import ControlToken
from support.controlled import served
from support.credentials import HUBSPOT

CATALOG = {
    "accounts": [
        {"key": "A-1", "name": "Northwind & Sons", "currency": "EUR", "country": "DE", "city": "Bonn"},
        {"key": "A-2", "name": "Contoso", "currency": "USD"},
    ],
    "products": [
        {"sku": "SKU-1", "name": "Anvil", "prices": {"EUR": "9.99", "USD": "11.00"}},
        {"sku": "SKU-2", "name": "Bellows", "prices": {"EUR": "0.35", "USD": "0.40"}},
    ],
}
#: Tests ask more often than an app may, and at once for what they have written.
PATIENT = {"requests_per_ten_seconds": 1_000_000, "searches_per_second": 1_000_000, "index_lag_s": 0}


@dataclass
class Crm:
    """The fake as a client and the harness see it."""

    url: str
    control: str
    client: httpx.Client
    seeded: dict[str, Any] = field(default_factory=dict)

    @property
    def credentials(self) -> dict[str, str]:
        return HUBSPOT

    def call(self, method: str, path: str, body: Any = None, *, token: str = "", **more: Any) -> httpx.Response:
        """A request with a token, that of the private app unless another is given."""
        headers = {"authorization": f"Bearer {token or self.credentials['access_token']}", **more.pop("headers", {})}
        return self.client.request(method, f"{self.url}{path}", json=body, headers=headers, **more)

    def read(self, object_: str, id_: str, **params: str) -> dict[str, Any]:
        """A record."""
        reply = self.call("GET", f"/crm/v3/objects/{object_}/{id_}", params=params)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def create(self, object_: str, associations: Any = None, **properties: Any) -> str:
        """A new record's id."""
        body = {"properties": properties} | ({"associations": associations} if associations else {})
        reply = self.call("POST", f"/crm/v3/objects/{object_}", body)
        assert reply.status_code == 201, reply.text
        id_: str = reply.json()["id"]
        return id_

    def update(self, object_: str, id_: str, **properties: Any) -> httpx.Response:
        return self.call("PATCH", f"/crm/v3/objects/{object_}/{id_}", {"properties": properties})

    def deal(self, **properties: Any) -> str:
        """A deal that is not won."""
        return self.create("deals", **{"dealname": "Deal", "dealstage": "contractsent", **properties})

    def search(self, object_: str, **body: Any) -> httpx.Response:
        return self.call("POST", f"/crm/v3/objects/{object_}/search", body)

    def found(self, object_: str, *filters: tuple[str, str, Any], **body: Any) -> list[str]:
        """The ids that a search with one group of filters finds."""
        group = [
            {"propertyName": name, "operator": operator}
            | ({"values": value} if isinstance(value, list) else {"value": value} if value is not None else {})
            for name, operator, value in filters
        ]
        reply = self.search(object_, filterGroups=[{"filters": group}] if group else [], **body)
        assert reply.status_code == 200, reply.text
        return [each["id"] for each in reply.json()["results"]]

    def operate(self, f: str, key: str = "", **value: Any) -> dict[str, Any]:
        """A business operation."""
        reply = self.try_operation(f, key, **value)
        assert reply.status_code == 200, reply.text
        done: dict[str, Any] = reply.json()
        return done

    def try_operation(self, f: str, key: str = "", **value: Any) -> httpx.Response:
        return self.client.post(f"{self.control}/hubspot/operations", json={"f": f, "key": key, "value": value})

    def close_deal(self, key: str = "D-1", account: str = "A-1", currency: str = "EUR", **more: Any) -> str:
        """Win a deal of two lines, 20.33 in all; its id."""
        lines = [line("SKU-1", "2", "9.99", "19.98"), line("SKU-2", "1", "0.35", "0.35")]
        value = {"name": f"Deal {key}", "amount": "20.33", "close_date": "2024-03-31", "lines": lines, **more}
        id_: str = self.operate("close_deal", key, account=account, currency=currency, **value)["id"]
        return id_

    def lines_of(self, deal: str) -> list[str]:
        """The ids of a deal's lines."""
        reply = self.call("GET", f"/crm/v4/objects/deals/{deal}/associations/line_items")
        assert reply.status_code == 200, reply.text
        return [str(each["toObjectId"]) for each in reply.json()["results"]]

    def inject(self, kind: str, fault: str = "f1", **params: Any) -> httpx.Response:
        return self.client.put(f"{self.control}/hubspot/faults/{fault}", json={"kind": kind, **params})

    def heal(self, fault: str = "f1") -> None:
        self.client.delete(f"{self.control}/hubspot/faults/{fault}").raise_for_status()

    def configure(self, **settings: Any) -> httpx.Response:
        return self.client.post(f"{self.control}/hubspot/configure", json=settings)

    def events(self, f: str) -> list[dict[str, Any]]:
        found = self.client.get(f"{self.control}/events").json()["events"]
        return [event for event in found if event["f"] == f]

    def hits(self) -> list[tuple[str, str | None]]:
        """The operations and deals that faults have affected."""
        return [(event["value"]["operation"], event["value"]["order"]) for event in self.events("hit")]

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{self.control}/hubspot/ledger").raise_for_status().json()
        return found

    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ledger()["entries"]
        return found

    def restore(self, ledger: dict[str, Any]) -> httpx.Response:
        return self.client.post(f"{self.control}/hubspot/restore", json=ledger)

    def reset(self, pace: float = 60.0, seed: int = 7, **settings: Any) -> None:
        """Start again with the catalogue."""
        self.client.post(f"{self.control}/reset", json={"pace": pace, "seed": seed}).raise_for_status()
        self.configure(**{"outbound_url": "", **PATIENT, **settings}).raise_for_status()
        self.seeded = self.operate("seed", **CATALOG)


def line(sku: str, quantity: str, unit_price: str, amount: str, **more: Any) -> dict[str, Any]:
    """A line as the workload writes it."""
    return {"sku": sku, "quantity": quantity, "unit_price": unit_price, "amount": amount, **more}


def code_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and category of a refusal."""
    return reply.status_code, reply.json().get("category", "")


@pytest.fixture(scope="session")
def _served() -> Iterator[Crm]:
    """The fake, one server for all tests."""
    with served("hubspot") as (url, control_url, token), httpx.Client(timeout=30) as client:
        client.auth = ControlToken(control_url, token)
        yield Crm(url, control_url, client)


@pytest.fixture
def crm(_served: Crm) -> Crm:
    """The fake, fresh, with two companies and two products."""
    _served.reset()
    return _served


class Sent(NamedTuple):
    """A webhook request as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body)
        return found


class Receiver:
    """Takes webhooks, and answers with the statuses that it is given, then with 200."""

    def __init__(self) -> None:
        self.sent: queue.Queue[Sent] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
                receiver.sent.put(Sent({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks?of=crm"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def next(self) -> Sent:
        """The next request."""
        return self.sent.get(timeout=20)

    def types(self, number: int) -> list[str]:
        """The types of so many events, in however many requests."""
        found: list[str] = []
        while len(found) < number:
            found += [event["subscriptionType"] for event in self.next().events]
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver(crm: Crm) -> Iterator[Receiver]:
    """A receiver to which the fake sends."""
    found = Receiver()
    crm.configure(outbound_url=found.url, webhook_wait_s=1).raise_for_status()
    yield found
    crm.configure(outbound_url="").raise_for_status()
    found.close()
