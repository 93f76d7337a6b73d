"""NetSuite: posts orders, and turns them into invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import encode
from gameday_fakes.stacks.oauth1 import Signer

ROOT = "/services/rest"


class Client:
    """One account."""

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._signer = Signer(credentials)

    async def has_customer(self, account: str) -> bool:
        """Whether there is a customer with that external id. Raises httpx.HTTPError."""
        url = f"{self._url}{ROOT}/record/v1/customer/eid:{account}"
        reply = await self._http.get(url, headers={"authorization": self._signer.header("GET", url)})
        if reply.status_code == 404:
            return False
        reply.raise_for_status()
        return True

    async def add_customer(self, account: str, name: str, currency: str) -> None:
        """Add a customer. Raises httpx.HTTPError."""
        body = {
            "externalId": account,
            "entityId": account,
            "companyName": name,
            "currency": {"refName": currency},
        }
        await self._post("/record/v1/customer", body)

    async def post_order(self, deal: Deal, lines: list[Line]) -> str:
        """Create the order; returns its id. Raises httpx.HTTPError."""
        body = {
            "entity": {"externalId": deal.account},
            "currency": {"refName": deal.currency},
            "otherRefNum": deal.id,
            "tranDate": deal.close_date,
            "memo": deal.name,
            "item": {
                "items": [
                    {
                        "item": {"externalId": line.sku},
                        "quantity": line.quantity,
                        "rate": line.unit_price,
                        "amount": line.amount,
                        "price": {"id": "-1"},
                        **({"taxCode": {"externalId": line.tax_code}} if line.tax_code else {}),
                    }
                    for line in lines
                ]
            },
        }
        return await self._post("/record/v1/salesOrder", body)

    async def invoice(self, order: str) -> None:
        """Turn the order into an invoice. Raises httpx.HTTPError."""
        await self._post(f"/record/v1/salesOrder/{order}/!transform/invoice", {})

    async def _post(self, path: str, body: dict[str, Any]) -> str:
        url = f"{self._url}{ROOT}{path}"
        headers = {"authorization": self._signer.header("POST", url), "content-type": "application/json"}
        reply = await self._http.post(url, content=encode(body), headers=headers)
        reply.raise_for_status()
        return str(reply.headers["location"]).rpartition("/")[2]
