"""A client's connection and the connection to its upstream."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from gameday_fakes.toxiproxy.link import Link
from gameday_fakes.toxiproxy.toxics import Stream, Toxics

_RESET = struct.pack("ii", 1, 0)


class End(asyncio.Protocol):
    """One of the two sockets. ``outgoing`` carries what it sends, ``incoming`` what is sent to it."""

    def __init__(self, ready: Callable[[], None], gone: Callable[[], None]) -> None:
        self.outgoing: Link
        self.incoming: Link
        self.transport: asyncio.Transport | None = None
        self._ready = ready
        self._gone = gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ready()

    def data_received(self, data: bytes) -> None:
        self.outgoing.receive(data)

    def eof_received(self) -> bool:
        self.outgoing.end_source(lost=False)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.incoming.lose_sink()
        self.outgoing.end_source(lost=True)
        self._gone()

    def pause_writing(self) -> None:
        self.incoming.hold(True)

    def resume_writing(self) -> None:
        self.incoming.hold(False)


class Connection:
    """Connects to the upstream when the client has connected, and closes when both ends have ended.

    ``ended`` is called once, with this connection, when it is closed.
    """

    def __init__(self, upstream: str, toxics: Toxics, ended: Callable[[Connection], None]) -> None:
        self._address = upstream
        self._toxics = toxics
        self._ended = ended
        self._resets = False
        self._aborted = False
        self._dialling: asyncio.Task[None] | None = None
        self.client = End(self._dial, self._client_gone)
        self._upstream = End(self._connected, self._end_gone)
        self.links: dict[Stream, Link] = {
            "upstream": self._link(self.client, self._upstream),
            "downstream": self._link(self._upstream, self.client),
        }

    def abort(self) -> None:
        """Close both sockets at once; bytes in transit are lost."""
        self._aborted = True
        if self._dialling is not None:
            self._dialling.cancel()
        for end in (self.client, self._upstream):
            if end.transport is not None:
                end.transport.abort()

    def _link(self, source: End, sink: End) -> Link:
        source.outgoing = sink.incoming = Link(lambda: self._close(sink), self._half_finished)
        return source.outgoing

    def _dial(self) -> None:
        if self._aborted and self.client.transport is not None:
            # The proxy was disabled after the client had been accepted.
            self.client.transport.abort()
            return
        self.links["upstream"].source = self.client.transport
        self._dialling = asyncio.get_running_loop().create_task(self._reach_upstream())

    async def _reach_upstream(self) -> None:
        try:
            host, port = split_address(self._address)
            await asyncio.get_running_loop().create_connection(lambda: self._upstream, host, port)
        except (OSError, ValueError):
            self._close(self.client)
        finally:
            self._dialling = None

    def _connected(self) -> None:
        client, upstream = self.client.transport, self._upstream.transport
        if client is None or upstream is None or client.is_closing():
            # The client left while the upstream was being connected.
            if upstream is not None:
                upstream.abort()
            return
        self._resets = self._toxics.reset_new_connections
        self.links["upstream"].connect(client, upstream, self._toxics.on("upstream"))
        self.links["downstream"].connect(upstream, client, self._toxics.on("downstream"))

    def _client_gone(self) -> None:
        if self._dialling is not None:
            self._dialling.cancel()
        self._end_gone()

    def _end_gone(self) -> None:
        if all(end.transport is None or end.transport.is_closing() for end in (self.client, self._upstream)):
            self._ended(self)

    def _half_finished(self) -> None:
        if all(link.finished for link in self.links.values()):
            self._close(self.client)
            self._close(self._upstream)

    def _close(self, end: End) -> None:
        if end.transport is None or end.transport.is_closing():
            return
        if self._resets:
            end.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.transport.abort()
        else:
            end.transport.close()


def split_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port`` or ``[v6]:port``. Raises ValueError with one line."""
    host, colon, port = address.rpartition(":")
    if not colon:
        raise ValueError(f"address {address}: missing port in address")
    if not (port.isdecimal() and len(port) < 9) or int(port) > 65535:
        raise ValueError(f"address {address}: invalid port")
    return host.removeprefix("[").removesuffix("]"), int(port)
