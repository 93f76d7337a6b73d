"""One connection to a tenant: it reaches one host, follows no redirect, and never connects again by itself.

Who has learned something on a connection knows that the next call goes to the same place: a host name that resolves to
another address later, or a proxy that leads elsewhere, changes nothing about a connection that is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore

HTTPS_PORT = 443
#: How long a call may take (real seconds): the vendors' own longest, a long poll, is shorter. And the largest reply.
DEADLINE_S = 150.0
LARGEST_REPLY_BYTES = 64 * 1024 * 1024
#: An idle connection is not used again after this time (real seconds): the tenant may be closing it.
IDLE_S = 20.0
_CONNECT_S = 20.0

Header = tuple[bytes, bytes]


class TenantGone(Exception):
    """A tenant did not answer; whether it has carried out the call is not known, unless ``unsent``."""

    def __init__(self, text: str, *, unsent: bool = False) -> None:
        self.unsent = unsent
        super().__init__(text)


class Answer(NamedTuple):
    """What a tenant answered, as it was on the wire."""

    status: int
    headers: Sequence[Header]
    body: bytes

    def header(self, name: str) -> str:
        """A header by its name in any case; empty without one."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), "")


class TenantConnection:
    """An open connection to one host over TLS."""

    def __init__(self, host: str, stream: httpcore.AsyncNetworkStream) -> None:
        self.host = host
        origin = httpcore.Origin(b"https", host.encode(), HTTPS_PORT)
        self._http = httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=IDLE_S)

    @classmethod
    async def open(cls, host: str, context: ssl.SSLContext, proxy: str = "") -> TenantConnection:
        """Connect, through a proxy by CONNECT if one is given. Raises TenantGone."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                stream = await (_tunnel(host, proxy) if proxy else _dial(host, HTTPS_PORT))
                return cls(host, await stream.start_tls(context, server_hostname=host))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as problem:
            raise TenantGone(f"no connection to {host}: {problem or type(problem).__name__}", unsent=True) from None

    @property
    def usable(self) -> bool:
        """Whether another call can be made: it is idle, the tenant has not closed it, and no reply is left over."""
        return self._http.is_available() and not self._http.has_expired() and not self._has_more()

    def _has_more(self) -> bool:
        """Whether more came than was asked for: it would be taken for the answer to the next question, a proof too."""
        rest, _ = self._http._h11_state.trailing_data
        return bool(rest)

    async def call(self, method: str, target: str, headers: Iterable[Header] = (), body: bytes = b"") -> Answer:
        """Send a request and read its whole reply; ``target`` is the path with its query. Raises TenantGone."""
        if not target.startswith("/"):
            raise TenantGone(f"{target[:80]!r} is no path at {self.host}", unsent=True)
        own = [(b"host", self.host.encode()), (b"accept-encoding", b"identity")]
        if body or method in ("POST", "PUT", "PATCH"):
            own.append((b"content-length", str(len(body)).encode()))
        url = httpcore.URL(scheme=b"https", host=self.host.encode(), port=HTTPS_PORT, target=target.encode("latin-1"))
        request = httpcore.Request(method, url, headers=[*own, *headers], content=body)
        try:
            async with asyncio.timeout(DEADLINE_S):
                reply = await self._http.handle_async_request(request)
                try:
                    return Answer(reply.status, reply.headers, await _whole(reply))
                finally:
                    await reply.aclose()
        except (
            httpcore.ConnectionNotAvailable,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            OSError,
        ) as problem:
            raise TenantGone(f"{self.host} did not answer: {problem or type(problem).__name__}") from None

    async def close(self) -> None:
        """Close it."""
        with contextlib.suppress(httpcore.NetworkError, OSError):
            await self._http.aclose()


async def _whole(reply: httpcore.Response) -> bytes:
    parts, size = [], 0
    async for part in reply.aiter_stream():
        size += len(part)
        if size > LARGEST_REPLY_BYTES:
            raise TenantGone(f"a reply has more than {LARGEST_REPLY_BYTES:,} bytes")
        parts.append(part)
    return b"".join(parts)


async def _dial(host: str, port: int) -> httpcore.AsyncNetworkStream:
    return await httpcore.AnyIOBackend().connect_tcp(host, port)


async def _tunnel(host: str, proxy: str) -> httpcore.AsyncNetworkStream:
    """A way through an HTTP proxy ("RFC 9110, section 9.3.6: CONNECT"), which sees nothing but the host name."""
    parts = urlsplit(proxy)
    name, port = (parts.hostname or "").encode(), parts.port or 80
    there = f"{host}:{HTTPS_PORT}".encode()
    connection = httpcore.AsyncHTTP11Connection(httpcore.Origin(b"http", name, port), await _dial(name.decode(), port))
    url = httpcore.URL(scheme=b"http", host=name, port=port, target=there)
    reply = await connection.handle_async_request(httpcore.Request("CONNECT", url, headers=[(b"host", there)]))
    if reply.status != 200:
        await reply.aclose()
        raise TenantGone(f"the proxy does not lead to {host}: status {reply.status}", unsent=True)
    stream: httpcore.AsyncNetworkStream = reply.extensions["network_stream"]
    return stream
