"""A small sync of booked sales orders, records of a custom object with their positions, to the ERP.

It is the brittle stack with other names: it takes the deal from the message, and its lines from a query.
"""

from __future__ import annotations

import asyncio
import signal
from decimal import Decimal

from gameday_fakes.stacks.brittle.connector import Connector
from gameday_fakes.stacks.brittle.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import serve


class SalesOrders(Salesforce):
    """Reads booked sales orders as deals."""

    async def deal(self, event: dict[str, str]) -> Deal:
        usual = {"AccountId": event["Customer__c"], "CloseDate": event["Booked_On__c"]}
        won = "true" if event["Phase__c"] == "Booked" else "false"
        return await super().deal({**event, **usual, "IsWon": won})

    async def lines(self, deal: str) -> list[Line]:
        positions = await self._query(
            f"SELECT Article__r.ProductCode, Pieces__c, Price__c, Sum__c FROM Position__c WHERE Order__c = '{deal}'"
        )
        return [
            Line(
                each["Article__r"]["ProductCode"],
                *(Decimal(each[name]) for name in ("Pieces__c", "Price__c", "Sum__c")),
            )
            for each in positions
        ]


async def main(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(Connector(environment, crm=SalesOrders), environment.host, environment.port)
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(main(Environment.read()))
