"""An HTTP CONNECT listener under which the vendors' host names lead to the fakes, and every other name nowhere.

A client that uses it through ``HTTPS_PROXY`` runs unmodified against the host names that it has built in. The listener
connects only to the fakes: a request for a real tenant gets 403.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping

import msgspec

from gameday_fakes.asgi import reset
from gameday_fakes.manifests import manifests
from gameday_fakes.streams import close

HTTPS_PORT = 443
LARGEST_HEAD_BYTES = 16 * 1024
#: What a connection may raise once the other side has reset it, or this side has: the loops name it differently.
_GONE = (OSError, RuntimeError)


def matches(pattern: str, name: str) -> bool:
    """Whether a host name matches a pattern; ``*`` matches one label.

    >>> matches("*.crm.example", "acme.crm.example"), matches("*.crm.example", "crm.example")
    (True, False)
    """
    expected, given = pattern.lower().split("."), name.lower().split(".")
    return len(expected) == len(given) and all(
        theirs != "" and ours in ("*", theirs) for ours, theirs in zip(expected, given, strict=True)
    )


class Asked(msgspec.Struct, frozen=True):
    """One request for a tunnel: host name and port, the client as its ``user-agent`` says, and if it was led on."""

    name: str
    port: int
    client: str = ""
    led: bool = True


class ConnectListener:
    """Tunnels to the fakes by host name; ``targets`` is pattern to (host, port), ``tell`` hears of every CONNECT.

    Clients ask for the vendors' own ports, which the manifests name.
    """

    def __init__(self, targets: Mapping[str, tuple[str, int]], *, tell: Callable[[Asked], None] | None = None) -> None:
        self._targets = targets
        self._ports = frozenset(port for each in manifests().values() for port in each.ports)
        self._tell = tell
        self._tunnels: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    @property
    def open(self) -> int:
        """How many tunnels there are now."""
        return len(self._tunnels)

    async def listen(self, sock: socket.socket) -> None:
        """Accept clients on a bound socket."""
        self._server = await asyncio.start_server(self._accept, sock=sock, limit=LARGEST_HEAD_BYTES)
        host, port = sock.getsockname()[:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and reset every tunnel."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tunnels):
            task.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    def target(self, name: str, port: int) -> tuple[str, int] | None:
        """The address for a host name, or None."""
        if port not in self._ports:
            return None
        return next((there for pattern, there in self._targets.items() if matches(pattern, name)), None)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._tunnel(reader, writer))
        self._tunnels.add(task)
        task.add_done_callback(self._tunnels.discard)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            refusal = "400 Bad Request", "not an HTTP request"
            with contextlib.suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
                head = await reader.readuntil(b"\r\n\r\n")
                method, name, port = _parse(head)
                there = self.target(name, port) if method == "CONNECT" else None
                if method == "CONNECT" and self._tell is not None:
                    self._tell(Asked(name[:253], port, _client(head), there is not None))
                if there is not None:
                    await self._join(reader, writer, there)
                    return
                refusal = _refusal(method, name, port, self._targets)
            _answer(writer, *refusal)
            await writer.drain()
        except _GONE:
            writer.transport.abort()
        finally:
            await close(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: tuple[str, int]) -> None:
        far_reader, far_writer = await asyncio.open_connection(*there)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ways = [asyncio.ensure_future(_copy(reader, far_writer)), asyncio.ensure_future(_copy(far_reader, writer))]
        try:
            await asyncio.gather(*ways)
        except (*_GONE, asyncio.CancelledError):
            # A reset by one side, or the end of this listener, resets the other side too.
            for end in (writer, far_writer):
                reset(end.transport)
            raise
        finally:
            for way in ways:
                way.cancel()
            await close(far_writer)


def _parse(head: bytes) -> tuple[str, str, int]:
    """Method, host name and port of a request's first line; port 0 where none is named. Raises ValueError."""
    method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    name, _, port = target.rpartition(":")
    return method, name.strip("[]"), int(port) if method == "CONNECT" else 0


def _client(head: bytes) -> str:
    """The client's own name in a request's head; empty if it gives none."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"user-agent":
            return value.strip().decode("latin-1")[:200]
    return ""


def _refusal(method: str, name: str, port: int, known: Mapping[str, object]) -> tuple[str, str]:
    if method != "CONNECT":
        return "405 Method Not Allowed", f"this proxy knows only CONNECT, not {method}"
    return "403 Forbidden", f"{name}:{port} is not a fake; known, at port {HTTPS_PORT}: {', '.join(sorted(known))}"


def _answer(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = f"{text}\n".encode("latin-1", "replace")
    fields = f"content-type: text/plain\r\ncontent-length: {len(body)}\r\nconnection: close"
    writer.write(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + body)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
