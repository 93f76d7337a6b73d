"""Calling an ASGI application in this process, as an HTTP client sees it: a reply, or a connection that is reset.

A fake is asked by a request of its own kind, as its server asks it: a scope and messages would only be made to be read
back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx

from gameday_fakes.answering import Answering
from gameday_fakes.asgi import MAX_BODY_BYTES
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped

Message = dict[str, Any]
App = Callable[[Any, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""

Answer = httpx.Response | Coroutine[Any, Any, httpx.Response]
"""A response, or what gives it once what it waits for has come; that may raise ReadError."""


def begun(app: App, request: httpx.Request) -> Answer:
    """What an application answers to a request."""
    if not isinstance(app, Answering) or len(request.content) > MAX_BODY_BYTES:
        return Call(app, request).reply()
    path, _, query = request.url.raw_path.partition(b"?")
    asked = Request(
        request.method,
        path.decode("latin-1"),
        query_string=query,
        headers={name.lower(): value for name, value in request.headers.raw},
        body=request.content,
        scheme=request.url.scheme,
    )
    answer = app.begun(asked)
    return _response(answer, request) if isinstance(answer, Reply) else _waited_for(app, answer, request)


async def _waited_for(app: Answering, answer: Coroutine[Any, Any, Reply], request: httpx.Request) -> httpx.Response:
    try:
        return _response(await app.waited_for(answer), request)
    except Dropped:
        raise httpx.ReadError("the connection was reset", request=request) from None


def _response(reply: Reply, request: httpx.Request) -> httpx.Response:
    headers = reply.all_headers()
    if any(name == b"content-encoding" for name, _ in headers):
        return httpx.Response(reply.status, headers=headers, content=reply.body, request=request)
    response = httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body), request=request)
    # It is here as it is: httpx would read it through four generators.
    response._content = reply.body
    return response


class _Transport:
    """What a fake uses of its connection: it can be reset."""

    def __init__(self) -> None:
        self.reset = asyncio.Event()

    def get_extra_info(self, _: str) -> None:
        return None

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.reset.set()


class Call:
    """One request to an application. ``received`` and ``sent`` are the bytes of the two bodies."""

    def __init__(self, app: App, request: httpx.Request) -> None:
        self._app = app
        self._request = request
        self._transport = _Transport()
        self._body: list[bytes] = []
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._given = False

    async def reply(self) -> httpx.Response:
        """The whole reply. Raises ReadError if the application reset the connection."""
        url = self._request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 0),
            "extensions": {"gameday.transport": self._transport},
        }
        await self._app(scope, self._receive, self._send)
        if self._transport.reset.is_set() or not self._status:
            raise httpx.ReadError("the connection was reset", request=self._request)
        return httpx.Response(self._status, headers=self._headers, content=b"".join(self._body), request=self._request)

    async def _receive(self) -> Message:
        if self._given:
            if self._transport.reset.is_set():
                return {"type": "http.disconnect"}
            await self._transport.reset.wait()
            return {"type": "http.disconnect"}
        self._given = True
        return {"type": "http.request", "body": self._request.content, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        else:
            self._body.append(message.get("body", b""))
