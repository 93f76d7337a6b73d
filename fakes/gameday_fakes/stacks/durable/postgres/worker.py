"""A worker: ``python -m gameday_fakes.stacks.durable.postgres.worker``. It runs until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import Any

import procrastinate
import psycopg
import psycopg_pool
import uvloop
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from gameday_fakes.stacks.durable.postgres.engine import JobEngine
from gameday_fakes.stacks.durable.postgres.jobs import DEALS, LISTEN, POLL_EVERY_S, REDO, SETTLE, TURN, TURNS
from gameday_fakes.stacks.durable.postgres.parts import PAUSED, POOLED_VARIABLE, SharedComposition
from gameday_fakes.stacks.durable.store import StoreError
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Environment

_log = logging.getLogger("durable")

#: How many turns a worker may be at at a time: each has a lock of its own.
TURNS_AT_ONCE = 4
#: How long a worker waits before it tries its database anew, in real seconds.
AGAIN_S = 0.5
#: How long it waits for its jobs when it is asked to end, in real seconds.
GRACE_S = 0.5
#: How long a job waits for a connection before the database counts as lost, in real seconds.
POOL_TIMEOUT_S = 10.0
LOST = (StoreError, ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)


class LostDatabaseError(Exception):
    """The worker stopped because it cannot reach its database."""


class Worker(SharedComposition):
    """The parts of a worker. What it has in memory is gone once it loses its database: it starts afresh."""

    @cached_property
    def engine(self) -> JobEngine:
        engine = JobEngine(
            self.store,
            self.definition,
            self.pace,
            self.store,
            self.inbox,
            self.gates,
            self.reader,
            self.contract,
            self.prices,
            self.settlement,
            self.failures,
            self.dead_letters,
        )
        engine.tiers = self.tiers
        return engine

    def turns(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """What only one worker at a time does."""
        pager, tickets = self.outboxes()
        listen = {LISTEN: self.listener.keep} if self.listener is not None else {}
        return {
            **listen,
            "incidents": self.update_incidents,
            "redrive": self.redrive,
            "write back": self.write_back.run_once,
            "reconcile": self.reconciler.run_once,
            "pager": pager.send,
            "tickets": tickets.send,
        }

    async def run(self) -> None:
        """Work until cancelled. Raises LostDatabaseError, or what the database raised."""
        # Without transactions that are left open between two requests, a worker that is stopped holds no lock.
        connector = procrastinate.PsycopgConnector(
            conninfo=self.url, configure=_autocommit, min_size=2, max_size=8, timeout=POOL_TIMEOUT_S
        )
        app = procrastinate.App(connector=connector)
        app.task(name=SETTLE, queue=DEALS)(self.engine.settle)
        turns = self.turns()

        async def turn(name: str) -> None:
            try:
                await turns[name]()
            except Trouble as trouble:
                _log.warning("%s: %s", name, trouble)
            await self.store.committed()

        async def redo(deal: str) -> None:
            self.store.redo(deal)
            await self.store.committed()

        app.task(name=TURN, queue=TURNS)(turn)
        app.task(name=REDO, queue=DEALS)(redo)
        async with app.open_async(), asyncio.TaskGroup() as group:
            group.create_task(self._serve(app, DEALS, self.rules.jobs))
            group.create_task(self._serve(app, TURNS, TURNS_AT_ONCE))
            group.create_task(self._watch(app))
            group.create_task(self.every(self.definition.alerts.tick_s, self._gather_held_up))

    async def _serve(self, app: procrastinate.App, queue: str, jobs: int) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=jobs,
            install_signal_handlers=False,
            fetch_job_polling_interval=self.pace.real_s(POLL_EVERY_S, least_real_s=0.1),
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="always",
            update_heartbeat_interval=self.lease_real_s / 4,
            stalled_worker_timeout=100 * self.lease_real_s,
        )
        raise LostDatabaseError(queue)

    async def _gather_held_up(self) -> None:
        """The gates of this worker are known here only."""
        self.incidents.gather_held_up()

    async def _watch(self, app: procrastinate.App) -> None:
        """Learn whether the stack is paused, and run again the jobs of workers that show no sign of life.

        A request that such a worker had sent may reach the ERP after the next has looked for an invoice, and make a
        second one. So the deal is written anew once no request of that worker can be on its way any more.
        """
        timeout_s = self.pace.timeout_s(self.definition.timeout_s)
        while True:
            self.engine.paused = self.store.fact(PAUSED) == "yes"
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.lease_real_s):
                _log.warning("stalled: %s", job.call_string)
                await _run_again(app.job_manager, job)
                if job.task_name == SETTLE:
                    self.store.redo_in(str(job.task_kwargs["deal"]), self.lease_real_s + timeout_s)
            await asyncio.sleep(self.lease_real_s / 4)


async def _run_again(manager: JobManager, job: Job) -> None:
    # Another worker may have been quicker.
    with contextlib.suppress(ConnectorException):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # A later job for the same waits behind it already, and does its work too.
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


async def _autocommit(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


async def work(environment: Environment, stop: asyncio.Event) -> None:
    """Work until cancelled, each time afresh after the database was lost.

    ``stop`` is set before the cancellation, which may meet the loss of the database.
    """
    while not stop.is_set():
        worker = Worker(environment)
        try:
            worker.store.prepare()
            await worker.run()
        except (LostDatabaseError, *LOST) as problem:
            _log.warning("the database is lost: %s", problem)
        except BaseExceptionGroup as group:
            _, others = group.split((LostDatabaseError, *LOST))
            if others is not None:
                raise others from None
            _log.warning("the database is lost: %s", group.exceptions[0])
        finally:
            worker.store.abandon()
        await asyncio.sleep(AGAIN_S)


async def main(environment: Environment) -> None:
    """Work until SIGTERM or SIGINT, or until the end of standard input for a worker of the port's."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    working = loop.create_task(work(environment, stop))

    def end() -> None:
        stop.set()
        working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if os.environ.get(POOLED_VARIABLE):
        loop.add_reader(sys.stdin.fileno(), partial(os._exit, 0))
    with contextlib.suppress(asyncio.CancelledError):
        await working


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("httpx", "procrastinate"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of tasks that other modules could not find by this one's name; here they are made and found in one place.
    logging.getLogger("procrastinate.blueprints").setLevel(logging.ERROR)
    uvloop.run(main(Environment.read()))
