"""The whole connector. It works as long as nothing fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from gameday_fakes.stacks import outbound_message
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.exact_json import decode, encode
from gameday_fakes.stacks.http_server import Request, Response
from gameday_fakes.stacks.oauth1 import Signer

_log = logging.getLogger("brittle")

Result = TypeVar("Result")

API = "/services/data/v60.0"
ROOT = "/services/rest"
HOME_CURRENCY = "USD"
TRIES = 3
PAUSE_S = 2.0
TIMEOUT_S = 30.0


class Connector:
    """Writes the order and its invoice, then acknowledges the CRM's outbound message."""

    def __init__(self, environment: Environment, client: httpx.AsyncClient | None = None) -> None:
        self._crm_url = environment.crm_url
        self._erp_url = environment.erp_url
        self._credentials = environment.credentials
        self._pace = environment.pace
        self._signer = Signer(environment.credentials["erp"])
        self._http = client or httpx.AsyncClient(
            timeout=self._pace.timeout_s(TIMEOUT_S), trust_env=False, verify=self._crm_url.startswith("https:")
        )
        self._token = ""
        self._customers = asyncio.Lock()

    async def __call__(self, request: Request) -> Response:
        if request.path == "/healthz":
            return Response.of({"status": "ok"})
        if (request.method, request.path) != ("POST", "/outbound-messages"):
            return Response.of({"error": "not found"}, 404)
        try:
            for notification in outbound_message.parse(request.body):
                await self.process(notification.fields)
        except outbound_message.BadMessage as problem:
            _log.warning("bad message: %s", problem)
            return Response(400, outbound_message.NACK, outbound_message.CONTENT_TYPE)
        except httpx.HTTPStatusError as problem:
            _log.error("failed: %r", problem)
            # A bad request stays bad: acknowledge it, so that it does not block later messages.
            if problem.response.status_code != 400:
                return Response(500, outbound_message.NACK, outbound_message.CONTENT_TYPE)
        except (httpx.HTTPError, LookupError, ValueError) as problem:
            _log.error("failed: %r", problem)
            return Response(500, outbound_message.NACK, outbound_message.CONTENT_TYPE)
        return Response(200, outbound_message.ACK, outbound_message.CONTENT_TYPE)

    async def process(self, deal: Mapping[str, str]) -> None:
        """Write the order and invoice of one deal, with the values of the message. Raises httpx.HTTPError."""
        if deal.get("IsWon") == "false":
            return
        lines = await self._retry(lambda: self.read_lines(deal["Id"]))
        await self._retry(lambda: self.find_or_create_customer(deal["AccountId"]))
        order = await self._retry(lambda: self.post_order(deal, lines))
        await self._retry(lambda: self.invoice(order))
        _log.info("deal %s is order %s", deal["Id"], order)

    async def _retry(self, act: Callable[[], Awaitable[Result]]) -> Result:
        for attempt in range(1, TRIES):
            try:
                return await act()
            except httpx.HTTPError as problem:
                # A bad request stays bad.
                if isinstance(problem, httpx.HTTPStatusError) and problem.response.status_code == 400:
                    raise
                _log.warning("attempt %s: %r", attempt, problem)
                await asyncio.sleep(self._pace.real_s(PAUSE_S))
        return await act()

    async def read_lines(self, deal: str) -> list[dict[str, Any]]:
        """The deal's lines. Raises httpx.HTTPError."""
        return await self._query(
            "SELECT ProductCode, Quantity, UnitPrice, TotalPrice, Tax_Code__c FROM OpportunityLineItem "  # noqa: S608 - the id comes from the CRM
            f"WHERE OpportunityId = '{deal}'"
        )

    async def _query(self, soql: str) -> list[dict[str, Any]]:
        url = f"{self._crm_url}{API}/query?q={quote(soql)}"
        reply = await self._http.get(url, headers={"authorization": f"Bearer {self._token or await self._log_in()}"})
        if reply.status_code == 401:
            reply = await self._http.get(url, headers={"authorization": f"Bearer {await self._log_in()}"})
        reply.raise_for_status()
        records: list[dict[str, Any]] = decode(reply.content)["records"]
        return records

    async def _log_in(self) -> str:
        credentials = self._credentials["crm"]
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
        }
        reply = await self._http.post(f"{self._crm_url}/services/oauth2/token", data=form)
        reply.raise_for_status()
        self._token = str(decode(reply.content)["access_token"])
        return self._token

    async def find_or_create_customer(self, account: str) -> None:
        """Look for the customer, and add it if there is none. Raises httpx.HTTPError."""
        # Two deals of a new customer come at the same time.
        async with self._customers:
            await self._find_or_create(account)

    async def _find_or_create(self, account: str) -> None:
        url = f"{self._erp_url}{ROOT}/record/v1/customer/eid:{account}"
        reply = await self._http.get(url, headers={"authorization": self._signer.header("GET", url)})
        if reply.status_code != 404:
            reply.raise_for_status()
            return
        [found] = await self._query(f"SELECT Name, CurrencyIsoCode FROM Account WHERE Id = '{account}'")  # noqa: S608
        body = {
            "externalId": account,
            "entityId": account,
            "companyName": found["Name"],
            "currency": {"refName": found["CurrencyIsoCode"]},
        }
        await self._post("/record/v1/customer", body)

    async def post_order(self, deal: Mapping[str, str], lines: list[dict[str, Any]]) -> str:
        """Create the order; returns its id. Raises httpx.HTTPError."""
        body = {
            "entity": {"externalId": deal["AccountId"]},
            "currency": {"refName": deal.get("CurrencyIsoCode") or HOME_CURRENCY},
            "otherRefNum": deal["Id"],
            "tranDate": deal["CloseDate"],
            "memo": deal.get("Name", ""),
            "item": {
                "items": [
                    {
                        "item": {"externalId": line["ProductCode"]},
                        "quantity": Decimal(line["Quantity"]),
                        "rate": Decimal(line["UnitPrice"]),
                        "amount": Decimal(line["TotalPrice"]),
                        "price": {"id": "-1"},
                        **({"taxCode": {"externalId": line["Tax_Code__c"]}} if line["Tax_Code__c"] else {}),
                    }
                    for line in lines
                ]
            },
        }
        return await self._post("/record/v1/salesOrder", body)

    async def invoice(self, order: str) -> str:
        """Turn the order into an invoice; returns the invoice's id. Raises httpx.HTTPError."""
        return await self._post(f"/record/v1/salesOrder/{order}/!transform/invoice", {})

    async def _post(self, path: str, body: dict[str, Any]) -> str:
        url = f"{self._erp_url}{ROOT}{path}"
        headers = {"authorization": self._signer.header("POST", url), "content-type": "application/json"}
        reply = await self._http.post(url, content=encode(body), headers=headers)
        reply.raise_for_status()
        return str(reply.headers["location"]).rpartition("/")[2]
