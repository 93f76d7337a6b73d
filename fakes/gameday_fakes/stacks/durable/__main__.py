"""Runs the stack until SIGTERM: ``python -m gameday_fakes.stacks.durable``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

import uvloop

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import Handler, serve


async def main(composition: Composition, handler: Handler | None = None) -> None:
    """Serve and work until SIGTERM or SIGINT. Unfinished deals are on disk and continue at the next start.

    ``handler`` answers requests in place of the composition's own.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    environment = composition.environment
    server = await serve(handler or composition.handler, environment.host, environment.port)
    work = loop.create_task(composition.run())
    ended = loop.create_task(stop.wait())
    await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
    await server.close()
    ended.cancel()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    composition.store.close()


def compose(environment: Environment) -> Composition:
    """The stack that the environment and the definition ask for. Raises SystemExit with one line."""
    database = environment.database or load(environment.crm, environment.erp).workers.database
    if environment.bug and database:
        raise SystemExit("the bugs are planted in the stack of one process: leave GAMEDAY_DATABASE out")
    if environment.bug:
        from gameday_fakes.stacks.durable.bugs import plant

        return plant(environment)
    if not database:
        return Composition(environment)
    try:
        from gameday_fakes.stacks.durable.postgres.port import Port
    except ModuleNotFoundError as missing:
        needed = "pip install procrastinate 'psycopg[binary]' psycopg-pool"
        raise SystemExit(f"a state in PostgreSQL needs the package {missing.name}: {needed}") from None
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    return Port(environment)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvloop.run(main(compose(Environment.read())))
