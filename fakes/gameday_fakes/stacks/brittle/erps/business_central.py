"""Business Central: inserts orders, and posts them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode, encode

#: The tax group of a line without a code.
UNTAXED = "EXEMPT"


class Client:
    """One company."""

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        own = credentials
        self._http = http
        self._url = url
        self._credentials = own
        self._root = f"{url}/v2.0/{own['tenant']}/{own['environment']}/api/v2.0/companies({own['company']})"
        self._token = ""

    async def has_customer(self, account: str) -> bool:
        """Whether there is a customer with that number. Raises httpx.HTTPError."""
        reply = await self._send("GET", f"customers?$filter=number eq '{account.upper()}'")
        return bool(decode(reply.content)["value"])

    async def add_customer(self, account: str, name: str, currency: str) -> None:
        """Add a customer. Raises httpx.HTTPError."""
        await self._send("POST", "customers", {"number": account, "displayName": name, "currencyCode": currency})

    async def post_order(self, deal: Deal, lines: list[Line]) -> str:
        """Create the order; returns its id. Raises httpx.HTTPError."""
        body = {
            "externalDocumentNumber": deal.id,
            "customerNumber": deal.account,
            "currencyCode": deal.currency,
            "orderDate": deal.close_date,
            "postingDate": deal.close_date,
            "salesOrderLines": [_line(line) for line in lines],
        }
        return str(decode((await self._send("POST", "salesOrders", body)).content)["id"])

    async def invoice(self, order: str) -> None:
        """Post the order. Raises httpx.HTTPError."""
        await self._send("POST", f"salesOrders({order})/Microsoft.NAV.shipAndInvoice")

    async def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        reply = await self._once(method, path, body, self._token or await self._log_in())
        if reply.status_code == 401:
            reply = await self._once(method, path, body, await self._log_in())
        reply.raise_for_status()
        return reply

    async def _once(self, method: str, path: str, body: Any, token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        content = None if body is None else encode(body)
        return await self._http.request(method, f"{self._root}/{path}", content=content, headers=headers)

    async def _log_in(self) -> str:
        own = {name: self._credentials[name] for name in ("client_id", "client_secret", "scope")}
        url = f"{self._url}/{self._credentials['tenant']}/oauth2/v2.0/token"
        reply = await self._http.post(url, data={"grant_type": "client_credentials", **own})
        reply.raise_for_status()
        self._token = str(decode(reply.content)["access_token"])
        return self._token


def _line(line: Line) -> dict[str, Any]:
    """A line with its discount, or, where it was sold for more than its price, with another price."""
    gross = line.unit_price * line.quantity
    price = line.unit_price if abs(gross) >= abs(line.amount) or not line.quantity else line.amount / line.quantity
    return {
        "lineType": "Item",
        "lineObjectNumber": line.sku,
        "quantity": line.quantity,
        "unitPrice": round(price, 5),
        "discountAmount": max(abs(gross) - abs(line.amount), Decimal(0)).copy_sign(gross),
        "taxCode": line.tax_code or UNTAXED,
    }
