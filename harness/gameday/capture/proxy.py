"""The recording proxy: bytes pass between a client and the stack as they are, and a copy is read for records."""

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

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 10.0
#: How long a client that is turned away may go on sending.
LINGER_S = 5.0
_CHUNK = 64 * 1024

TOO_LARGE = "requests too large to be recorded"
NOT_HTTP = "connections that are no HTTP/1.1, or cease to be"
FAILED = "connections that broke off"
COMPRESSED = "requests with a compressed body"
UNREACHED = "connections for which the stack could not be reached"

_REFUSED = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_UNREACHED = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _Tee:
    """Reads one connection's requests from a copy of its bytes. Whatever it meets, it never raises."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        #: Why the message that is coming in will not be recorded.
        self._skipped = ""

    def feed(self, data: bytes) -> None:
        """A further piece."""
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()
            self._traffic.miss(NOT_HTTP)

    def close(self) -> None:
        """Forget a message that did not come to its end."""
        self._parser = None
        self._skip("")

    # What httptools calls.

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
    """Passes connections on to a stack and shows their requests to ``traffic``.

    With a ``token``, a connection passes only if its first request carries it: ``Authorization: Bearer TOKEN``, or
    ``?token=TOKEN`` for a sender that cannot set headers, as Salesforce's outbound messages cannot.
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
        """Listen until left; gives the address. Raises GamedayError if it cannot be had."""
        try:
            server = await asyncio.start_server(self._accept, host, port)
        except OSError as problem:
            # What asyncio says of an address in use is a sentence with the address in it, once more.
            reason = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem.strerror
            raise GamedayError(
                f"cannot listen on {host}:{port}: {reason}", hint="port 0 takes a free one and names it"
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
            # The stream's own protocol would log the end of a cancelled task as an error.
            pass
        except Exception:  # noqa: BLE001 - the other connections go on, and a traceback may quote what passes
            self._traffic.miss(FAILED)
        finally:
            self._open.discard(task)
            writer.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await self._first_bytes(reader)
        if first is None:
            await _turn_away(reader, writer, _REFUSED)
            return
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                up_reader, up_writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        except (OSError, TimeoutError):
            self._traffic.miss(UNREACHED)
            await _turn_away(reader, writer, _UNREACHED)
            return
        tee = _Tee(self._traffic)
        try:
            there = asyncio.ensure_future(_pump(reader, up_writer, first, tee))
            back = asyncio.ensure_future(_pump(up_reader, writer))
            try:
                done, _ = await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
                if there in done and there.exception() is None:
                    # The client is done sending, and waits for its answer.
                    await asyncio.wait((back,))
                for task, other in ((there, up_writer), (back, writer)):
                    # A reset on the one side is one on the other.
                    if task.done() and not task.cancelled() and task.exception() is not None:
                        other.transport.abort()
            finally:
                for task in (there, back):
                    task.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        finally:
            tee.close()
            up_writer.close()

    async def _first_bytes(self, reader: asyncio.StreamReader) -> bytes | None:
        """What has been read already of a connection that may pass; None for one that may not."""
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


async def _turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
    """Answer, and let the client send what it was about to: to close on it is a reset, which overtakes the answer."""
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
    """Pass on what comes, at once; what ends here ends there."""
    piece = first or await reader.read(_CHUNK)
    while piece:
        writer.write(piece)
        if tee is not None:
            tee.feed(piece)
        await writer.drain()
        piece = await reader.read(_CHUNK)
    if writer.can_write_eof():
        writer.write_eof()
