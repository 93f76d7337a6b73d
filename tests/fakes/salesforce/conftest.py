"""A fake Salesforce on real sockets, driven over HTTP as everybody drives it; and a receiver of its messages."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest

from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from support.control import ControlToken
from support.credentials import SALESFORCE

ACK = (
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)

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


@dataclass
class Crm:
    """The fake as a client and the harness see it."""

    url: str
    control: str
    client: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    def login(self) -> None:
        """Open a session by client credentials."""
        form = {
            "grant_type": "client_credentials",
            "client_id": SALESFORCE["client_id"],
            "client_secret": SALESFORCE["client_secret"],
        }
        reply = self.client.post(f"{self.url}/services/oauth2/token", data=form)
        self.headers = {"authorization": f"Bearer {reply.json()['access_token']}"}

    def call(self, method: str, path: str, *, version: str = "v60.0", **more: Any) -> httpx.Response:
        """A request in the session; the path below ``/services/data/vNN.0``."""
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.request(method, f"{self.url}/services/data/{version}{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read in the session."""
        return self.call("GET", path, **more)

    def query(self, statement: str, **more: Any) -> httpx.Response:
        """Query in the session."""
        return self.get("/query", params={"q": statement}, **more)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """What a query finds."""
        reply = self.query(statement)
        assert reply.status_code == 200, reply.text
        found: list[dict[str, Any]] = reply.json()["records"]
        return found

    def operate(self, f: str, key: str = "", **value: Any) -> dict[str, Any]:
        """A business operation."""
        reply = self.client.post(f"{self.control}/salesforce/operations", json={"f": f, "key": key, "value": value})
        assert reply.status_code == 200, reply.text
        done: dict[str, Any] = reply.json()
        return done

    def close_deal(self, key: str = "D-1", account: str = "A-1", currency: str = "EUR", **more: Any) -> str:
        """Win a deal of two lines, 20.33 in all; its id."""
        lines = [line("SKU-1", "2", "9.99", "19.98"), line("SKU-2", "1", "0.35", "0.35")]
        value = {"name": f"Deal {key}", "amount": "20.33", "close_date": "2024-03-31", "lines": lines, **more}
        id_: str = self.operate("close_deal", key, account=account, currency=currency, **value)["id"]
        return id_

    def inject(self, kind: str, fault: str = "f1", **params: Any) -> httpx.Response:
        """Inject a fault."""
        return self.client.put(f"{self.control}/salesforce/faults/{fault}", json={"kind": kind, **params})

    def heal(self, fault: str = "f1") -> None:
        """Heal a fault."""
        self.client.delete(f"{self.control}/salesforce/faults/{fault}")

    def configure(self, **settings: Any) -> httpx.Response:
        """Change the organisation's settings."""
        return self.client.post(f"{self.control}/salesforce/configure", json=settings)

    def events(self, f: str) -> list[dict[str, Any]]:
        """The fake's events of one kind."""
        found = self.client.get(f"{self.control}/events").json()["events"]
        return [event for event in found if event["f"] == f]

    def hits(self) -> list[tuple[str, str | None]]:
        """The operations and deals that faults have affected."""
        return [(event["value"]["operation"], event["value"]["order"]) for event in self.events("hit")]

    def entries(self) -> list[dict[str, Any]]:
        """The ledger."""
        found: list[dict[str, Any]] = self.client.get(f"{self.control}/salesforce/ledger").json()["entries"]
        return found

    def reset(self, pace: float = 1.0, seed: int = 7) -> None:
        """Start again."""
        self.client.post(f"{self.control}/reset", json={"pace": pace, "seed": seed})


def line(sku: str, quantity: str, unit_price: str, amount: str) -> dict[str, str]:
    """A line as the workload writes it."""
    return {"sku": sku, "quantity": quantity, "unit_price": unit_price, "amount": amount}


class _Served(NamedTuple):
    url: str
    control: str
    token: str
    names: dict[str, str]


@pytest.fixture(scope="session")
def _served() -> Iterator[_Served]:
    """The fake on a separate event loop; its URL, the control plane's, and the environment for its real names."""
    ready: queue.Queue[_Served] = queue.Queue()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        async with serving(ServeOptions(fakes=("salesforce",), tls=True)) as (fake_set, control):
            bundle = fake_set.authority_path
            trust = {"REQUESTS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle}
            names = {"HTTPS_PROXY": fake_set.proxy_url, "NO_PROXY": "", **trust}
            ready.put(_Served(fake_set.urls["salesforce"], control, fake_set.token, names))
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    yield ready.get(timeout=30)
    loop.call_soon_threadsafe(end.set)
    thread.join(timeout=30)
    loop.close()


@pytest.fixture
def vendor_names(_served: _Served) -> dict[str, str]:
    """The environment in which the vendor's host names lead to the fake."""
    return _served.names


@pytest.fixture(scope="session")
def _client(_served: _Served) -> Iterator[httpx.Client]:
    """One client for all tests: making one costs more than most tests."""
    token = ControlToken(_served.control, _served.token)
    with httpx.Client(auth=token, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def crm(_served: _Served, _client: httpx.Client) -> Crm:
    """A fresh organisation with accounts and products, logged in, that sends its messages nowhere."""
    crm = Crm(_served.url, _served.control, _client)
    crm.reset()
    crm.configure(outbound_url="", jwt_public_key="", refresh_token_rotation=True, daily_api_requests=1_000_000)
    crm.accounts = crm.operate("seed", **CATALOG)["accounts"]
    crm.login()
    return crm


@dataclass
class Receiver:
    """Takes outbound messages, and answers each as ``answers`` says, in turn; then always with an acknowledgement.

    While ``gate`` is clear it answers none.
    """

    url: str
    messages: queue.Queue[str] = field(default_factory=queue.Queue)
    #: The headers of each message, in the same order.
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: queue.SimpleQueue[tuple[int, bytes]] = field(default_factory=queue.SimpleQueue)
    gate: threading.Event = field(default_factory=threading.Event)

    def next(self) -> str:
        """The next message; fails if none comes."""
        return self.messages.get(timeout=20)


@pytest.fixture
def receiver(crm: Crm) -> Iterator[Receiver]:
    """A receiver that the organisation sends its messages to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.messages.put(self.rfile.read(int(self.headers["content-length"])).decode())
            receiver.gate.wait(20)
            try:
                status, body = receiver.answers.get_nowait()
            except queue.Empty:
                status, body = 200, ACK
            self.send_response(status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/outbound-messages")
    receiver.gate.set()
    crm.configure(outbound_url=receiver.url)
    yield receiver
    crm.configure(outbound_url="")
    crm.reset()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def make_line() -> Callable[[str, str, str, str], dict[str, str]]:
    """Makes a line as the workload writes it."""
    return line
