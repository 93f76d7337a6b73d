"""The stack within another process, as `gameday explore` simulates it: see [stack.NAME] in_process in gameday.toml."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gameday_fakes.stacks.durable.bugs import plant
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import Request

App = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


async def run(variables: Mapping[str, str], serve: Callable[[App], None]) -> None:
    """Work until cancelled, which ends the stack as a killed process ends: what is not on disk is lost.

    ``serve`` gets its port as an ASGI application.
    """
    environment = Environment.read(variables)
    composition = plant(environment) if environment.bug else Composition(environment)
    try:
        serve(_application(composition))
        await composition.run()
    finally:
        composition.store.abandon()


def _application(composition: Composition) -> App:
    async def application(
        scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reply = await composition.api(Request(scope["method"], scope["path"], body, headers))
        sent = [(b"content-type", reply.content_type.encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": reply.body})

    return application
