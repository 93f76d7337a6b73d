"""Dataverse: takes the webhook of opportunities, and reads them, their lines and accounts as the application user."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode
from gameday_fakes.stacks.http_server import Request, Response

ROOT = "/api/data/v9.2"
HOME_CURRENCY = "USD"
WON = 1
DEAL = "$select=name,actualclosedate,statecode&$expand=customerid_account($select=accountnumber),transactioncurrencyid"
LINE = "$select=quantity,priceperunit,extendedamount,tax,new_taxcode&$expand=productid($select=productnumber)"


class Client:
    """One environment."""

    ack = Response(204)
    # Dataverse makes one more attempt after a 503, and none after a 500.
    nack = Response.of({"error": "try again"}, 503)

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._credentials = credentials
        self._token = ""

    def events(self, request: Request) -> list[dict[str, str]]:
        """The opportunity whose state has changed, if it is about one. Raises ValueError."""
        context = request.json()
        if context["PrimaryEntityName"] != "opportunity" or context["MessageName"] != "Update":
            return []
        target = context["InputParameters"][0]["value"]
        changed = {each["key"] for each in target["Attributes"]}
        return [{"id": context["PrimaryEntityId"]}] if "statecode" in changed else []

    async def deal(self, event: dict[str, str]) -> Deal:
        """The deal as it is now, with its account. Raises httpx.HTTPError."""
        own = await self._get(f"opportunities({event['id']})?{DEAL}")
        return Deal(
            # Without hyphens: most ERPs have no room for them.
            id=event["id"].replace("-", ""),
            account=own["customerid_account"]["accountnumber"],
            currency=(own["transactioncurrencyid"] or {}).get("isocurrencycode") or HOME_CURRENCY,
            close_date=own["actualclosedate"] or "",
            name=own["name"],
            won=own["statecode"] == WON,
        )

    async def lines(self, deal: str) -> list[Line]:
        """The deal's lines. Raises httpx.HTTPError."""
        parts = (deal[:8], deal[8:12], deal[12:16], deal[16:20], deal[20:])
        linked = await self._get(f"opportunities({'-'.join(parts)})/product_opportunities?{LINE}")
        found = []
        for own in linked["value"]:
            quantity, price, amount = (Decimal(own[name]) for name in ("quantity", "priceperunit", "extendedamount"))
            net = amount - Decimal(own["tax"] or 0)
            found.append(Line(own["productid"]["productnumber"], quantity, price, net, own["new_taxcode"] or ""))
        return found

    async def account(self, account: str) -> tuple[str, str]:
        """Name and currency of an account. Raises httpx.HTTPError."""
        own = await self._get(f"accounts(accountnumber='{account}')?$select=name&$expand=transactioncurrencyid")
        return own["name"], (own["transactioncurrencyid"] or {}).get("isocurrencycode") or HOME_CURRENCY

    async def _get(self, path: str) -> Any:
        reply = await self._once(path, self._token or await self._log_in())
        if reply.status_code == 401:
            reply = await self._once(path, await self._log_in())
        reply.raise_for_status()
        return decode(reply.content)

    async def _once(self, path: str, token: str) -> httpx.Response:
        return await self._http.get(f"{self._url}{ROOT}/{path}", headers={"authorization": f"Bearer {token}"})

    async def _log_in(self) -> str:
        own = {name: self._credentials[name] for name in ("client_id", "client_secret", "scope")}
        url = f"{self._url}/{self._credentials['tenant']}/oauth2/v2.0/token"
        reply = await self._http.post(url, data={"grant_type": "client_credentials", **own})
        reply.raise_for_status()
        self._token = str(decode(reply.content)["access_token"])
        return self._token
