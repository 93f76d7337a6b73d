"""The part of Business Central's API v2.0 that the flow uses: orders, their posting, invoices, customers and items.

Three things differ from most ERPs. A repeated POST is not recognised, so every write begins with a look at what is
there. Posting makes an invoice of an order, and the order is gone. What is posted is never changed: an invoice is
cancelled by a credit memo, and the order is written anew. Source: learn.microsoft.com, "salesOrder resource type",
"salesInvoice resource type", "Troubleshooting OData/API calls".
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.business_central_changes import Changes
from gameday_fakes.stacks.durable.erps.business_central_orders import (
    DEAL,
    DRAFTS,
    ENDED,
    Mapping,
    is_like,
    ledger_order,
    quoted,
    trouble_of,
)
from gameday_fakes.stacks.durable.session import Session, read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode

#: How many deals a filter names: the length of an address is limited.
NAMED_AT_ONCE = 20
_TOTAL = "totalAmountExcludingTax"

__all__ = ["Client", "Mapping"]


class Client:
    """One company, as its integration app."""

    bills = False
    takes_keys = False

    def __init__(self, transport: Transport, credentials: AnyMapping[str, str], sink: Sink) -> None:
        own = credentials
        self._transport = transport
        self._list_currency = sink.list_currency
        self._credentials = own
        self._root = f"/v2.0/{own['tenant']}/{own['environment']}/api/v2.0/companies({own['company']})"
        form = {"grant_type": "client_credentials"} | {key: own[key] for key in ("client_id", "client_secret", "scope")}
        self._session = Session(transport, f"/{own['tenant']}/oauth2/v2.0/token", form, trouble_of)
        self.changes = Changes(f"companies({own['company']})", self._all, self._call)

    # -- customers and items -------------------------------------------------------------------------

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer with that number. Raises Trouble."""
        return bool(await self._all("customers", f"number eq {quoted(key)}", select="id,number"))

    async def put_customer(self, account: Account) -> None:
        """Add the customer under the account's id, unless another deal has added it meanwhile. Raises Trouble."""
        body = {
            "number": account.id,
            "displayName": account.name,
            "currencyCode": account.currency,
            "city": account.city,
            "country": account.country,
        }
        try:
            await self._call("POST", "customers", body)
        except Trouble:
            if not await self.has_customer(account.id):
                raise

    async def prices(self) -> dict[tuple[str, str], Decimal]:
        """The price list in the company's own currency; the API shows no other prices. Raises Trouble.

        An item without a price has 0 there.
        """
        items = await self._all("items", select="number,unitPrice")
        prices = {(each["number"], self._list_currency): Decimal(str(each["unitPrice"])) for each in items}
        return {item: price for item, price in prices.items() if price}

    async def currency_id(self, symbol: str) -> str:
        """Orders refer to a currency by its code."""
        return symbol

    # -- orders --------------------------------------------------------------------------------------

    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        """Make what is there of a deal's order like the body; repeating it changes nothing. Returns its id.

        An invoice that differs is cancelled, and an order that differs is deleted, before the order is written.
        """
        named = f"{DEAL} eq {quoted(key)}"
        kept = ""
        for invoice in await self._all("salesInvoices", named, expand="salesInvoiceLines"):
            if invoice["status"] in (*DRAFTS, *ENDED):
                continue
            if not kept and is_like(invoice, "salesInvoiceLines", "invoiceDate", body):
                kept = invoice["orderId"]
            else:
                await self.delete_invoice(invoice["id"])
        for order in await self._all("salesOrders", named, expand="salesOrderLines"):
            if not kept and is_like(order, "salesOrderLines", "orderDate", body):
                kept = order["id"]
            else:
                await self.cancel_order(order["id"])
        if kept:
            return kept
        reply = await self._call("POST", "salesOrders", {**body["header"], DEAL: key, "salesOrderLines": body["lines"]})
        return str(_read(reply)["id"])

    async def is_half_written(self, key: str) -> bool:
        """Whether an order of the deal has no lines; False if that is not known."""
        try:
            named = f"{DEAL} eq {quoted(key)}"
            orders = await self._all("salesOrders", named, expand="salesOrderLines")
        except Trouble:
            return False
        return any(not order["salesOrderLines"] for order in orders)

    async def cancel_order(self, order: str) -> None:
        """Delete an order that has not been posted; one that is gone stays so. Raises Trouble."""
        reply = await self._send("DELETE", f"salesOrders({order})", None)
        if reply.status_code >= 400 and reply.status_code != 404:
            raise trouble_of(reply)

    # -- invoices ------------------------------------------------------------------------------------

    async def transform(self, order: str, key: str = "") -> str:
        """Post an order, which makes its invoice, and takes the order away. Raises Trouble."""
        reply = await self._send("POST", f"salesOrders({order})/Microsoft.NAV.shipAndInvoice", None)
        if reply.status_code >= 400 and reply.status_code != 404:
            raise trouble_of(reply)
        for invoice in await self.invoices_of(order):
            return invoice
        raise Trouble("half_written", f"order {order} is gone, and has no invoice that holds", system="erp")

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The posted invoices of an order that hold: id and net total. Raises Trouble."""
        found = await self._all("salesInvoices", f"orderId eq {order}", select=f"id,status,{_TOTAL}")
        posted = (each for each in found if each["status"] not in (*DRAFTS, *ENDED))
        return {each["id"]: Decimal(str(each[_TOTAL])) for each in posted}

    async def delete_invoice(self, invoice: str) -> None:
        """Cancel an invoice by a credit memo; one that is cancelled already stays so. Raises Trouble."""
        found = _read(await self._call("GET", f"salesInvoices({invoice})", None))
        if found["status"] not in ENDED:
            await self._call("POST", f"salesInvoices({invoice})/Microsoft.NAV.cancel", None)

    async def credit(self, invoice: str, deal: Deal) -> bool:
        """Always False: a posted invoice is cancelled as a whole, by a credit memo too."""
        return False

    # -- the ledger ----------------------------------------------------------------------------------

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals by deal: those that wait, and those that invoices tell of. Raises Trouble."""
        by_number = {deal.upper(): deal for deal in deals}
        orders: dict[str, dict[str, LedgerOrder]] = {}
        numbers = list(by_number)
        for start in range(0, len(numbers), NAMED_AT_ONCE):
            part = numbers[start : start + NAMED_AT_ONCE]
            named = " or ".join(f"{DEAL} eq {quoted(number)}" for number in part)
            for each in await self._all("salesInvoices", named):
                if each["status"] not in DRAFTS:
                    ended = each["status"] in ENDED
                    self._note(orders, ledger_order(each, each["orderId"], by_number, ended=ended))
            for each in await self._all("salesOrders", named):
                self._note(orders, ledger_order(each, each["id"], by_number, ended=False))
        return {deal: list(found.values()) for deal, found in orders.items()}

    @staticmethod
    def _note(orders: dict[str, dict[str, LedgerOrder]], order: LedgerOrder) -> None:
        """Note an order; one of which any invoice holds has not ended."""
        known = orders.setdefault(order.deal, {})
        if order.id not in known or known[order.id].ended:
            known[order.id] = order

    # -- requests ------------------------------------------------------------------------------------

    async def _all(
        self, name: str, where: str = "", *, select: str = "", expand: str = "", **more: str
    ) -> list[dict[str, Any]]:
        """All records of an entity set that a filter finds, over all pages. Raises Trouble."""
        options = {"$filter": where, "$select": select, "$expand": expand, **more}
        given: dict[str, str] = {option: text for option, text in options.items() if text}
        path, rows = name, []
        while path:
            page = _read(await self._call("GET", path, None, params=given))
            rows += page["value"]
            # It leads to the vendor's host name; what counts is where the environment has the ERP.
            _, _, path = str(page.get("@odata.nextLink", "")).partition(f"{self._root}/")
            given = {}
        return rows

    async def _call(self, method: str, path: str, body: Any, **more: Any) -> httpx.Response:
        reply = await self._send(method, path, body, **more)
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return reply

    async def _send(self, method: str, path: str, body: Any, **more: Any) -> httpx.Response:
        headers = {"if-match": "*"} if method in ("PATCH", "DELETE") else {}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = encode(body)
        return await self._session.send(method, f"{self._root}/{path}", headers=headers, content=content, **more)


def _read(reply: httpx.Response) -> Any:
    return read_json(reply, "erp")
