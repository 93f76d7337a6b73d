"""Every parser of the wire, as a function of the bytes that arrive: it answers in the vendor's own way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

from fuzz.samples import samples, with_crlf
from fuzz.target import Target
from gameday.model.signal import signals
from gameday_fakes.connect import _client, _parse
from gameday_fakes.control import control_calls
from gameday_fakes.email.messages import read_message
from gameday_fakes.fake import Fake
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.gate import Gate
from gameday_fakes.http import Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.netsuite.signature import SignatureCheck
from gameday_fakes.protocols.soap import BadXml, texts
from gameday_fakes.registry import fake_kinds
from gameday_fakes.salesforce.notifications import notifications
from gameday_fakes.toxiproxy.api import Api, application

CATALOG = {
    "accounts": [{"id": "001000000000001", "key": "acme", "name": "Acme", "currency": "USD", "country": "US"}],
    "products": [{"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00"}}],
}
#: The fakes whose data planes have samples: requests as method, path with query, and body.
DATA_PLANES = (
    "salesforce",
    "netsuite",
    "hubspot",
    "s4hana",
    "dataverse",
    "oracle-fusion",
    "jira",
    "pagerduty",
    "opsgenie",
    "slack",
    "alertmanager",
    "otlp",
)
#: Signals with samples of their own.
SIGNALS = ("slack", "email")

#: Lets everything through that a client of these tests sends.
OPEN = Gate("", host="x", any_type=True)


@cache
def _fakes() -> FakeSet:
    found = FakeSet({name: kind for name, kind in fake_kinds().items() if kind.scheme == "http"}, pace=1000)
    for fake in found.fakes.values():
        fake.authenticate = lambda *_: None  # type: ignore[method-assign]
    return found


def _begin() -> FakeSet:
    found = _fakes()
    found.reset(pace=1000, seed=7)
    for name in ("salesforce", "netsuite", "hubspot", "s4hana", "dataverse", "oracle-fusion"):
        found.fakes[name].operate("seed", "", CATALOG)
    return found


def _split(data: bytes) -> tuple[str, str, str, bytes]:
    """Method, path, query and body of a request as it is written here."""
    head, _, body = data.partition(b"\n")
    method, _, target = head.decode("latin-1").partition(" ")
    path, _, query = target.partition("?")
    return method, path, query, body


def _data_plane(name: str) -> Target:
    def answer(data: bytes, _: Path) -> None:
        fake: Fake = _begin().fakes[name]
        method, path, query, body = _split(data)
        request = Request(method, path, query_string=query.encode("latin-1"), headers={b"host": b"x"}, body=body)
        try:
            reply = asyncio.run(fake.respond(request))
        except Dropped:
            return
        assert reply.status < 500 or reply.status == 501 or "/Soap/" in path, (reply.status, reply.body[:300])
        fake.snapshot()

    return Target(answer, samples(name))


def _served(app: Any, data: bytes) -> httpx.Response:
    """The reply to a request whose bytes nobody looked at: a client would refuse to send most of them."""
    method, path, query, body = _split(data)
    raw_path = path.encode("latin-1")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method.strip() or "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": raw_path,
        "query_string": query.encode("latin-1"),
        "headers": [(b"host", b"x"), (b"content-length", str(len(body)).encode())],
        "server": ("x", 80),
        "client": ("127.0.0.1", 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return httpx.Response(sent[0]["status"], content=content)


def _control(data: bytes, _: Path) -> None:
    found = _begin()
    reply = _served(control_calls(found), data)
    assert reply.status_code < 500, reply.text
    assert reply.status_code < 400 or "\n" not in reply.json()["error"]
    assert _served(control_calls(found), b"GET /events?after=0\n").status_code == 200


def _proxy(data: bytes, _: Path) -> None:
    api = Api()
    if b"127.0.0.1" not in data and b"listen" in data:
        # Any other name would be looked up.
        return
    try:
        app = application(api, OPEN)
        _served(app, samples("proxy")[0])
        # An address that cannot be used is a 500, as with the real one.
        reply = _served(app, data)
        assert reply.status_code < 500 or "error" in reply.json()
    finally:
        api.stop()


def _oauth(data: bytes, _: Path) -> None:
    keys = dict.fromkeys(("account", "consumer_key", "consumer_secret", "token_id", "token_secret"), "x")
    SignatureCheck(keys).refusal(Request("GET", "/", headers={b"authorization": data, b"host": b"x"}))


def _soap(data: bytes, _: Path) -> None:
    for read in (texts, notifications):
        try:
            read(data)
        except BadXml as problem:
            assert len(str(problem)) < 2000


def _connect(data: bytes, _: Path) -> None:
    try:
        _client(data)
        _parse(data)
    except ValueError:
        pass


def _signal(name: str) -> Target:
    def normalise(data: bytes, _: Path) -> None:
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError):
            return
        if isinstance(raw, dict):
            signals[name](raw, ("006A", "1"))

    return Target(normalise, (*samples("signal"), *(samples(f"signal_{name}") if name in SIGNALS else ())))


def targets() -> Mapping[str, Target]:
    """All wires."""
    return {
        **{f"data plane: {name}": _data_plane(name) for name in DATA_PLANES},
        **{f"signal: {name}": _signal(name) for name in signals},
        "control plane": Target(_control, samples("control")),
        "proxy's API": Target(_proxy, samples("proxy")),
        "OAuth header": Target(_oauth, samples("oauth")),
        "SOAP": Target(_soap, samples("soap")),
        "CONNECT": Target(_connect, with_crlf(samples("connect"))),
        "mail": Target(lambda data, _: read_message(data, ["b@x.example"]), with_crlf(samples("mail"))),
    }
