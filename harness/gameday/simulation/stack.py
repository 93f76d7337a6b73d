"""A stack within this process: a Python function that its table names, on the loop's virtual time.

``async def run(variables, serve)``: the values of the table's ``env``, and a function that gets the stack's port as an
ASGI application. It works until it is cancelled. It must wait only in asyncio, call only with httpx, and
start no thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from gameday.base.errors import GamedayError, RunError
from gameday.config.stack_table import StackTable
from gameday.model.events import HarnessEvent
from gameday.run.placeholders import Placeholders, fill
from gameday.run.stack import Stack
from gameday.simulation.asgi_call import App, Call
from gameday.simulation.links import Link

#: What the history says where it would name the stack's process.
NO_PROCESS = 1

RunStack = Callable[[Mapping[str, str], Callable[[App], None]], Awaitable[None]]


def cannot_simulate(table: StackTable) -> GamedayError:
    """The error for a stack that cannot be simulated."""
    return GamedayError(
        f"stack {table.name!r} cannot be simulated: its table has no in_process",
        hint="write --mode live, or give it one: docs/explore.md",
    )


def load(table: StackTable) -> RunStack:
    """The function that a table names. Raises GamedayError."""
    module, _, name = table.in_process.partition(":")
    where = f"in_process of [stack.{table.name}]"
    if not module:
        raise cannot_simulate(table)
    try:
        found: RunStack = getattr(importlib.import_module(module), name)
    except Exception as problem:  # noqa: BLE001 - the module may be anybody's
        raise GamedayError(f"{where}: cannot load {table.in_process!r}: {type(problem).__name__}: {problem}") from None
    return found


class _Hooks(httpx.AsyncBaseTransport):
    def __init__(self, link: Link) -> None:
        self._link = link

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._link.app is None:
            raise httpx.ConnectError("connection refused", request=request)
        await request.aread()
        return await Call(self._link.app, request).reply()


class InProcessStack(Stack):
    """The stack of a simulated run; it listens at the end of ``link``, and of ``direct``, which no fault affects."""

    def __init__(self, table: StackTable, placeholders: Placeholders, log: Path, link: Link, direct: Link) -> None:
        super().__init__(table, placeholders, log, environment={})
        self._run = load(table)
        self._link = link
        self._direct = direct
        self._task: asyncio.Task[None] | None = None
        # Its hooks are called beside the link, which faults may affect.
        self._http = httpx.AsyncClient(base_url=self._base_url, transport=_Hooks(link))
        values = placeholders.values()
        self._variables = {
            name: fill(text, values, where=f"the table of stack {table.name!r}") for name, text in table.env.items()
        }

    def pids(self, process: str = "") -> list[int]:
        return [NO_PROCESS] if self._task is not None and not self._task.done() else []

    def events(self) -> list[HarnessEvent]:
        return []

    async def start(self, process: str = "") -> None:
        if self._task is not None and not self._task.done():
            return

        def serve(app: App) -> None:
            self._link.app = self._direct.app = app

        self._task = asyncio.create_task(self._worked(serve))

    async def _worked(self, serve: Callable[[App], None]) -> None:
        await self._run(self._variables, serve)

    def _check(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            problem = self._task.exception()
            why = f"{type(problem).__name__}: {problem}" if problem is not None else "it returned"
            raise RunError(f"stack {self.table.name!r} ended by itself: {why}")

    async def kill(self, process: str = "") -> None:
        self._link.app = self._direct.app = None
        for task in [*self._link.tasks, *self._direct.tasks]:
            task.cancel()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._task

    async def close(self) -> None:
        await self.kill()
        await self._http.aclose()
