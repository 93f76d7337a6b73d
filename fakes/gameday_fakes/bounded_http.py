"""HTTP clients whose replies end: each has a deadline and a size, whatever the server does.

The time-outs of an HTTP client are for each read, so a server that sends a byte now and then, or never stops sending,
keeps it busy until the memory is full. These transports bound the whole reply. They ask for no compression, for a small
body can unpack into a large one, and unpack none.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx

#: What a small answer may have: a status, an error, an acknowledgement.
SMALL_BYTES = 1024 * 1024


class ReplyTooLarge(httpx.RequestError):
    """The reply has more bytes than it may have."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """Sends through ``inner``; every reply has at most ``most_bytes`` and ends within ``deadline_s`` (real seconds)."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, most_bytes: int, deadline_s: float) -> None:
        self._inner = inner
        self._most_bytes = most_bytes
        self.deadline_s = deadline_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises ReadTimeout; reading the body may raise it too, and ReplyTooLarge."""
        request.headers["accept-encoding"] = "identity"
        until_s = time.monotonic() + self.deadline_s
        try:
            async with asyncio.timeout(self.deadline_s):
                reply = await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("the reply did not begin in time", request=request) from None
        assert isinstance(reply.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport's
        return _reply(reply, _AsyncBody(reply.stream, request, self._most_bytes, until_s))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class BoundedSyncTransport(httpx.BaseTransport):
    """The same for a client without an event loop; the beginning of the reply is bounded by the client's time-outs."""

    def __init__(self, inner: httpx.BaseTransport, *, most_bytes: int, deadline_s: float) -> None:
        self._inner = inner
        self._most_bytes = most_bytes
        self._deadline_s = deadline_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Reading the body may raise ReadTimeout and ReplyTooLarge."""
        request.headers["accept-encoding"] = "identity"
        until_s = time.monotonic() + self._deadline_s
        reply = self._inner.handle_request(request)
        assert isinstance(reply.stream, httpx.SyncByteStream)  # noqa: S101 - a synchronous transport's
        return _reply(reply, _SyncBody(reply.stream, request, self._most_bytes, until_s))

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _reply(reply: httpx.Response, body: httpx.AsyncByteStream | httpx.SyncByteStream) -> httpx.Response:
    """The reply with this body, which nothing unpacks."""
    headers = [(name, value) for name, value in reply.headers.raw if name.lower() != b"content-encoding"]
    return httpx.Response(reply.status_code, headers=headers, stream=body, extensions=reply.extensions)


class _Bound:
    """Counts what of a body has arrived."""

    def __init__(self, request: httpx.Request, most_bytes: int, until_s: float) -> None:
        self._request = request
        self._most_bytes = most_bytes
        self._until_s = until_s
        self._seen = 0

    @property
    def left_s(self) -> float:
        return self._until_s - time.monotonic()

    def check(self, part: bytes) -> bytes:
        self._seen += len(part)
        if self._seen > self._most_bytes:
            raise ReplyTooLarge(f"the reply has more than {self._most_bytes:,} bytes", request=self._request)
        if self.left_s <= 0:
            raise self.late()
        return part

    def late(self) -> httpx.ReadTimeout:
        return httpx.ReadTimeout("the reply did not end in time", request=self._request)


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request, most_bytes: int, until_s: float) -> None:
        self._stream = stream
        self._bound = _Bound(request, most_bytes, until_s)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(self._stream)
        while True:
            try:
                async with asyncio.timeout(max(0.0, self._bound.left_s)):
                    part = await anext(parts)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise self._bound.late() from None
            yield self._bound.check(part)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _SyncBody(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, request: httpx.Request, most_bytes: int, until_s: float) -> None:
        self._stream = stream
        self._bound = _Bound(request, most_bytes, until_s)

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield self._bound.check(part)

    def close(self) -> None:
        self._stream.close()


def bounded_client(
    *,
    base_url: str,
    most_bytes: int,
    deadline_s: float,
    headers: Mapping[str, str] | None = None,
    verify: ssl.SSLContext | bool | None = None,
) -> httpx.AsyncClient:
    """An asynchronous client that reads no variables of the environment, with these bounds for each reply.

    ``verify`` as of httpx; None is its default over https.
    """
    # Loading the trusted certificates takes longer than everything else here: only for https.
    inner = httpx.AsyncHTTPTransport(verify=base_url.startswith("https:") if verify is None else verify)
    transport = BoundedTransport(inner, most_bytes=most_bytes, deadline_s=deadline_s)
    return httpx.AsyncClient(
        base_url=base_url, headers=headers, transport=transport, trust_env=False, timeout=deadline_s
    )


def bounded_sync_client(*, most_bytes: int = SMALL_BYTES, deadline_s: float) -> httpx.Client:
    """A synchronous client that reads no variables of the environment, with these bounds for each reply."""
    transport = BoundedSyncTransport(httpx.HTTPTransport(), most_bytes=most_bytes, deadline_s=deadline_s)
    return httpx.Client(transport=transport, trust_env=False, timeout=deadline_s)
