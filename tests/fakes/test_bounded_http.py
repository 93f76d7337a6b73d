"""Whatever a server does, its reply ends: too large, too late, or as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from gameday_fakes.bounded_http import BoundedSyncTransport, BoundedTransport, ReplyTooLarge

MOST = 1000


class Endless(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body without an end."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 100


class Stalled(httpx.AsyncByteStream):
    """A body that begins and then stops."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()


def ask(reply: Callable[[httpx.Request], httpx.Response], deadline_s: float = 60.0) -> httpx.Response:
    """One request through the bounds to a server that replies like this."""

    async def asked() -> httpx.Response:
        transport = BoundedTransport(httpx.MockTransport(reply), most_bytes=MOST, deadline_s=deadline_s)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.post("http://127.0.0.1/")

    return asyncio.run(asked())


def test_an_endless_reply_is_too_large() -> None:
    with pytest.raises(ReplyTooLarge):
        ask(lambda _: httpx.Response(200, stream=Endless()))


def test_an_endless_reply_is_too_large_without_an_event_loop() -> None:
    inner = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    transport = BoundedSyncTransport(inner, most_bytes=MOST, deadline_s=60)
    with httpx.Client(transport=transport) as client, pytest.raises(ReplyTooLarge):
        client.get("http://127.0.0.1/")


def test_a_reply_that_stops_is_late() -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(lambda _: httpx.Response(200, stream=Stalled()), deadline_s=0.01)


def test_a_reply_within_the_bounds_is_as_it_is() -> None:
    reply = ask(lambda _: httpx.Response(201, headers={"x-a": "b"}, content=b"x" * MOST))
    assert (reply.status_code, reply.headers["x-a"], reply.content) == (201, "b", b"x" * MOST)


def test_nothing_is_unpacked() -> None:
    asked: list[str] = []

    def packed(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    assert ask(packed).content == b"not gzip"
    assert asked == ["identity"]
