"""A sync with an hourly timer: the brittle connector, which asks the ERP for a sign of life every hour.

The ERP refuses a signature whose time is off by five minutes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time

import httpx

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.brittle.systems import client_class
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve

HOUR_S = 3600.0


async def main(environment: Environment) -> None:
    """Serve until it is ended."""
    await serve(Connector(environment), environment.host, environment.port)
    # On this clock, seconds are over before a busy machine has answered, and httpx waits for five.
    http = httpx.AsyncClient(timeout=HOUR_S)
    erp = client_class("erp", environment)(http, environment.erp_url, environment.credentials["erp"])
    began_s = time.monotonic()
    for hour in range(1, 1000):
        await asyncio.sleep(began_s + hour * HOUR_S - time.monotonic())
        sys.stdout.write(f"hour {hour} {time.monotonic() - began_s:.1f} {time.time():.1f}\n")
        sys.stdout.flush()
        await erp.has_customer("nobody")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(main(Environment.read()))
