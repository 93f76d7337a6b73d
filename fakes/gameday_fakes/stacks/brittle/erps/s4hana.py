"""S/4HANA: inserts orders, and leaves their invoices to the billing run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode, encode

ROOT = "/sap/opu/odata/sap"
PARTNERS = "API_BUSINESS_PARTNER/A_BusinessPartner"
#: The tax classification of a line without a code.
UNTAXED = "0"


class Client:
    """One client with one sales area."""

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._root = f"{url}{ROOT}"
        self._login = (credentials["user"], credentials["password"])
        self._area = {
            "SalesOrganization": credentials["sales_organization"],
            "DistributionChannel": credentials["distribution_channel"],
        }
        self._division = credentials["division"]
        self._session: dict[str, str] = {}

    async def has_customer(self, account: str) -> bool:
        """Whether there is a business partner with that id of the CRM. Raises httpx.HTTPError."""
        return bool(await self._partners(account))

    async def add_customer(self, account: str, name: str, currency: str) -> None:
        """Add a business partner that may order. Raises httpx.HTTPError."""
        body = {
            "BusinessPartnerCategory": "2",
            "OrganizationBPName1": name[:40],
            "BusinessPartnerIDByExtSystem": account,
            "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
        }
        added = decode((await self._write(PARTNERS, body)).content)["d"]
        area = {**self._area, "Division": self._division, "Currency": currency}
        await self._write("API_BUSINESS_PARTNER/A_CustomerSalesArea", {"Customer": added["BusinessPartner"], **area})

    async def post_order(self, deal: Deal, lines: list[Line]) -> str:
        """Create the order; returns its id. Raises httpx.HTTPError."""
        midnight = datetime.datetime.fromisoformat(deal.close_date).replace(tzinfo=datetime.UTC)
        body = {
            **self._area,
            "OrganizationDivision": self._division,
            "SalesOrderType": "OR",
            "SoldToParty": (await self._partners(deal.account))[0]["BusinessPartner"],
            "PurchaseOrderByCustomer": deal.id,
            "TransactionCurrency": deal.currency,
            "SalesOrderDate": f"/Date({int(midnight.timestamp()) * 1000})/",
            "to_Item": [_item(line, await self._product(line.sku)) for line in lines],
        }
        return str(decode((await self._write("API_SALES_ORDER_SRV/A_SalesOrder", body)).content)["d"]["SalesOrder"])

    async def invoice(self, order: str) -> None:
        """Nothing: the billing run makes the invoice."""

    async def _partners(self, account: str) -> list[dict[str, Any]]:
        return await self._read(PARTNERS, f"BusinessPartnerIDByExtSystem eq '{account}'")

    async def _product(self, sku: str) -> str:
        quoted = sku.replace("'", "''")
        found = await self._read("API_PRODUCT_SRV/A_Product", f"ProductOldID eq '{quoted}'")
        return str(found[0]["Product"])

    async def _read(self, path: str, where: str) -> list[dict[str, Any]]:
        headers = {"accept": "application/json"}
        url = f"{self._root}/{path}"
        reply = await self._http.get(url, params={"$filter": where}, headers=headers, auth=self._login)
        reply.raise_for_status()
        found: list[dict[str, Any]] = decode(reply.content)["d"]["results"]
        return found

    async def _write(self, path: str, body: Any) -> httpx.Response:
        session = self._session or await self._fetch()
        headers = {"accept": "application/json", "content-type": "application/json", **session}
        reply = await self._http.post(f"{self._root}/{path}", content=encode(body), headers=headers, auth=self._login)
        reply.raise_for_status()
        return reply

    async def _fetch(self) -> dict[str, str]:
        """The token for all writes, and its cookies."""
        headers = {"x-csrf-token": "Fetch"}
        reply = await self._http.get(f"{self._root}/API_SALES_ORDER_SRV/", headers=headers, auth=self._login)
        reply.raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in reply.cookies.items())
        self._session = {"x-csrf-token": reply.headers["x-csrf-token"], "cookie": cookies}
        return self._session


def _item(line: Line, product: str) -> dict[str, Any]:
    """An item at its price, with what the line differs from it as a rounding."""
    decimals = Decimal(1).scaleb(int(line.amount.as_tuple().exponent))
    rest = line.amount - (line.unit_price * line.quantity).quantize(decimals, ROUND_HALF_UP)
    prices = [{"ConditionType": "PPR0", "ConditionRateValue": str(line.unit_price)}]
    if rest:
        prices.append({"ConditionType": "DIFF", "ConditionRateValue": str(rest)})
    return {
        "Material": product,
        "RequestedQuantity": str(line.quantity),
        "ProductTaxClassification1": line.tax_code or UNTAXED,
        "to_PricingElement": prices,
    }
