"""The recording proxy: forwards bytes unchanged between a client and the stack, and reads records from a copy."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import ssl
import urllib.parse
from collections.abc import AsyncIterator

import httptools

from gameday.base.errors import GamedayError
from gameday.capture.traffic import BEHIND, Traffic
from gameday_fakes.streams import close

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 10.0
#: How long a refused client may go on sending.
LINGER_S = 5.0
_CHUNK = 64 * 1024

TOO_LARGE = "requests too large to be recorded"
NOT_HTTP = "connections that are not HTTP/1.1 throughout"
FAILED = "connections that broke off"
COMPRESSED = "requests with a compressed body"
UNREACHED = "connections for which the stack could not be reached"

_REFUSED = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_UNREACHED = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _Tee:
    """Reads one connection's requests from a copy of its bytes. It never raises."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        #: Why the current message is not recorded; empty if it is.
        self._skipped = ""

    def feed(self, data: bytes) -> None:
        """Read a piece of the connection."""
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()
            self._traffic.miss(NOT_HTTP)

    def close(self) -> None:
        """Forget a message that is not complete."""
        self._parser = None
        self._skip("")

    # Called by httptools.

    def on_message_begin(self) -> None:
        self._headers, self._skipped = {}, ""

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        if self._skipped:
            return
        if self._headers.get(b"content-encoding", b"identity") != b"identity":
            self._skip(COMPRESSED)
        elif self._size + len(body) > MAX_BODY_BYTES:
            self._skip(TOO_LARGE)
        elif not self._traffic.reserve(len(body)):
            self._skip(BEHIND)
        else:
            self._size += len(body)
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._skipped:
            self._traffic.miss(self._skipped)
            return
        kind = self._headers.get(b"content-type", b"").decode("latin-1")
        self._traffic.offer(kind, b"".join(self._body))
        self._body, self._size = [], 0

    def _skip(self, reason: str) -> None:
        self._traffic.release(self._size)
        self._body, self._size, self._skipped = [], 0, reason


class RecordingProxy:
    """Forwards connections to a stack and copies their requests to ``traffic``.

    With a ``token``, a connection is forwarded only if its first request carries it: ``Authorization: Bearer TOKEN``,
    or ``?token=TOKEN`` for a sender that cannot set headers, as some CRMs cannot.
    """

    def __init__(self, target: urllib.parse.SplitResult, traffic: Traffic, *, token: str = "") -> None:
        self._host = target.hostname or ""
        self._tls = ssl.create_default_context() if target.scheme == "https" else None
        self._port = target.port or (443 if self._tls else 80)
        self._traffic = traffic
        self._token = token
        self._open: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[str]:
        """Listen while the context is open; gives the address. Raises GamedayError if the address is not available."""
        try:
            server = await asyncio.start_server(self._accept, host, port)
        except OSError as problem:
            # asyncio's own message repeats the address.
            reason = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem.strerror
            raise GamedayError(
                f"cannot listen on {host}:{port}: {reason}", hint="with port 0 it takes a free port and prints it"
            ) from None
        try:
            name = server.sockets[0].getsockname()
            yield f"{f'[{name[0]}]' if ':' in name[0] else name[0]}:{name[1]}"
        finally:
            server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        try:
            await self._connection(reader, writer)
        except asyncio.CancelledError:
            # The stream's protocol would log the cancellation as an error.
            pass
        except Exception:  # noqa: BLE001 - the other connections go on, and a traceback may quote the traffic
            self._traffic.miss(FAILED)
        finally:
            await close(writer)
            self._open.discard(task)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await self._first_bytes(reader)
        if first is None:
            await _refuse(reader, writer, _REFUSED)
            return
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                up_reader, up_writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        except (OSError, TimeoutError):
            self._traffic.miss(UNREACHED)
            await _refuse(reader, writer, _UNREACHED)
            return
        tee = _Tee(self._traffic)
        try:
            upward = asyncio.ensure_future(_pump(reader, up_writer, first, tee))
            downward = asyncio.ensure_future(_pump(up_reader, writer))
            try:
                done, _ = await asyncio.wait((upward, downward), return_when=asyncio.FIRST_COMPLETED)
                if upward in done and upward.exception() is None:
                    # The client has sent everything and waits for its answer.
                    await asyncio.wait((downward,))
                for task, other in ((upward, up_writer), (downward, writer)):
                    # A reset on one side becomes a reset on the other.
                    if task.done() and not task.cancelled() and task.exception() is not None:
                        other.transport.abort()
            finally:
                for task in (upward, downward):
                    task.cancel()
                await asyncio.gather(upward, downward, return_exceptions=True)
        finally:
            tee.close()
            await close(up_writer)

    async def _first_bytes(self, reader: asyncio.StreamReader) -> bytes | None:
        """The bytes that were read to find the token; None for a connection that is refused."""
        if not self._token:
            return b""
        head = b""
        while b"\r\n\r\n" not in head:
            piece = await reader.read(_CHUNK)
            head += piece
            if not piece or len(head) > MAX_HEAD_BYTES:
                return None
        return head if self._carries_token(head.partition(b"\r\n\r\n")[0].decode("latin-1")) else None

    def _carries_token(self, head: str) -> bool:
        line, _, headers = head.partition("\r\n")
        given = re.findall(r"(?im)^authorization:[ \t]*bearer[ \t]+(\S+)[ \t]*$", headers.replace("\r\n", "\n"))
        target = line.split(" ")[1] if line.count(" ") == 2 else ""
        given += urllib.parse.parse_qs(target.partition("?")[2]).get("token", [])
        return any(hmac.compare_digest(one.encode(), self._token.encode()) for one in given)


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
    """Answer, and read what the client is still sending: closing at once is a reset, which can overtake the answer."""
    writer.write(answer)
    await writer.drain()
    with contextlib.suppress(OSError, TimeoutError):
        if writer.can_write_eof():
            writer.write_eof()
        async with asyncio.timeout(LINGER_S):
            while await reader.read(_CHUNK):
                pass


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes = b"", tee: _Tee | None = None
) -> None:
    """Forward bytes as they come; the end of one side ends the other."""
    piece = first or await reader.read(_CHUNK)
    while piece:
        writer.write(piece)
        if tee is not None:
            tee.feed(piece)
        await writer.drain()
        piece = await reader.read(_CHUNK)
    if writer.can_write_eof():
        writer.write_eof()
