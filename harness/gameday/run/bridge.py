"""Leads connections from inside a network namespace to addresses outside it: what a stack's table lists in ``reach``.

A socket belongs for good to the namespace that it was opened in. So a process that stays outside accepts connections on
listeners that were opened inside, and opens the other end of each outside. TCP only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import ipaddress
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from gameday.base.errors import RunError
from gameday.config.reach import Address
from gameday_fakes.streams import close

_SIOCSIFADDR, _SIOCSIFNETMASK = 0x8916, 0x891C
_CHUNK = 65_536
_BACKLOG = 128
#: How long an address outside may take to accept a connection (real seconds).
_CONNECT_S = 10.0


class Route(NamedTuple):
    """One address of ``reach``, and where it is inside: a name has the first of its addresses."""

    address: Address
    inside: str


def routes_to(addresses: Sequence[Address]) -> tuple[Route, ...]:
    """Where each address is, as names resolve now: call it outside. Raises RunError for a name that does not."""
    return tuple(Route(address, _resolved(address)) for address in addresses)


def _resolved(address: Address) -> str:
    if not address.is_name:
        return address.host
    if address.host.lower() == "localhost":
        return "127.0.0.1"
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise RunError(
            f"{str(address)!r}, in 'reach' of the stack's table, does not resolve: {reason}",
            hint="start what it names, or write its IP address",
        ) from None
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return str(found[0][4][0])


def hosts_lines(routes: Sequence[Route]) -> list[str]:
    """The lines of a hosts file by which the names among the routes resolve inside."""
    return [f"{route.inside} {route.address.host}" for route in routes if route.address.is_name]


class Bridge:
    """The process outside, started before the namespace is entered; it ends with the process that started it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Start it. Call this before any thread is started, and before the namespace is entered."""
        self._routes = routes
        self._inner, outer = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            self._inner.close()
            _stay_outside(outer, routes)
        outer.close()

    def open(self) -> None:
        """Listen at every address inside: call this after the namespace was entered. Raises RunError."""
        listeners = [_listen(route, number) for number, route in enumerate(self._routes, start=1)]
        socket.send_fds(self._inner, [b"."], [listener.fileno() for listener in listeners])
        for listener in listeners:
            listener.close()
        # It stays open as long as this process lives: its end is how the other one learns of it.
        self._inner.detach()


def _listen(route: Route, number: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in route.inside else socket.AF_INET
    try:
        if not ipaddress.ip_address(route.inside).is_loopback:
            _add_address(route.inside, family, number)
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((route.inside, route.address.port))
        listener.listen(_BACKLOG)
    except OSError as problem:
        raise RunError(f"cannot make {route.address} reachable for the stack: {problem.strerror or problem}") from None
    return listener


def _add_address(address: str, family: int, number: int) -> None:
    """Give the loopback interface one more address. Source: netdevice(7), and for IPv6 linux/ipv6.h, in6_ifreq."""
    packed = socket.inet_pton(family, address)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        if family == socket.AF_INET6:
            fcntl.ioctl(sock, _SIOCSIFADDR, packed + struct.pack("Ii", 128, socket.if_nametoindex("lo")))
            return
        name = f"lo:{number}".encode()
        for request, value in ((_SIOCSIFADDR, packed), (_SIOCSIFNETMASK, b"\xff" * 4)):
            fcntl.ioctl(sock, request, struct.pack("16sHH4s8x", name, socket.AF_INET, 0, value))


def _stay_outside(outer: socket.socket, routes: Sequence[Route]) -> None:
    """The whole life of the process outside; it does not return."""
    status = 1
    # It ends with the process inside, which may still have to heal its faults after Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        _, listeners, _, _ = socket.recv_fds(outer, 1, len(routes))
        if listeners:
            asyncio.run(_serve(outer, [socket.socket(fileno=fd) for fd in listeners], routes))
        status = 0
    finally:
        os._exit(status)


async def _serve(outer: socket.socket, listeners: list[socket.socket], routes: Sequence[Route]) -> None:
    """Relay until the process inside has ended."""
    for listener, route in zip(listeners, routes, strict=True):
        await asyncio.start_server(_relay_to(route), sock=listener)
    outer.setblocking(False)
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().sock_recv(outer, 1)


def _relay_to(route: Route) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_CONNECT_S):
                far_reader, far_writer = await asyncio.open_connection(route.address.host, route.address.port)
        except OSError:
            # What does not answer outside must not look like a server that ended the connection in order.
            writer.transport.abort()
            return
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        for each in (writer, far_writer):
            await close(each)

    return relay


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction to its end; a connection that breaks, breaks at the other side too."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()
