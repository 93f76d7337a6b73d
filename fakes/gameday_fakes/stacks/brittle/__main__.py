"""Runs the connector until SIGTERM: ``python -m gameday_fakes.stacks.brittle``."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import uvloop

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve


async def main(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(Connector(environment), environment.host, environment.port)
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvloop.run(main(Environment.read()))
