"""Serving ASGI applications on sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol

import uvicorn
from uvicorn.server import ServerState

from gameday_fakes.answering import Answering
from gameday_fakes.counted_tls import CountedTls
from gameday_fakes.http2_relay import Http2Port
from gameday_fakes.http_protocol import ResettableProtocol
from gameday_fakes.reply_writer import ReplyWriter
from gameday_fakes.request_head import Heads
from gameday_fakes.traffic import Traffic

LOOPBACK = "127.0.0.1"

#: How long an idle connection is kept, in real seconds: longer than any scenario lasts, at any pace. One that is closed
#: while a slow link still holds its last reply takes the client's next request with it, and whether that happens would
#: depend on the pace.
KEEP_ALIVE_S = 2 * 3600


class AnyListener(Protocol):
    """Something that listens at an address until it is closed."""

    host: str
    port: int

    async def close(self) -> None:
        """Stop listening and end every connection."""


class Listener:
    """One application on one socket."""

    def __init__(self, server: asyncio.Server, state: ServerState, sock: socket.socket) -> None:
        self._server = server
        self._state = state
        self.host, self.port = sock.getsockname()[:2]

    async def close(self) -> None:
        """Stop listening and close every connection, answered or not."""
        self._server.close()
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address. Raises OSError (in use, not local, not allowed)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by name: only then asyncio switches off Nagle's algorithm, which costs 40 ms on every reply.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


async def listen(
    app: Any,
    sock: socket.socket,
    *,
    tls: ssl.SSLContext | None = None,
    traffic: Traffic | None = None,
    lacks: Callable[[str], None] = lambda _: None,
    http2: Http2Port | None = None,
) -> Listener:
    """Serve ``app`` on a bound socket until the listener is closed; what passes is added to ``traffic``.

    ``lacks`` is called with the name of a protocol that a client speaks in place of HTTP/1.1; it is refused. With
    ``http2`` clients that speak it from their first byte are led there.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        http=ResettableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    config.load()
    state = ServerState()
    state.default_headers = [(b"server", b"gameday")]
    counted = traffic or Traffic()
    parts: dict[str, Any] = {"config": config, "server_state": state, "app_state": {}}
    if tls is not None and http2 is not None:
        # HTTP/1.1 comes first: who speaks both keeps to it, and gRPC offers nothing else than HTTP/2.
        tls.set_alpn_protocols(["http/1.1", "h2"])

    fake = app if isinstance(app, Answering) else None
    heads = None if fake is None else Heads(fake.memory, proof_apart=fake.proof_apart)
    writer = ReplyWriter(state.default_headers)

    def connection() -> asyncio.BaseProtocol:
        protocol = ResettableProtocol(**parts)
        if fake is not None and heads is not None:
            protocol.fake, protocol.heads = fake, heads
        protocol.writer, protocol.lacks, protocol.http2 = writer, lacks, http2
        if tls is not None:
            # Its bytes are counted where they are encrypted.
            protocol.traffic = Traffic()
            return CountedTls(protocol, tls, counted)
        protocol.traffic = counted
        return protocol

    server = await asyncio.get_running_loop().create_server(connection, sock=sock, backlog=1024)
    return Listener(server, state, sock)
