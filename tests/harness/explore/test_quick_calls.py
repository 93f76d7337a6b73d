"""A call in a simulation costs little, and its client sees what it would see of any other."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import time
from typing import Any

import httpx
import pytest
import respx
from httpx import _models, _urls

from gameday.model.fault import Toxic
from gameday.simulation.asgi_call import Call, begun
from gameday.simulation.links import Link, Links
from gameday.simulation.quick_httpx import quick_httpx
from gameday.simulation.virtual_time import VirtualLoop, VirtualTime
from gameday_fakes.fake import Fake
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply
from gameday_fakes.registry import fake_kinds

TOKEN = {"authorization": "Token token=x", "accept": "application/json"}


@pytest.fixture(scope="module")
def pager() -> Fake:
    return FakeSet({"pagerduty": fake_kinds()["pagerduty"]}).fakes["pagerduty"]


async def answered(pager: Fake, request: httpx.Request, *, direct: bool) -> tuple[object, ...]:
    """What a client gets: the reply, or the name of the error."""
    call = begun(pager, request) if direct else Call(pager, request).reply()
    try:
        reply = call if isinstance(call, httpx.Response) else await call
    except httpx.HTTPError as problem:
        return (type(problem).__name__,)
    body = await reply.aread()
    # The date may be of the next second.
    headers = [(name.lower(), value) for name, value in reply.headers.raw if name.lower() != b"date"]
    return reply.status_code, headers, body, reply.content, reply.request.url


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {"action": "delay", "delay_s": 0.001},
        {"action": "drop"},
        {"action": "truncate", "bytes": 5, "when": "after"},
        {"action": "reply", "error": "rate_limited"},
    ],
)
def test_a_fake_answers_a_direct_call_as_one_by_asgi(pager: Fake, rule: dict[str, object] | None) -> None:
    """Good ones, refused ones and those that go nowhere, under each thing that a fault does to a request."""
    if rule is not None:
        pager.inject("f", {"kind": "http", "operation": "*", **rule})
    event = {"routing_key": "R" * 32, "event_action": "trigger", "payload": {"summary": "a"}}
    requests = [
        httpx.Request("GET", "http://pager.invalid/incidents?limit=1&x=%2F", headers=TOKEN),
        httpx.Request("GET", "http://pager.invalid/incidents"),
        httpx.Request("POST", "http://pager.invalid/v2/enqueue", json=event),
        httpx.Request("POST", "http://pager.invalid/v2/enqueue", content=b"{"),
        httpx.Request("DELETE", "http://pager.invalid/nowhere/at%20all"),
    ]

    async def both() -> None:
        for request in requests:
            directly = await answered(pager, request, direct=True)
            assert directly == await answered(pager, request, direct=False)
            if rule is not None and rule["action"] in ("drop", "truncate") and "nowhere" not in str(request.url):
                assert directly == ("ReadError",)

    try:
        asyncio.run(both())
    finally:
        pager.heal("f")


def test_a_packed_reply_is_unpacked(pager: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = Reply(200, gzip.compress(b"[1]"), [(b"content-encoding", b"gzip")])
    monkeypatch.setattr(pager, "begun", lambda _: packed)
    reply = begun(pager, httpx.Request("GET", "http://pager.invalid/"))
    assert isinstance(reply, httpx.Response)
    assert reply.json() == [1]


def test_httpx_is_the_same_within_and_left_as_it_was() -> None:
    owners = (httpx.AsyncHTTPTransport, httpx.Cookies, _models, _urls)
    before = [dict(vars(owner)) for owner in owners]

    def sent() -> list[object]:
        base = "http://base.invalid/at"
        client = httpx.AsyncClient(base_url=base, headers={"x-y": "of the client", "accept": "*/*"})
        clients = [client, httpx.AsyncClient(base_url=base, params={"p": "q"}, timeout=3)]
        clients.append(httpx.AsyncClient(base_url=base, cookies={"c": "d"}))
        more: list[dict[str, Any]] = [
            {"params": {"f": "g"}, "headers": {"X-Y": "z", "x-y": "q"}, "json": {"h": 1}},
            {"headers": [("Accept", "a"), ("accept", "b"), ("host", "other.invalid")]},
            {"headers": {b"content-length": b"3", b"x-y": "\u00fc".encode()}, "content": b"abc"},
            {"content": iter([b"ab", b"c"])},
            {"data": {"a": "\u00fc"}, "headers": None},
            {"content": "\u00fc", "timeout": None},
            {"json": [], "extensions": {"sni_hostname": "b"}},
            {"cookies": {"a": "b"}, "content": b""},
            {},
        ]
        found: list[object] = []
        addresses = ["http://a.invalid/b c?d=e", httpx.URL("https://u:p@a.invalid:8443/b"), "/b%20c", httpx.URL("d?e")]
        for each, one, address in itertools.product(more, clients, addresses):
            if "content" in each and not isinstance(each["content"], str | bytes):
                each = {"content": iter([b"ab", b"c"])}  # noqa: PLW2901 - it can be read once
            request = one.build_request("put", address, **each)
            found += [request.method, request.extensions, type(request.stream)]
            request.headers["Z"] = "1"
            read = request.read() if not hasattr(request, "_content") else request.content
            found += [request.url, request.headers.raw, request.headers["accept"], request.headers.encoding, read]
            found += [request.headers.multi_items()]
        return found

    async def cookies() -> dict[str, str]:
        with respx.mock(using="httpx") as router:
            replies = [httpx.Response(200), httpx.Response(200, headers={"set-cookie": "a=b; Path=/"})]
            router.get("http://a.invalid/").mock(side_effect=replies)
            async with httpx.AsyncClient() as client:
                await client.get("http://a.invalid/")
                assert not client.cookies
                await client.get("http://a.invalid/")
                return dict(client.cookies)

    plain = sent()
    with quick_httpx():
        assert sent() == plain
        assert asyncio.run(cookies()) == {"a": "b"}
        assert [dict(vars(owner)) for owner in owners] != before
    assert [dict(vars(owner)) for owner in owners] == before


def test_a_client_with_a_login_or_a_transport_of_its_own_is_served_by_httpx_itself() -> None:
    class Login(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Any:
            reply = yield request
            if reply.status_code == 401:
                request.headers["authorization"] = "known"
                yield request

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if "authorization" in request.headers else 401, text=str(request.url))

    async def statuses() -> list[object]:
        own = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=own) as client:
            plain, known = await client.get("http://a.invalid/"), await client.get("http://a.invalid/", auth=Login())
            return [plain.status_code, known.status_code, len(known.history)]

    with quick_httpx():
        assert asyncio.run(statuses()) == [401, 200, 1]


def test_what_a_reply_has_beside_its_body_is_there_in_a_simulation(pager: Fake) -> None:
    async def asked() -> httpx.Response:
        links = Links(1, 0)
        links.links["stack-pager"] = Link(pager)
        with links.routed():
            async with httpx.AsyncClient() as client:
                return await client.get(links.url("stack-pager") + "/incidents?limit=1", headers=TOKEN)

    reply = asyncio.run(asked())
    assert (reply.request.url.path, reply.history, reply.is_success) == ("/incidents", [], False)
    # httpx refuses to tell how long a reply took that was never closed.
    assert reply.elapsed.total_seconds() >= 0


def test_a_client_gives_up_after_its_time_and_no_sooner(pager: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the link holds the reply back, or is slow by itself; a reply that comes first is the client's."""
    clock = VirtualTime()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    links, stalled = Links(1, 2), Toxic("stack-pager", "timeout", {"timeout": 0})
    links.links["stack-pager"] = Link(pager)

    async def asked(timeout_s: float) -> tuple[str, float]:
        began_s = clock.now_s
        async with httpx.AsyncClient(timeout=timeout_s) as client:
            try:
                await client.get(links.url("stack-pager") + "/incidents", headers=TOKEN)
            except httpx.HTTPError as problem:
                return type(problem).__name__, round(clock.now_s - began_s, 6)
            return "", clock.now_s - began_s

    async def main() -> list[tuple[str, float]]:
        with links.routed():
            found = [await asked(0.005), await asked(5)]
            await links.inject("t", stalled, pace=1)
            return [*found, await asked(5)]

    loop = VirtualLoop(clock)
    hurried, usual, held = loop.run_until_complete(main())
    loop.close()
    assert (hurried, held) == (("ReadTimeout", 0.005), ("ReadTimeout", 5.0))
    assert usual[0] == "" and 0.01 < usual[1] < 0.1
