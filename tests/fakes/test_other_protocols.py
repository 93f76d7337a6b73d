"""A client that speaks anything but HTTP/1.1 is refused in a way that it can read, and what it wanted is named."""

from __future__ import annotations

import asyncio
import ssl
import struct
from typing import Any

import pytest

from gameday_fakes.asgi import send_reply
from gameday_fakes.http import Reply
from gameday_fakes.server import LOOPBACK, bind, listen

HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
HTTP1 = b"GET / HTTP/1.1\r\nhost: fake\r\nconnection: close\r\n\r\n"


async def _greets(_scope: Any, _receive: Any, send: Any) -> None:
    await send_reply(send, Reply(200, b"hello"))


def exchange(*sent: bytes) -> tuple[bytes, list[str]]:
    """What a fake answers to these bytes on one connection, and what it is recorded to lack."""
    lacking: list[str] = []

    async def talk() -> bytes:
        listener = await listen(_greets, bind(LOOPBACK, 0), lacks=lacking.append)
        reader, writer = await asyncio.open_connection(LOOPBACK, listener.port)
        for part in sent:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        await listener.close()
        return answer

    return asyncio.run(talk()), lacking


def test_http_2_is_refused_with_the_code_that_asks_for_http_1_1() -> None:
    answer, lacking = exchange(HTTP2)
    assert lacking == ["HTTP/2 without asking for it first (gRPC, prior knowledge)"]
    kinds, at = [], 0
    while at < len(answer):
        length, kind = int.from_bytes(answer[at : at + 3], "big"), answer[at + 3]
        kinds.append(kind)
        last, at = answer[at + 9 : at + 9 + length], at + 9 + length
    assert kinds == [4, 7]  # SETTINGS, GOAWAY
    assert struct.unpack_from(">II", last) == (0, 0xD)  # HTTP_1_1_REQUIRED
    assert last[8:] == b"this fake speaks HTTP/1.1"


def test_tls_on_a_plain_port_is_the_mistake_that_clients_know() -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="fake")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    answer, lacking = exchange(outgoing.read())
    assert lacking == ["TLS on a port without TLS, whose URL begins with http://"]
    incoming.write(answer)
    with pytest.raises(ssl.SSLError, match="WRONG_VERSION_NUMBER"):
        client.do_handshake()


def test_http_1_1_is_answered_and_nothing_is_lacking_also_on_a_connection_that_is_used_again() -> None:
    again = HTTP1.replace(b"connection: close\r\n", b"")
    answer, lacking = exchange(again, HTTP1)
    assert answer.count(b"hello") == 2
    assert lacking == []
