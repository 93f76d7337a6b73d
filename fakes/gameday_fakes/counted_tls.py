"""TLS for a listener that counts each connection, and the bytes of its handshake, before the handshake is over.

The event loop's own TLS speaks of a connection only after the handshake. A network fault that cuts connections off
earlier would then leave no evidence that it took effect.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gameday_fakes.traffic import Traffic


class CountedTls(SSLProtocol):
    """The server's side of TLS on one connection, in front of an application's protocol that counts nothing itself."""

    def __init__(self, protocol: HttpToolsProtocol, context: ssl.SSLContext, traffic: Traffic) -> None:
        super().__init__(asyncio.get_running_loop(), protocol, context, None, server_side=True)  # type: ignore[arg-type]
        self._protocol = protocol
        self._traffic = traffic

    @property
    def agreed(self) -> bool:
        """Whether the handshake is over: the application has its connection."""
        return self._protocol.transport is not None

    def connection_made(self, transport: Any) -> None:
        self._traffic.connections_opened += 1
        self._traffic.connections_over_tls += 1
        self._traffic.connections_open += 1
        super().connection_made(_Counted(transport, self._count_sent))  # type: ignore[arg-type]

    def buffer_updated(self, nbytes: int) -> None:
        self._traffic.bytes_received += nbytes
        super().buffer_updated(nbytes)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._traffic.connections_open -= 1
        if not self.agreed:
            self._traffic.handshakes_failed += 1
        super().connection_lost(exc)

    def _count_sent(self, count: int) -> None:
        # Of what comes later the fake counts the replies' bodies, as it does without TLS.
        if not self.agreed:
            self._traffic.bytes_sent += count


class _Counted:
    """A transport that says how many bytes are written to it."""

    def __init__(self, transport: Any, count: Callable[[int], None]) -> None:
        self._transport = transport
        self._count = count

    def write(self, data: bytes) -> None:
        self._count(len(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
