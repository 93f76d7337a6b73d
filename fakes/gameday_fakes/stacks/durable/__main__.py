"""Runs the stack until SIGTERM: ``python -m gameday_fakes.stacks.durable``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

import uvloop

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve


async def main(composition: Composition) -> None:
    """Serve and work until SIGTERM or SIGINT. Unfinished deals are on disk and continue at the next start."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    environment = composition.environment
    server = await serve(composition.api, environment.host, environment.port)
    work = loop.create_task(composition.run())
    ended = loop.create_task(stop.wait())
    await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
    await server.close()
    ended.cancel()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    composition.store.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    environment = Environment.read()
    if environment.bug:
        from gameday_fakes.stacks.durable.bugs import plant

        composition = plant(environment)
    else:
        composition = Composition(environment)
    uvloop.run(main(composition))
