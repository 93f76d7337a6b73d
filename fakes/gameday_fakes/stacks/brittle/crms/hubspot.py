"""HubSpot: takes the events of its webhooks, and reads deals, lines and companies with the token of a private app."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode
from gameday_fakes.stacks.http_server import Request, Response

OBJECTS = "/crm/v3/objects"
HOME_CURRENCY = "USD"
DEAL = "dealname,closedate,deal_currency_code,hs_is_closed_won"
LINE = "hs_sku,quantity,price,amount,tax_code"


class Client:
    """One account."""

    ack = Response(204)
    nack = Response.of({"error": "try again"}, 500)

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._headers = {"authorization": f"Bearer {credentials['access_token']}"}

    def events(self, request: Request) -> list[dict[str, str]]:
        """The deals that are new or have another stage. Raises ValueError."""
        events: list[dict[str, Any]] = request.json() or []
        taken = [
            each
            for each in events
            if each["subscriptionType"] == "deal.creation" or each.get("propertyName") == "dealstage"
        ]
        return [{"id": str(each["objectId"])} for each in taken]

    async def deal(self, event: dict[str, str]) -> Deal:
        """The deal as it is now, with its first company. Raises httpx.HTTPError."""
        found = await self._get(f"{OBJECTS}/deals/{event['id']}?properties={DEAL}&associations=companies")
        own = found["properties"]
        return Deal(
            id=event["id"],
            account=found["associations"]["companies"]["results"][0]["id"],
            currency=own.get("deal_currency_code") or HOME_CURRENCY,
            close_date=own["closedate"][:10],
            name=own["dealname"],
            won=own.get("hs_is_closed_won") != "false",
        )

    async def lines(self, deal: str) -> list[Line]:
        """The deal's lines. Raises httpx.HTTPError."""
        linked = await self._get(f"/crm/v4/objects/deals/{deal}/associations/line_items")
        found = []
        for each in linked["results"]:
            line = await self._get(f"{OBJECTS}/line_items/{each['toObjectId']}?properties={LINE}")
            own = line["properties"]
            quantity, price, amount = (Decimal(own[name]) for name in ("quantity", "price", "amount"))
            found.append(Line(own["hs_sku"], quantity, price, amount, own.get("tax_code") or ""))
        return found

    async def account(self, account: str) -> tuple[str, str]:
        """Name and currency of a company. Raises httpx.HTTPError."""
        own = (await self._get(f"{OBJECTS}/companies/{account}?properties=name,account_currency"))["properties"]
        return own["name"], own.get("account_currency") or HOME_CURRENCY

    async def _get(self, path: str) -> Any:
        reply = await self._http.get(f"{self._url}{path}", headers=self._headers)
        reply.raise_for_status()
        return decode(reply.content)
