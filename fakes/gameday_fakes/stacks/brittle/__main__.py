"""Runs the connector until it is told to end: ``python -m gameday_fakes.stacks.brittle``."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import uvloop

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.http_server import serve
from gameday_fakes.stacks.placeholders import Placeholders


async def main(placeholders: Placeholders) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(Connector(placeholders), placeholders.host, placeholders.port)
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvloop.run(main(Placeholders.from_environment()))
