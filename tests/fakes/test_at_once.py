"""Requests without a body are answered where they arrive: the wire and the history are as for every other request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Request
from gameday_fakes.manifests import manifests
from gameday_fakes.registry import kinds_in
from gameday_fakes.server import LOOPBACK, bind, listen

VERSION = "/services/data/v62.0"
CATALOG = {"accounts": [{"key": "A-1", "name": "Acme"}], "products": [{"sku": "SKU-1", "prices": {"USD": "5"}}]}
SOON = 0.05


def salesforce() -> Any:
    """A fake with an account; its session is ``token`` of the fake."""
    fake: Any = FakeSet({"salesforce": kinds_in("", {})["salesforce"]}).fakes["salesforce"]
    fake.operate("seed", "", CATALOG)
    known = manifests()["salesforce"].credentials
    form = f"grant_type=client_credentials&client_id={known['client_id']}&client_secret={known['client_secret']}"
    request = Request("POST", "/services/oauth2/token", body=form.encode())
    fake.token = msgspec.json.decode(asyncio.run(fake.respond(request)).body)["access_token"]
    return fake


def head(fake: Any, line: str, *fields: str) -> bytes:
    """The head of a request with the fake's session."""
    return "\r\n".join([line, "host: localhost", f"authorization: Bearer {fake.token}", *fields, "", ""]).encode()


def get(fake: Any, path: str, *fields: str) -> bytes:
    return head(fake, f"GET {VERSION}{path} HTTP/1.1", *fields)


def exchanged(fake: Any, sent: bytes, *, until: Callable[[bytes], bool]) -> bytes:
    """What a connection receives until it is enough or the fake closes it."""

    async def exchange() -> bytes:
        listener = await listen(fake, bind(LOOPBACK, 0))
        reader, writer = await asyncio.open_connection(LOOPBACK, listener.port)
        writer.write(sent)
        received = b""
        while not until(received) and (part := await asyncio.wait_for(reader.read(65_536), 20)):
            received += part
        writer.close()
        await listener.close()
        return received

    return asyncio.run(exchange())


def statuses(received: bytes) -> list[str]:
    """The statuses of replies, in the order in which they came."""
    return re.findall(r"HTTP/1\.1 (\d{3}) ", received.decode())


def test_replies_to_pipelined_requests_come_in_the_order_of_the_requests() -> None:
    fake = salesforce()
    slow = {"kind": "http", "operation": "limits", "action": "delay", "delay_s": SOON}
    fake.inject("slow", slow)
    # The second is ready first: nothing delays it.
    sent = get(fake, "/limits") + get(fake, "/sobjects/Nothing") + get(fake, "/query?q=nonsense") + get(fake, "/limits")
    received = exchanged(fake, sent, until=lambda data: data.count(b"HTTP/1.1 ") == 4)
    assert statuses(received) == ["200", "404", "400", "200"]


def test_a_connection_ends_where_the_client_wants_it_and_stays_where_not() -> None:
    fake = salesforce()
    stays = get(fake, "/limits", "connection: keep-alive") + get(fake, "/limits")
    closes = get(fake, "/limits", "connection: close")
    old = closes.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"connection: close\r\n", b"")
    for last in (closes, old):
        received = exchanged(fake, stays + last, until=lambda _: False)
        assert statuses(received) == ["200"] * 3
        assert received.count(b"connection: close") == 1


def test_the_head_of_a_read_is_read_without_its_body() -> None:
    fake = salesforce()
    sent = get(fake, "/limits").replace(b"GET", b"HEAD") + get(fake, "/limits", "connection: close")
    alone, _, after = exchanged(fake, sent, until=lambda _: False).partition(b"\r\n\r\n")
    assert b"content-length: " in alone
    assert after.startswith(b"HTTP/1.1 200")


def test_no_reply_can_end_its_head_early() -> None:
    fake = salesforce()
    fake.decorate = lambda reply: reply.headers.append((b"x-quoted", b"a\r\nset-cookie: b"))
    assert exchanged(fake, get(fake, "/limits"), until=lambda _: False) == b""


REQUESTS = (
    ("GET", f"{VERSION}/sobjects/Account/describe"),
    ("GET", f"{VERSION}/sobjects/Account/001000000000000AAA"),
    ("GET", f"{VERSION}/query?q=SELECT+Id,Name+FROM+Account"),
    ("GET", f"{VERSION}/query?q=SELECT+nonsense"),
    ("GET", "/services/nothing/here"),
    ("PUT", f"{VERSION}/limits"),
    ("DELETE", f"{VERSION}/sobjects/Account/001000000000000AAA"),
    ("GET", f"{VERSION}/limits"),
    ("GET", f"{VERSION}/limits"),
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "http", "operation": "query", "action": "reply", "error": "server_error", "times": 1},
    {"kind": "http", "operation": "limits", "action": "delay", "delay_s": 0.01},
    {"kind": "http", "operation": "metadata", "action": "reply", "error": "server_error", "when": "after"},
)


async def on_a_socket(fake: Any) -> list[tuple[int, bytes]]:
    """The replies to all requests on one connection that stays."""
    listener = await listen(fake, bind(LOOPBACK, 0))
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{listener.port}", trust_env=False) as client:
        client.headers = httpx.Headers({"authorization": f"Bearer {fake.token}", "host": "localhost"})
        replies = [await client.request(method, path) for method, path in REQUESTS]
    await listener.close()
    return [(reply.status_code, reply.content) for reply in replies]


async def in_tasks(fake: Any) -> list[tuple[int, bytes]]:
    """The same by ASGI alone."""
    replies = []
    transport = httpx.ASGITransport(fake, raise_app_exceptions=True)
    async with httpx.AsyncClient(base_url="http://localhost", transport=transport) as client:
        client.headers = httpx.Headers({"authorization": f"Bearer {fake.token}", "host": "localhost"})
        for method, path in REQUESTS:
            reply = await client.request(method, path)
            replies.append((reply.status_code, reply.content))
    return replies


def test_the_replies_the_history_and_the_counts_are_those_of_requests_with_a_task_each() -> None:
    seen = []
    for ask in (on_a_socket, in_tasks):
        fake = salesforce()
        for number, fault in enumerate(FAULTS):
            fake.inject(f"f{number}", fault)
        replies = asyncio.run(ask(fake))
        history = [(event.f, event.outcome, {**event.value, "at_s": 0}) for event in fake.events.after(0)]
        seen.append((replies, history, fake.stats, fake.traffic.bytes_sent))
    assert seen[0] == seen[1]
    assert [f for f, _, _ in seen[0][1]].count("hit") == 4
