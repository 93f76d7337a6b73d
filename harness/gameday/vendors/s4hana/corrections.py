"""Corrections in S/4HANA: sales orders and billing documents by their services, with a session and its CSRF token.

Billing documents are cancelled, not deleted, and made by a billing run, which no service of version 2 starts: it is
waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import TracebackType
from typing import Any

import httpx

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.base.money import to_currency
from gameday.model.contract import Contract
from gameday.repair.corrections import Refusal
from gameday.run.tasks import until
from gameday_fakes.ledger import Entry, Line
from gameday_fakes.protocols.exact_json import encode
from gameday_fakes.s4hana.account import BILLING, PARTNERS, PRODUCTS, ROOT, SALES_AREA, SALES_ORDERS
from gameday_fakes.s4hana.manifest import MANIFEST

TIMEOUT_S = 30.0
_ORDERS, _ITEMS = f"{SALES_ORDERS}/A_SalesOrder", f"{SALES_ORDERS}/A_SalesOrderItem"
#: The price that a request gives, the discount in percent, and an amount that rounds an item.
_PRICE, _DISCOUNT, _REST = "PMP0", "DRN1", "DIFF"
#: The decimals of a condition's value.
_DECIMALS = 9
#: How long the billing run is waited for, and how often it is looked for (real seconds).
BILLED_S, POLL_S = 5.0, 0.1
#: The reason with which items of a cancelled order are rejected.
_REJECTED = {"SalesDocumentRjcnReason": "00"}


class S4HanaCorrections:
    """S/4HANA's services of version 2 (A_SalesOrder, A_BillingDocument, Cancel), with Basic authentication."""

    def __init__(self, url: str, contract: Contract, wall_s: Callable[[], float]) -> None:
        self._url = url.rstrip("/")
        self._contract = contract
        own = MANIFEST.credentials
        self._http = httpx.AsyncClient(
            trust_env=False,
            timeout=TIMEOUT_S,
            verify=url.startswith("https"),
            auth=(own["user"], own["password"]),
            headers={"accept": "application/json"},
        )

    async def __aenter__(self) -> S4HanaCorrections:
        reply = await self._sent("GET", f"{SALES_ORDERS}/", None, {"x-csrf-token": "Fetch"})
        self._http.headers["x-csrf-token"] = reply.headers.get("x-csrf-token", "")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def create_order(self, deal: Entry) -> str:
        match, reference = self._contract.match, self._contract.reference(deal.id)
        references = {"PurchaseOrderByCustomer": reference} | ({match: reference} if match else {})
        known = await self._found(f"{_ORDERS}?$filter=PurchaseOrderByCustomer eq {_quoted(reference)}")
        open_ = [each for each in known if each["OverallSDDocumentRejectionSts"] != "C"]
        if open_:
            # No key of the service recognises a repeated request.
            return str(open_[0]["SalesOrder"])
        header = {**SALES_AREA, "SalesOrderType": "OR", **await self._header(deal), **references}
        created = await self._sent(
            "POST", _ORDERS, {**header, "to_Item": [await self._item_of(line, deal.currency) for line in deal.lines]}
        )
        return str(_document(created)["SalesOrder"])

    async def rewrite_order(self, order: str, deal: Entry) -> None:
        before = await self._items(order)
        await self._sent("PATCH", f"{_ORDERS}({_quoted(order)})", await self._header(deal), {"if-match": "*"})
        for line in deal.lines:
            await self._sent("POST", f"{_ORDERS}({_quoted(order)})/to_Item", await self._item_of(line, deal.currency))
        for item in before:
            await self._sent("DELETE", _of_item(order, item), None)

    async def cancel_order(self, order: str) -> None:
        for item in await self._items(order):
            await self._sent("PATCH", _of_item(order, item), _REJECTED)

    async def delete_invoice(self, invoice: str) -> None:
        await self._sent("POST", f"{BILLING}/Cancel?BillingDocument={_quoted(invoice)}", None)

    async def create_invoice(self, order: str) -> None:
        async def is_billed() -> bool:
            return await self._is_billed(order)

        # No service starts the billing run.
        if not await until(is_billed, timeout_s=BILLED_S, poll_s=POLL_S):
            raise Refusal(f"order {order} is invoiced by the billing run, which has not come to it")

    async def _is_billed(self, order: str) -> bool:
        """Whether an order has a billing document that holds: neither a cancelled one, nor one that cancels another."""
        items = await self._found(f"{BILLING}/A_BillingDocumentItem?$filter=SalesDocument eq {_quoted(order)}")
        for number in {str(item["BillingDocument"]) for item in items}:
            named = f"{BILLING}/A_BillingDocument?$filter=BillingDocument eq {_quoted(number)}"
            for document in await self._found(named):
                if not (document["BillingDocumentIsCancelled"] or document["CancelledBillingDocument"]):
                    return True
        return False

    async def _item_of(self, line: Line, currency: str) -> dict[str, Any]:
        """An item with its own price. Its product has the SKU as its old number; numbers are in upper case."""
        path = f"{PRODUCTS}/A_Product?$filter=ProductOldID eq {_quoted(line.sku)}"
        products = await self._found(path)
        return _item(line, products[0]["Product"] if products else line.sku.upper(), currency)

    async def _header(self, deal: Entry) -> dict[str, Any]:
        path = f"{PARTNERS}/A_BusinessPartner?$filter=BusinessPartnerIDByExtSystem eq {_quoted(deal.customer)}"
        partners = await self._found(path)
        if not partners:
            raise Refusal(f"the ERP has no customer for account {deal.customer}")
        return {
            "SoldToParty": partners[0]["BusinessPartner"],
            "TransactionCurrency": deal.currency,
            **({"SalesOrderDate": f"{deal.date}T00:00:00"} if deal.date else {}),
        }

    async def _items(self, order: str) -> list[str]:
        found = await self._found(f"{_ITEMS}?$filter=SalesOrder eq {_quoted(order)}")
        return [str(each["SalesOrderItem"]) for each in found]

    async def _found(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = _document(await self._sent("GET", path, None))["results"]
        return found

    async def _sent(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        content = None if body is None else encode(body)
        named = {"content-type": "application/json", **(headers or {})}
        try:
            reply = await self._http.request(method, f"{self._url}{ROOT}/{path}", content=content, headers=named)
        except httpx.HTTPError as problem:
            raise RunError(f"the ERP at {self._url} did not answer: {type(problem).__name__}") from None
        if reply.status_code >= 400:
            raise Refusal(f"{reply.status_code} {_reason(reply)}")
        return reply


def _item(line: Line, product: str, currency: str) -> dict[str, Any]:
    """An item whose net amount is the one sold: by its price, a discount, and what the rounding of both leaves."""
    gross, percent = to_currency(line.quantity * line.unit_price, currency), Decimal(0)
    if abs(line.amount) < abs(gross):
        percent = round((1 - line.amount / gross) * 100, _DECIMALS)
    rest = line.amount - (gross - to_currency(gross * percent / 100, currency))
    prices = {_PRICE: line.unit_price, _DISCOUNT: percent, _REST: rest}
    elements = [
        {"ConditionType": kind, "ConditionRateValue": str(value)}
        for kind, value in prices.items()
        if value or kind == _PRICE
    ]
    tax = {"ProductTaxClassification1": line.tax_code.upper()} if line.tax_code else {}
    return {"Material": product, "RequestedQuantity": str(line.quantity), **tax, "to_PricingElement": elements}


def _of_item(order: str, item: str) -> str:
    return f"{_ITEMS}(SalesOrder={_quoted(order)},SalesOrderItem={_quoted(item)})"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _document(reply: httpx.Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json_text.decode(reply.content)["d"]
    except (json_text.Unreadable, KeyError, TypeError):
        raise Refusal(f"{reply.status_code} without a document") from None
    return found


def _reason(reply: httpx.Response) -> str:
    """The ERP's reason, on one line."""
    try:
        text = json_text.decode(reply.content)["error"]["message"]["value"]
    except (json_text.Unreadable, KeyError, TypeError):
        text = reply.text
    return " ".join(str(text).split())[:300]
