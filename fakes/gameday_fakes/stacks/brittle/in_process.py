"""The connector within another process, as `gameday explore` simulates it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from gameday_fakes.stacks.asgi import App, application
from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.environment import Environment


async def run(variables: Mapping[str, str], serve: Callable[[App], None]) -> None:
    """Answer until cancelled. ``serve`` gets the port as an ASGI application."""
    serve(application(Connector(Environment.read(variables))))
    await asyncio.Event().wait()
