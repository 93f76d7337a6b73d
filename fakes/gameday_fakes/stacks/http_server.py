"""A small HTTP/1.1 server for a stack's port: httptools and one coroutine per connection.

A framework would take longer to import than the rest of a stack, and eight stacks may start at once on two cores.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import httptools

MAX_BODY_BYTES = 8 * 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass
class Request:
    """One request; ``path`` without its ``query``; header names in lower case."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""

    def json(self) -> Any:
        """The parsed JSON body, or None if there is no body. Raises ValueError."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Response:
    """One reply."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"

    @classmethod
    def of(cls, value: Any, status: int = 200) -> Response:
        """A JSON reply; values that JSON cannot express become text."""
        return cls(status, json.dumps(value, default=str).encode())


Handler = Callable[[Request], Awaitable[Response]]


class _Connection(asyncio.Protocol):
    """One connection. Requests are answered in order, also for a client that pipelines them."""

    def __init__(self, handler: Handler, connections: set[_Connection]) -> None:
        self._handler = handler
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: asyncio.Queue[tuple[Request, bool]] = asyncio.Queue()
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream protocol always gets a Transport; uvloop's class is not registered as one.
        self.transport = cast("asyncio.Transport", transport)
        self._connections.add(self)
        self._task = asyncio.get_running_loop().create_task(self._answer())

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._close()

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body, self._size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > MAX_BODY_BYTES:
            self._close()
        self._body.append(body)

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        request = Request(self._parser.get_method().decode(), path, b"".join(self._body), self._headers, query)
        self._waiting.put_nowait((request, self._parser.should_keep_alive()))

    async def _answer(self) -> None:
        while True:
            request, keep_alive = await self._waiting.get()
            try:
                response = await self._handler(request)
            except Exception:  # noqa: BLE001 - one bad request must not end the connection's task
                _log.exception("%s %s", request.method, request.path)
                response = Response.of({"error": "internal error"}, 500)
            head = (
                f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
                f"content-type: {response.content_type}\r\ncontent-length: {len(response.body)}\r\n"
                f"connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
            )
            if self.transport is None or self.transport.is_closing():
                return
            self.transport.write(head.encode() + (b"" if request.method == "HEAD" else response.body))
            if not keep_alive:
                self._close()
                return

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()


class Server:
    """A listening server and its open connections."""

    def __init__(self, server: asyncio.Server, connections: set[_Connection]) -> None:
        self._server = server
        self._connections = connections

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        await self._server.wait_closed()


async def serve(handler: Handler, host: str, port: int) -> Server:
    """Answer requests with ``handler``. Raises OSError if the address is not available."""
    connections: set[_Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(handler, connections), host, port, backlog=512)
    return Server(server, connections)
