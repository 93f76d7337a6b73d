"""Runs the stack until it is told to end: ``python -m gameday_fakes.stacks.durable``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

import uvloop

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.http_server import serve
from gameday_fakes.stacks.placeholders import Placeholders


async def main(composition: Composition) -> None:
    """Serve and work until SIGTERM or SIGINT; what is in hand is on disk and goes on at the next start."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    where = composition.placeholders
    server = await serve(composition.api, where.host, where.port)
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
    placeholders = Placeholders.from_environment()
    made: Composition
    if placeholders.bug:
        from gameday_fakes.stacks.durable.bugs import plant

        made = plant(placeholders)
    else:
        made = Composition(placeholders)
    uvloop.run(main(made))
