"""Hands a connection that speaks HTTP/2 from its first byte over to a server that does, for a fake that has one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gameday_fakes.traffic import Traffic

#: The port on loopback of a fake's server for HTTP/2, which is started for the first connection.
Http2Port = Callable[[], Awaitable[int]]


class Relay(asyncio.Protocol):
    """The near side of one connection, which the fake's own protocol has begun; what passes is added to ``traffic``."""

    def __init__(self, begun: asyncio.Protocol, near: asyncio.Transport, port: Http2Port, traffic: Traffic) -> None:
        self._begun = begun
        self._near = near
        self._traffic = traffic
        self._waiting: list[bytes] = []
        self._far: asyncio.Transport | None = None
        self._connecting = asyncio.get_running_loop().create_task(self._connect(port))

    def data_received(self, data: bytes) -> None:
        """From the client."""
        self._traffic.bytes_received += len(data)
        self.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        """Send on what the client has sent, now or as soon as there is a connection."""
        if self._far is None:
            self._waiting.append(data)
        else:
            self._far.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or a fault has ended the connection."""
        self._connecting.cancel()
        if self._far is not None:
            self._far.close()
        self._begun.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client is slow."""
        if self._far is not None:
            self._far.pause_reading()

    def resume_writing(self) -> None:
        """The client goes on."""
        if self._far is not None:
            self._far.resume_reading()

    async def _connect(self, port: Http2Port) -> None:
        loop = asyncio.get_running_loop()
        try:
            far, _ = await loop.create_connection(
                lambda: _FarSide(self._near, self._traffic), "127.0.0.1", await port()
            )
        except OSError:
            self._near.abort()
            return
        for data in self._waiting:
            far.write(data)
        self._far = far


class _FarSide(asyncio.Protocol):
    """The side of the server."""

    def __init__(self, near: asyncio.Transport, traffic: Traffic) -> None:
        self._near = near
        self._traffic = traffic

    def data_received(self, data: bytes) -> None:
        self._traffic.bytes_sent += len(data)
        self._near.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._near.close()


def take_over(begun: Any, near: Any, first: bytes, port: Http2Port, traffic: Traffic) -> None:
    """Let a relay have the connection from its first bytes on."""
    relay = Relay(begun, near, port, traffic)
    near.set_protocol(relay)
    # It has been counted where it arrived.
    relay.pass_on(first)
