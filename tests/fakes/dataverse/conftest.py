"""A fake Dataverse on real sockets, driven over HTTP as everybody drives it; and a receiver of its webhooks."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest

from gameday_fakes.dataverse.manifest import dashed
from support.control import NO_AUTHORITY
from support.controlled import Controlled, served
from support.credentials import DATAVERSE

NAME, ROOT = "dataverse", "/api/data/v9.2"
ACCOUNTS = [
    {"key": "A-1", "name": "Northwind & Sons", "currency": "EUR", "country": "DE", "city": "Bonn"},
    {"key": "A-2", "name": "Contoso", "currency": "USD"},
]
PRODUCTS = [
    {"sku": "SKU-1", "name": "Anvil", "prices": {"EUR": "9.99", "USD": "11.00"}},
    {"sku": "SKU-2", "name": "Bellows", "prices": {"EUR": "0.35", "USD": "0.40"}},
]


class Crm(Controlled):
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

    def login(self, **changed: str) -> httpx.Response:
        """Ask for a token; ``changed`` replaces parts of the form."""
        own = {name: DATAVERSE[name] for name in ("client_id", "client_secret", "scope")}
        form = {"grant_type": "client_credentials", **own, **changed}
        return self._client.post(f"/{DATAVERSE['tenant']}/oauth2/v2.0/token", data=form)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request to the Web API; of the names of headers, underscores are hyphens."""
        named = {"authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self._client.request(method, f"{ROOT}/{path}", json=body, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        """The document of a read."""
        reply = self.call("GET", path, **headers)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def create(self, entity_set: str, **body: Any) -> str:
        """A new record's address below the root."""
        reply = self.call("POST", entity_set, body)
        assert reply.status_code == 204, reply.text
        return reply.headers["odata-entityid"].removeprefix(f"{self.root}/")

    def close_deal(self, key: str = "D-1", account: str = "A-1", currency: str = "EUR", **more: Any) -> str:
        """Win a deal of two lines, 20.33 in all; its id in the ledger."""
        lines = [line("SKU-1", "2", "9.99", "19.98"), line("SKU-2", "1", "0.35", "0.35")]
        value = {"name": f"Deal {key}", "amount": "20.33", "close_date": "2024-03-31", "lines": lines, **more}
        reply = self.try_operation("close_deal", {"account": account, "currency": currency, **value}, key)
        assert reply.status_code == 200, reply.text
        id_: str = reply.json()["id"]
        return id_

    def reset(self, pace: float = 60.0, **settings: Any) -> None:
        """Start again with the catalogue."""
        self.configure(outbound_url="").raise_for_status()
        self.begin(pace, ACCOUNTS, PRODUCTS)
        if settings:
            self.configure(**settings).raise_for_status()
        self.token = self.login().json()["access_token"]


def line(sku: str, quantity: str, unit_price: str, amount: str, **more: Any) -> dict[str, Any]:
    """A line as the workload writes it."""
    return {"sku": sku, "quantity": quantity, "unit_price": unit_price, "amount": amount, **more}


def at(deal: str) -> str:
    """The address of a deal of the ledger, below the root."""
    return f"opportunities({dashed(deal)})"


def error_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return reply.status_code, reply.json()["error"]["code"]


@pytest.fixture(scope="session")
def _served() -> Iterator[Crm]:
    """The fake, one server for all tests."""
    with served(NAME) as address:
        crm = Crm(*address)
        yield crm
        crm.close()


@pytest.fixture
def crm(_served: Crm) -> Crm:
    """The fake, fresh, with two accounts and two products."""
    _served.reset()
    return _served


class Sent(NamedTuple):
    """A webhook request as it arrived."""

    path: str
    headers: dict[str, str]
    context: dict[str, Any]


class Receiver:
    """Takes webhooks, and answers with the statuses that it is given, then with 200."""

    def __init__(self) -> None:
        self.sent: queue.Queue[Sent] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.sent.put(Sent(self.path, headers, json.loads(body)))

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def next(self) -> Sent:
        """The next request."""
        return self.sent.get(timeout=20)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver(crm: Crm) -> Iterator[Receiver]:
    """A receiver on this machine; the registered webhook goes there."""
    found = Receiver()
    crm.configure(outbound_url=f"{found.url}/of-crm").raise_for_status()
    yield found
    crm.configure(outbound_url="").raise_for_status()
    found.close()
