"""A proxy: a listening address, an upstream, its toxics and the connections that pass it."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

from gameday_fakes.toxiproxy.connection import Connection, End, split_address
from gameday_fakes.toxiproxy.link import Link
from gameday_fakes.toxiproxy.toxics import ApiError, Stream, Toxics

LOOPBACK = "127.0.0.1"
BACKLOG = 1024


class Proxy:
    """``listen`` has the real port once the proxy has been started."""

    def __init__(self, name: str, listen: str, upstream: str) -> None:
        self.name = name
        self.listen = listen
        self.upstream = upstream
        self.enabled = False
        self.toxics = Toxics(self._links)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    def describe(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "name": self.name,
            "listen": self.listen,
            "upstream": self.upstream,
            "enabled": self.enabled,
            "toxics": [toxic.describe() for toxic in self.toxics],
        }

    async def start(self) -> None:
        """Listen, unless it does already. Raises ApiError if the address cannot be used."""
        if self.enabled:
            return
        sock = _bound(self.listen)
        self._server = await asyncio.get_running_loop().create_server(self._accept, sock=sock, backlog=BACKLOG)
        self.listen = _written(sock.getsockname())
        self.enabled = True

    def stop(self) -> None:
        """Refuse new connections and drop those that are open."""
        self.enabled = False
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.abort()

    def differs(self, listen: str, upstream: str) -> bool:
        """Whether the address is another one. Raises ApiError if ``listen`` is not an address."""
        return _written(_resolved(listen)[1]) != self.listen or upstream != self.upstream

    async def update(self, listen: str, upstream: str, *, enabled: bool) -> None:
        """Move, enable or disable; open connections survive only if nothing changes. Raises ApiError."""
        if self.differs(listen, upstream):
            self.stop()
            self.listen, self.upstream = listen, upstream
        if enabled:
            await self.start()
        elif self.enabled:
            self.stop()

    def _accept(self) -> End:
        connection = Connection(self.upstream, self.toxics, self._connections.discard)
        self._connections.add(connection)
        return connection.client

    def _links(self, stream: Stream) -> list[Link]:
        return [connection.links[stream] for connection in self._connections]


def _resolved(address: str) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    try:
        host, port = split_address(address or ":0")
        addresses = socket.getaddrinfo(host or LOOPBACK, port, type=socket.SOCK_STREAM)
    except ValueError as problem:
        raise ApiError(f"listen tcp: {problem}", 500) from None
    except OSError as problem:
        raise ApiError(f"listen tcp: lookup {address}: {problem.strerror}", 500) from None
    # An IPv4 address first if a name has both, as with the real one.
    family, _, _, _, name = min(addresses, key=lambda entry: entry[0] != socket.AF_INET)
    return family, name


def _bound(address: str) -> socket.socket:
    family, name = _resolved(address)
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(name)
    except OSError as problem:
        sock.close()
        reason = os.strerror(problem.errno or 0).lower()
        raise ApiError(f"listen tcp {_written(name)}: bind: {reason}", 500) from None
    return sock


def _written(name: tuple[Any, ...]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
