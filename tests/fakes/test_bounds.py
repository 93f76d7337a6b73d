"""Heads and bodies of requests end, and a tunnel that either side resets leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import struct
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gameday_fakes import control
from gameday_fakes.connect import ConnectListener
from gameday_fakes.control import control_calls
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.gate import Gate
from gameday_fakes.http_protocol import MAX_HEAD_BYTES
from gameday_fakes.netsuite.values import to_decimal
from gameday_fakes.server import bind, listen
from gameday_fakes.streams import close
from gameday_fakes.toxiproxy import api
from gameday_fakes.toxiproxy.api import Api, application
from support.rows import rows


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


#: Lets everything through that a client of these tests sends.
OPEN = Gate("", host="x", any_type=True)


def _ask(*parts: bytes) -> bytes:
    """What a server answers to a request that arrives in these parts; all that it says until it closes."""

    async def asked() -> bytes:
        listener = await listen(_answer, bind("127.0.0.1", 0))
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.read(65_536)
        except ConnectionError:
            return b""
        finally:
            writer.close()
            await listener.close()

    return asyncio.run(asked())


def test_a_head_within_the_limit_is_answered() -> None:
    assert _ask(b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"x" * 60_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 204")


@rows("head", [b"a: " + b"x" * MAX_HEAD_BYTES, b"\r\n".join([b"a: b"] * MAX_HEAD_BYTES)])
def test_a_larger_head_is_refused(head: bytes) -> None:
    assert _ask(b"GET / HTTP/1.1\r\nhost: x\r\n" + head + b"\r\n\r\n")[:12] in (b"HTTP/1.1 400", b"")


def test_a_head_that_never_ends_is_refused() -> None:
    assert _ask(b"GET / HTTP/1.1\r\na: ", *[b"x" * 65_536] * 40)[:12] in (b"HTTP/1.1 400", b"")


def test_large_bodies_do_not_count_as_heads() -> None:
    body = b"x" * 3_000_000
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert _ask(head + body).startswith(b"HTTP/1.1 204")


def _post(app: Any, path: str, body: bytes) -> httpx.Response:
    async def posted() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.post(path, content=body)

    return asyncio.run(posted())


def test_a_large_body_is_refused_by_the_control_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_CONTROL_BYTES", 1000)
    reply = _post(control_calls(FakeSet({})), "/reset", b" " * 1001)
    assert (reply.status_code, reply.json()) == (400, {"error": "the body has more than 1,000 bytes"})


def test_a_large_body_is_refused_by_the_proxys_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_BODY_BYTES", 1000)
    assert _post(application(Api(), OPEN), "/populate", b" " * 1001).status_code == 413


@rows("body", [b'[{"name": "\xff"}]', b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused_by_the_proxys_api(body: bytes) -> None:
    assert _post(application(Api(), OPEN), "/populate", body).status_code == 400


def _reset(address: tuple[str, int], number: int) -> None:
    """A client that resets its tunnel: at once, after it has sent something, or after it has ended its half."""
    with socket.create_connection(address) as client:
        client.sendall(b"CONNECT a.example:443 HTTP/1.1\r\n\r\nx")
        client.recv(10)
        if number % 3 == 1:
            client.sendall(b"y" * 100_000)
        elif number % 3 == 2:
            client.shutdown(socket.SHUT_WR)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data * 2)
            await writer.drain()
    await close(writer)


@pytest.mark.slow
def test_tunnels_that_clients_reset_leave_no_error_behind() -> None:
    problems: list[Any] = []

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        server = await asyncio.start_server(_far, "127.0.0.1", 0)
        tunnels = ConnectListener({"a.example": server.sockets[0].getsockname()[:2]})
        sock = bind("127.0.0.1", 0)
        await tunnels.listen(sock)
        address = sock.getsockname()[:2]
        await asyncio.gather(*(asyncio.to_thread(_reset, address, number) for number in range(30)))
        while tunnels.open:
            await asyncio.sleep(0.01)
        await tunnels.close()
        server.close()
        await server.wait_closed()
        gc.collect()

    asyncio.run(scene())
    assert problems == []


def test_a_figure_of_many_digits_is_rounded_as_arithmetic_would() -> None:
    assert to_decimal("0." + "3" * 5000, "quantity") == Decimal("0." + "3" * 28)
    assert str(to_decimal("1.50", "quantity")) == "1.50"
