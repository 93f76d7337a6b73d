"""Outbound messages of the fake Salesforce through the recording proxy: the receiver gets what is recorded."""

from __future__ import annotations

import asyncio
import urllib.parse
from typing import Any

import httpx

from gameday.base.ports import free_port
from gameday.capture.proxy import RecordingProxy
from gameday.capture.raw_record import RawRecord
from gameday.capture.traffic import Traffic
from gameday.model.contract import Contract
from gameday_fakes.serve import serving
from gameday_fakes.serve_options import ServeOptions
from gameday_fakes.stacks.http_server import Request, Response, serve
from gameday_fakes.stacks.outbound_message import ACK, CONTENT_TYPE, Notification, parse
from support.control import ControlToken

CATALOG = {
    "accounts": [{"key": "A-1", "name": "Northwind", "currency": "EUR"}],
    "products": [{"sku": "SKU-1", "name": "Anvil", "prices": {"EUR": "9.99"}}],
}
DEAL = {
    "name": "Zwölfkammer & <Quantenfabrik>",
    "account": "A-1",
    "currency": "EUR",
    "amount": "19.98",
    "close_date": "2024-03-31",
    "lines": [{"sku": "SKU-1", "quantity": "2", "unit_price": "9.99", "amount": "19.98"}],
}


async def _won(contract: Contract) -> tuple[list[Notification], list[dict[str, Any]]]:
    """One deal is won: what the receiver got, and what was recorded."""
    received: asyncio.Queue[Notification] = asyncio.Queue()

    async def receive(request: Request) -> Response:
        for notification in parse(request.body):
            received.put_nowait(notification)
        return Response(200, ACK, CONTENT_TYPE)

    port = free_port()
    traffic = Traffic(contract.crm_fields, limit=10)
    stack = await serve(receive, "127.0.0.1", port)
    proxy = RecordingProxy(urllib.parse.urlsplit(f"http://127.0.0.1:{port}"), traffic)
    async with (
        serving(ServeOptions(fakes=("salesforce",), token="open")) as (_, control),
        proxy.listening("127.0.0.1", 0) as where,
        httpx.AsyncClient(
            base_url=f"{control}/salesforce", auth=ControlToken(control, "open"), trust_env=False, timeout=30
        ) as client,
    ):
        await client.post("/configure", json={"outbound_url": f"http://{where}/outbound-messages"})
        for f, value in (("seed", CATALOG), ("close_deal", DEAL)):
            reply = await client.post("/operations", json={"f": f, "key": "D-1", "value": value})
            reply.raise_for_status()
        first = await asyncio.wait_for(received.get(), 30)
    await stack.close()
    traffic.close()
    return [first], [one.record["Opportunity"] for one in traffic.read() if isinstance(one, RawRecord)]


def test_what_the_receiver_gets_is_what_is_recorded(contract: Contract) -> None:
    (got,), recorded = asyncio.run(_won(contract))
    assert got.fields["Name"] == DEAL["name"]
    assert recorded
    assert {name: str(value) for name, value in recorded[0].items()} == {
        name: "True" if name == "IsWon" else text for name, text in got.fields.items()
    }
