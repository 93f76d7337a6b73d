"""The stack's HTTP port where several workers share its state: it stores events, schedules turns and fits the pool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cached_property

from gameday_fakes.stacks.durable import metrics
from gameday_fakes.stacks.durable.api import Api
from gameday_fakes.stacks.durable.postgres.jobs import LISTEN, POLL_EVERY_S
from gameday_fakes.stacks.durable.postgres.parts import PAUSED, SharedComposition
from gameday_fakes.stacks.durable.postgres.pool import Pool
from gameday_fakes.stacks.durable.store import Store, StoreError
from gameday_fakes.stacks.http_server import Handler, Request, Response

_log = logging.getLogger("durable")

#: How often the backlog is looked at, in real seconds.
LOOK_EVERY_S = 0.5
#: How long a deal that fell due may have no job, in real seconds: it gets one right after it is stored.
STRAY_AFTER_S = 2.0


class PauseSwitch:
    """Says in the store whether the workers claim deals."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def paused(self) -> bool:
        """Whether they do not."""
        return self._store.fact(PAUSED) == "yes"

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._store.set_fact(PAUSED, "yes" if paused else "")


class Port(SharedComposition):
    """The parts of the process that listens."""

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.rules)

    @cached_property
    def api(self) -> Api:
        def metrics_text() -> str:
            # Gates and requests are the workers'.
            return metrics.render(self.store, {}, (), self.reconciler)

        return Api(
            self.inbox,
            self.store,
            PauseSwitch(self.store),
            self.dead_letters,
            metrics_text,
            self.pager.test,
            self.crm,
            self.listener,
        )

    async def answer(self, request: Request) -> Response:
        """A reply to a request; 503 while there is no database, so that the sender tries again."""
        if (request.method, request.path) == ("GET", "/healthz"):
            return await self._health()
        try:
            return await self.api(request)
        except StoreError as problem:
            _log.warning("%s %s: %s", request.method, request.path, problem)
            return Response.of({"error": "the database does not answer"}, 503)

    async def _health(self) -> Response:
        try:
            # There is none before the tables are made.
            self.store.fact(PAUSED)
        except StoreError as problem:
            return Response.of({"status": str(problem)}, 503)
        return Response.of({"status": "ok"})

    @property
    def handler(self) -> Handler:
        return self.answer

    def periodic(self) -> list[Awaitable[None]]:
        """What schedules the turns, and looks for deals that nobody works on."""
        definition = self.definition
        periods_s = {
            "incidents": definition.alerts.tick_s,
            "redrive": definition.redrive_every_s,
            "write back": definition.source.write_back_every_s,
            "reconcile": definition.reconcile.every_s,
            "pager": POLL_EVERY_S,
            "tickets": POLL_EVERY_S,
        }
        turns = [self.every(period_s, self._turn(name), least_real_s=0.25) for name, period_s in periods_s.items()]
        if self.listener is not None:
            turns.append(self.every(self.listener.check_every_s, self._turn(LISTEN), at_once=True))
        return [*turns, self.every(definition.alerts.tick_s, self._wake_strays, least_real_s=1.0)]

    def _turn(self, name: str) -> Callable[[], Awaitable[None]]:
        async def take_turn() -> None:
            self.store.take_turn(name)

        take_turn.__qualname__ = f"turn {name}"
        return take_turn

    async def _wake_strays(self) -> None:
        if found := self.store.wake_strays(self.store.now_s() - STRAY_AFTER_S):
            _log.warning("%d deals had no job", found)

    async def run(self) -> None:
        """Run everything except the HTTP port, until cancelled."""
        await self._prepare()
        async with asyncio.TaskGroup() as group:
            for periodic in self.periodic():
                group.create_task(_as_coroutine(periodic))
            group.create_task(self.pool.run(self.store.waiting, LOOK_EVERY_S))

    async def _prepare(self) -> None:
        while True:
            try:
                return self.store.prepare()
            except StoreError as problem:
                _log.warning("%s", problem)
                await asyncio.sleep(LOOK_EVERY_S)


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable
