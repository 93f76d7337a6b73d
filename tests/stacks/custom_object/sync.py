"""A small sync of booked sales orders, records of a custom object with their positions, to the ERP.

It is the brittle stack with other names: it takes the deal from the message, and its lines from a query.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import Any

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve


class SalesOrders(Connector):
    """Carries booked sales orders over."""

    async def process(self, deal: Mapping[str, str]) -> None:
        if deal["Phase__c"] == "Booked":
            usual = {"AccountId": deal["Customer__c"], "CloseDate": deal["Booked_On__c"]}
            await super().process({**deal, **usual})

    async def read_lines(self, deal: str) -> list[dict[str, Any]]:
        positions = await self._query(
            f"SELECT Article__r.ProductCode, Pieces__c, Price__c, Sum__c FROM Position__c WHERE Order__c = '{deal}'"
        )
        return [
            {
                "ProductCode": each["Article__r"]["ProductCode"],
                "Quantity": each["Pieces__c"],
                "UnitPrice": each["Price__c"],
                "TotalPrice": each["Sum__c"],
                "Tax_Code__c": None,
            }
            for each in positions
        ]


async def main(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(SalesOrders(environment), environment.host, environment.port)
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(main(Environment.read()))
