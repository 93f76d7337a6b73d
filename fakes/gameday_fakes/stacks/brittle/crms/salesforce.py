"""Salesforce: takes the values of its outbound messages, and queries lines and accounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from gameday_fakes.stacks import outbound_message
from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode
from gameday_fakes.stacks.http_server import Request, Response

API = "/services/data/v60.0"
HOME_CURRENCY = "USD"


class Client:
    """One org."""

    ack = Response(200, outbound_message.ACK, outbound_message.CONTENT_TYPE)
    nack = Response(500, outbound_message.NACK, outbound_message.CONTENT_TYPE)

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._credentials = credentials
        self._token = ""

    def events(self, request: Request) -> list[dict[str, str]]:
        """The records of an outbound message. Raises ValueError."""
        return [notification.fields for notification in outbound_message.parse(request.body)]

    async def deal(self, event: dict[str, str]) -> Deal:
        """The deal with the values of the message."""
        return Deal(
            id=event["Id"],
            account=event["AccountId"],
            currency=event.get("CurrencyIsoCode") or HOME_CURRENCY,
            close_date=event["CloseDate"],
            name=event.get("Name", ""),
            won=event.get("IsWon") != "false",
        )

    async def lines(self, deal: str) -> list[Line]:
        """The deal's lines. Raises httpx.HTTPError."""
        rows = await self._query(
            "SELECT ProductCode, Quantity, UnitPrice, TotalPrice, Tax_Code__c FROM OpportunityLineItem "  # noqa: S608 - the id comes from the CRM
            f"WHERE OpportunityId = '{deal}'"
        )
        return [
            Line(
                row["ProductCode"],
                Decimal(row["Quantity"]),
                Decimal(row["UnitPrice"]),
                Decimal(row["TotalPrice"]),
                row["Tax_Code__c"] or "",
            )
            for row in rows
        ]

    async def account(self, account: str) -> tuple[str, str]:
        """Name and currency of an account. Raises httpx.HTTPError."""
        [found] = await self._query(f"SELECT Name, CurrencyIsoCode FROM Account WHERE Id = '{account}'")  # noqa: S608
        return found["Name"], found["CurrencyIsoCode"]

    async def _query(self, soql: str) -> list[dict[str, Any]]:
        url = f"{self._url}{API}/query?q={quote(soql)}"
        reply = await self._http.get(url, headers={"authorization": f"Bearer {self._token or await self._log_in()}"})
        if reply.status_code == 401:
            reply = await self._http.get(url, headers={"authorization": f"Bearer {await self._log_in()}"})
        reply.raise_for_status()
        records: list[dict[str, Any]] = decode(reply.content)["records"]
        return records

    async def _log_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials["client_id"],
            "client_secret": self._credentials["client_secret"],
        }
        reply = await self._http.post(f"{self._url}/services/oauth2/token", data=form)
        reply.raise_for_status()
        self._token = str(decode(reply.content)["access_token"])
        return self._token
