"""Oracle Fusion: posts orders and invoices, each message under a source id of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import httpx

from gameday_fakes.stacks.brittle.systems import Deal, Line
from gameday_fakes.stacks.exact_json import decode, encode

SCM, CRM = "/fscmRestApi/resources/11.13.18.05", "/crmRestApi/resources/11.13.18.05"


class Client:
    """One pod."""

    def __init__(self, http: httpx.AsyncClient, url: str, credentials: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._own = credentials
        self._auth = httpx.BasicAuth(credentials["user"], credentials["password"])

    async def has_customer(self, account: str) -> bool:
        """Whether there is a customer with that number. Raises httpx.HTTPError."""
        return bool((await self._send("GET", f"{CRM}/hubOrganizations?q=PartyNumber='{account}'"))["items"])

    async def add_customer(self, account: str, name: str, currency: str) -> None:
        """Add a customer. Raises httpx.HTTPError."""
        body = {"PartyNumber": account, "OrganizationName": name, "CurrencyCode": currency}
        await self._send("POST", f"{CRM}/hubOrganizations", body)

    async def post_order(self, deal: Deal, lines: list[Line]) -> str:
        """Create the order; returns its key. Raises httpx.HTTPError."""
        body = {
            "SourceTransactionNumber": deal.id,
            "SourceTransactionSystem": self._own["source_system"],
            "SourceTransactionId": f"{deal.id}-{uuid.uuid4().hex[:8]}",
            "BusinessUnitName": self._own["business_unit"],
            "BuyingPartyNumber": deal.account,
            "TransactionalCurrencyCode": deal.currency,
            "TransactionOn": f"{deal.close_date}T00:00:00+00:00",
            "FreezePriceFlag": True,
            "SubmittedFlag": True,
            "lines": [_line(str(place), line) for place, line in enumerate(lines, start=1)],
        }
        return str((await self._send("POST", f"{SCM}/salesOrdersForOrderHub", body))["OrderKey"])

    async def invoice(self, order: str) -> None:
        """Create the invoice of an order. Raises httpx.HTTPError."""
        found = await self._send("GET", f"{SCM}/salesOrdersForOrderHub/{order}?expand=lines")
        body = {
            "BusinessUnit": self._own["business_unit"],
            "TransactionSource": self._own["transaction_source"],
            "TransactionType": "Invoice",
            "TransactionDate": found["TransactionOn"][:10],
            "BillToCustomerNumber": found["BuyingPartyNumber"],
            "InvoiceCurrencyCode": found["TransactionalCurrencyCode"],
            "CrossReference": found["OrderNumber"],
            "receivablesInvoiceLines": [
                {
                    "ItemNumber": line["ProductNumber"],
                    "Quantity": line["OrderedQuantity"],
                    "UnitSellingPrice": line["UnitSellingPrice"],
                    "TaxClassificationCode": line["TaxClassificationCode"],
                    "SalesOrder": found["OrderNumber"],
                }
                for line in found["lines"]
            ],
        }
        await self._send("POST", f"{SCM}/receivablesInvoices", body)

    async def _send(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else encode(body)
        headers = {"content-type": "application/json"}
        reply = await self._http.request(
            method, f"{self._url}{path}", content=content, headers=headers, auth=self._auth
        )
        reply.raise_for_status()
        return decode(reply.content)


def _line(number: str, line: Line) -> dict[str, Any]:
    """A line with its charge: the price of one and the net amount."""
    ids = (
        "SourceTransactionLineId",
        "SourceTransactionLineNumber",
        "SourceScheduleNumber",
        "SourceTransactionScheduleId",
    )
    parts = [
        {"PriceElementCode": "QP_LIST_PRICE", "HeaderCurrencyUnitPrice": line.unit_price},
        {"PriceElementCode": "QP_NET_PRICE", "HeaderCurrencyExtendedAmount": line.amount},
    ]
    return {
        **dict.fromkeys(ids, number),
        "ProductNumber": line.sku,
        "OrderedQuantity": line.quantity,
        "OrderedUOMCode": "EA",
        "TaxClassificationCode": line.tax_code or None,
        "TaxExemptCode": None if line.tax_code else "E",
        "charges": [{"PrimaryFlag": True, "chargeComponents": parts}],
    }
