"""A connection reaches one host over TLS that proves its name, follows nothing, and never connects again by itself."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.sandbox.conftest import CRM, ERP
from gameday_fakes.connect import ConnectListener
from gameday_fakes.sandbox import connection as connections
from gameday_fakes.sandbox.connection import TenantConnection, TenantGone
from gameday_fakes.server import bind, listen
from gameday_fakes.tls import Authority

Go = Callable[[Any], Any]


class Tenant:
    """Answers over TLS behind a CONNECT proxy, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.opened = 0
        self.status = 200
        self.body = b"{}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        self.asked.append((scope["method"], headers[b"host"].decode(), body))
        location = [(b"location", b"https://acme.my.salesforce.com/")] if self.status in (301, 307) else []
        length = [(b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": [*location, *length]})
        await send({"type": "http.response.body", "body": self.body})


@contextlib.asynccontextmanager
async def serving(folder: Path, *names: str) -> AsyncIterator[tuple[Tenant, str, ssl.SSLContext]]:
    """A tenant with a certificate for these names, the proxy that leads to it, and whom to trust."""
    tenant, authority = Tenant(), Authority(folder)
    listener = await listen(tenant, bind("127.0.0.1", 0), tls=authority.context(names))

    def opened(_: Any) -> None:
        tenant.opened += 1

    proxy = ConnectListener({CRM: ("127.0.0.1", listener.port), ERP: ("127.0.0.1", listener.port)}, tell=opened)
    await proxy.listen(bind("127.0.0.1", 0))
    try:
        yield tenant, proxy.url, ssl.create_default_context(cafile=str(authority.bundle))
    finally:
        await proxy.close()
        await listener.close()


def test_calls_share_one_connection_and_name_its_host(tmp_path: Path, go: Go) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            connection = await TenantConnection.open(CRM, trusted, proxy)
            first = await connection.call("GET", "/a?b=c")
            second = await connection.call("POST", "/a", [(b"x-a", b"b")], b"text")
            assert connection.usable
            await connection.close()
            assert (first.status, second.body) == (200, b"{}")
            assert tenant.asked == [("GET", CRM, b""), ("POST", CRM, b"text")]
            assert tenant.opened == 1

    go(day())


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, go: Go) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            with pytest.raises(TenantGone, match="no connection to 1234567-sb1") as problem:
                await TenantConnection.open(ERP, trusted, proxy)
            assert problem.value.unsent
            assert tenant.asked == []

    go(day())


def test_an_authority_that_is_not_trusted_is_refused(tmp_path: Path, go: Go) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, _):
            with pytest.raises(TenantGone, match="no connection to acme--uat"):
                await TenantConnection.open(CRM, ssl.create_default_context(), proxy)
            assert tenant.asked == []

    go(day())


def test_a_name_to_which_the_proxy_does_not_lead_is_not_reached_directly(tmp_path: Path, go: Go) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (_, proxy, trusted):
            with pytest.raises(TenantGone, match=r"the proxy does not lead to acme--two.*status 403"):
                await TenantConnection.open("acme--two.sandbox.my.salesforce.com", trusted, proxy)

    go(day())


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_an_answer_and_no_way(tmp_path: Path, go: Go, status: int) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            tenant.status = status
            connection = await TenantConnection.open(CRM, trusted, proxy)
            answer = await connection.call("GET", "/")
            await connection.close()
            assert (answer.status, answer.header("Location")) == (status, "https://acme.my.salesforce.com/")
            assert len(tenant.asked) == tenant.opened == 1

    go(day())


@pytest.mark.parametrize("target", ["https://acme.my.salesforce.com/", "//acme.my.salesforce.com/", "", "x"])
def test_a_call_cannot_name_another_host(tmp_path: Path, go: Go, target: str) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            connection = await TenantConnection.open(CRM, trusted, proxy)
            with contextlib.suppress(TenantGone):
                await connection.call("GET", target)
            await connection.close()
            assert {host for _, host, _ in tenant.asked} <= {CRM}
            assert tenant.opened == 1

    go(day())


def test_a_reply_that_nobody_asked_for_is_not_the_answer_to_the_next_question(tmp_path: Path, go: Go) -> None:
    """As of a proxy that answers twice: else an old proof would be taken for a new one."""
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"

    async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply + b"ab" + reply + b"cd")
        await writer.drain()
        await reader.read()
        writer.close()

    async def day() -> None:
        authority = Authority(tmp_path)
        server = await asyncio.start_server(answer_twice, "127.0.0.1", 0, ssl=authority.context((CRM,)))
        port = server.sockets[0].getsockname()[1]
        proxy = ConnectListener({CRM: ("127.0.0.1", port)})
        await proxy.listen(bind("127.0.0.1", 0))
        trusted = ssl.create_default_context(cafile=str(authority.bundle))
        connection = await TenantConnection.open(CRM, trusted, proxy.url)
        assert (await connection.call("GET", "/")).body == b"ab"
        assert not connection.usable
        await connection.close()
        await proxy.close()
        server.close()

    go(day())


def test_a_connection_that_was_closed_does_not_open_again(tmp_path: Path, go: Go) -> None:
    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            connection = await TenantConnection.open(CRM, trusted, proxy)
            await connection.call("GET", "/")
            await connection.close()
            assert not connection.usable
            with pytest.raises(TenantGone):
                await connection.call("GET", "/")
            assert tenant.opened == 1

    go(day())


def test_a_reply_that_does_not_end_is_given_up(tmp_path: Path, go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LARGEST_REPLY_BYTES", 1000)

    async def day() -> None:
        async with serving(tmp_path, CRM) as (tenant, proxy, trusted):
            tenant.body = b"x" * 1001
            connection = await TenantConnection.open(CRM, trusted, proxy)
            with pytest.raises(TenantGone, match="more than 1,000 bytes"):
                await connection.call("GET", "/")
            await connection.close()
            await asyncio.sleep(0)

    go(day())
