"""A stack's HTTP port as an ASGI application, for a stack within another process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gameday_fakes.stacks.http_server import Handler, Request

App = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def application(handler: Handler) -> App:
    """The application that answers as the handler does."""

    async def answer(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reply = await handler(Request(scope["method"], scope["path"], body, headers, scope["query_string"].decode()))
        sent = [(b"content-type", reply.content_type.encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": reply.body})

    return answer
