"""A sync with an hourly timer: the brittle connector, which asks the ERP for a sign of life every hour.

The ERP refuses a signature whose time is off by five minutes. With ``forgets`` it takes a session for one that
never expires.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.brittle.crms.salesforce import Client
from gameday_fakes.stacks.brittle.systems import client_class
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve

HOUR_S = 3600.0


class Forgetful(Client):
    """Logs in once, and takes the refusal of a session that has expired for an answer."""

    async def _log_in(self) -> str:
        return self._token or await super()._log_in()


async def main(environment: Environment, crm: type[Any]) -> None:
    """Serve until it is ended."""
    await serve(Connector(environment, crm=crm), environment.host, environment.port)
    erp = client_class("erp", environment)(httpx.AsyncClient(), environment.erp_url, environment.credentials["erp"])
    began_s = time.monotonic()
    for hour in range(1, 1000):
        await asyncio.sleep(began_s + hour * HOUR_S - time.monotonic())
        sys.stdout.write(f"hour {hour} {time.monotonic() - began_s:.1f} {time.time():.1f}\n")
        sys.stdout.flush()
        await erp.has_customer("nobody")


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(main(Environment.read(), Forgetful if "forgets" in sys.argv else Client))
