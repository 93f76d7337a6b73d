"""Corrections in Business Central: sales orders and posted invoices by its API v2.0, as an application.

Source: learn.microsoft.com, "salesOrder resource type" and "salesInvoice resource type" with their bound actions.
Posting makes the invoice, and the order is gone; an invoice is cancelled by a credit memo, and not deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, Self

from gameday.model.contract import Contract
from gameday.repair.api_corrections import ApiCorrections, quoted
from gameday_fakes.business_central.manifest import MANIFEST
from gameday_fakes.ledger import Entry, Line

#: Statuses of invoices that are not posted, and of those that no longer hold.
_DRAFTS, _ENDED = ("Draft", "In Review", " "), ("Canceled",)
#: The decimals that prices are kept with.
_PRICE = Decimal("0.00001")
_OWN = MANIFEST.credentials


class BusinessCentralCorrections(ApiCorrections):
    """Business Central's API (salesOrders, shipAndInvoice, salesInvoices, cancel), with a token of Entra ID."""

    root = f"/v2.0/{_OWN['tenant']}/{_OWN['environment']}/api/v2.0/companies({_OWN['company']})"

    def __init__(self, url: str, contract: Contract, wall_s: Callable[[], float]) -> None:
        super().__init__(url)
        self._contract = contract
        #: The order that has taken the place of another: one that was posted cannot be changed any more.
        self._instead: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        form = {name: _OWN[name] for name in ("client_id", "client_secret", "scope")}
        url = f"{self._url}/{_OWN['tenant']}/oauth2/v2.0/token"
        token = await self.answered("POST", url, data={"grant_type": "client_credentials", **form})
        self.http.headers["authorization"] = f"Bearer {token['access_token']}"
        return self

    def reason(self, document: Any) -> str:
        return str(document["error"]["message"])

    async def create_order(self, deal: Entry) -> str:
        reference = self._contract.reference(deal.id)
        named = {"$filter": f"externalDocumentNumber eq {quoted(reference.upper())}"}
        # No key of the API recognises a repeated request.
        for order in (await self.sent("GET", "salesOrders", params=named))["value"]:
            return str(order["id"])
        for invoice in (await self.sent("GET", "salesInvoices", params=named))["value"]:
            if invoice["status"] not in (*_DRAFTS, *_ENDED):
                return str(invoice["orderId"])
        body = {
            "externalDocumentNumber": reference,
            "customerNumber": deal.customer.upper(),
            "currencyCode": deal.currency,
            **({"orderDate": deal.date, "postingDate": deal.date} if deal.date else {}),
            "salesOrderLines": [_line(line) for line in deal.lines],
        }
        return str((await self.sent("POST", "salesOrders", body))["id"])

    async def rewrite_order(self, order: str, deal: Entry) -> None:
        await self.cancel_order(order)
        self._instead[order] = await self.create_order(deal)

    async def cancel_order(self, order: str) -> None:
        await self.sent("DELETE", f"salesOrders({self._now(order)})", headers={"if-match": "*"}, gone=True)

    async def delete_invoice(self, invoice: str) -> None:
        await self.sent("POST", f"salesInvoices({invoice})/Microsoft.NAV.cancel")

    async def create_invoice(self, order: str) -> None:
        await self.sent("POST", f"salesOrders({self._now(order)})/Microsoft.NAV.shipAndInvoice")

    def _now(self, order: str) -> str:
        return self._instead.get(order, order)


def _line(line: Line) -> dict[str, Any]:
    """A line whose net amount is the one sold: it follows from the price and the discount."""
    unit = Decimal(1).scaleb(min(int(line.amount.as_tuple().exponent), -2))
    price, gross = line.unit_price, (line.unit_price * line.quantity).quantize(unit, ROUND_HALF_UP)
    if line.quantity and abs(gross) < abs(line.amount):
        price = abs(line.amount / line.quantity).quantize(_PRICE, ROUND_CEILING).copy_sign(line.unit_price or 1)
        gross = (price * line.quantity).quantize(unit, ROUND_HALF_UP)
    tax = {"taxCode": line.tax_code.upper()} if line.tax_code else {}
    item = {"lineType": "Item", "lineObjectNumber": line.sku.upper(), "quantity": line.quantity}
    return {**item, "unitPrice": price, "discountAmount": gross - line.amount, **tax}
