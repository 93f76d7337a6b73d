"""The part of NetSuite's REST API that the flow uses: orders under a key, invoices, prices and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble, of_erp
from gameday_fakes.stacks.exact_json import BadJson, decode, encode
from gameday_fakes.stacks.oauth1 import Signer

ROOT = "/services/rest"
PAGE = 1000

#: Statuses of sales orders that are no longer open: cancelled, closed.
ENDED = ("C", "H")


@dataclass(frozen=True)
class LedgerOrder:
    """An order in the ERP's ledger; ``total`` is net, ``tax`` what comes on top of it."""

    id: str
    deal: str
    total: Decimal
    ended: bool
    currency: str
    tax: Decimal = Decimal(0)


def net_and_tax(row: Mapping[str, str]) -> tuple[Decimal, Decimal]:
    """The net total of a transaction and the tax on it; NetSuite's own total is gross."""
    tax = Decimal(row["taxtotal"])
    return Decimal(row["foreigntotal"]) - tax, tax


class Erp:
    """One account, as its integration role."""

    def __init__(self, transport: Transport, credentials: Mapping[str, str]) -> None:
        self._transport = transport
        self._signer = Signer(credentials)
        self._currencies: dict[str, str] = {}

    # -- customers -----------------------------------------------------------------------------------

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer with that external id. Raises Trouble."""
        reply = await self._send("GET", f"/record/v1/customer/eid:{key}", None)
        if reply.status_code >= 400 and reply.status_code != 404:
            raise of_erp(reply)
        return reply.status_code != 404

    # -- orders --------------------------------------------------------------------------------------

    async def put_order(self, key: str, body: Mapping[str, Any]) -> str:
        """Create or replace the order with that external id; repeating it changes nothing. Returns its id.

        Unless ``replace`` names the sublist, NetSuite adds the lines to those that the order has.
        """
        return await self.write("PUT", f"/record/v1/salesOrder/eid:{key}?replace=item", body)

    async def write(self, method: str, path: str, body: Mapping[str, Any] | None) -> str:
        """Write a record; returns the id at the end of the reply's Location header. Raises Trouble."""
        reply = await self._call(method, path, body)
        return str(reply.headers.get("location", "")).rpartition("/")[2]

    async def read_order(self, key: str) -> dict[str, Any] | None:
        """The order with that external id, with its lines, or None. Raises Trouble."""
        reply = await self._send("GET", f"/record/v1/salesOrder/eid:{key}?expandSubResources=true", None)
        if reply.status_code == 404:
            return None
        if reply.status_code >= 400:
            raise of_erp(reply)
        order: dict[str, Any] = self._json(reply)
        return order

    async def cancel_order(self, order: str) -> None:
        """Cancel an order. Raises Trouble."""
        await self._call("PATCH", f"/record/v1/salesOrder/{order}", {"orderStatus": {"id": "C"}})

    # -- invoices ------------------------------------------------------------------------------------

    async def transform(self, order: str) -> str:
        """Turn an order into an invoice. Every call creates another invoice, so never retry it. Raises Trouble."""
        return await self.write("POST", f"/record/v1/salesOrder/{order}/!transform/invoice", {})

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The invoices of an order: id and net total. Raises Trouble."""
        rows = await self.suiteql(
            f"SELECT id, foreigntotal, taxtotal FROM transaction WHERE createdfrom = '{order}' AND type = 'CustInvc'"  # noqa: S608
        )
        return {row["id"]: net_and_tax(row)[0] for row in rows}

    async def delete_invoice(self, invoice: str) -> None:
        """Delete an invoice. Raises Trouble."""
        await self._call("DELETE", f"/record/v1/invoice/{invoice}", None)

    # -- the ledger ----------------------------------------------------------------------------------

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals, by deal, found by their reference number. Raises Trouble."""
        ids = ", ".join(f"'{deal}'" for deal in deals)
        rows = await self.suiteql(
            "SELECT id, otherrefnum, foreigntotal, taxtotal, status, BUILTIN.DF(currency) AS currency FROM transaction "  # noqa: S608
            f"WHERE otherrefnum IN ({ids}) AND type = 'SalesOrd'"
        )
        orders: dict[str, list[LedgerOrder]] = {}
        for row in rows:
            ended = str(row["status"]).rpartition(":")[2] in ENDED
            net, tax = net_and_tax(row)
            order = LedgerOrder(row["id"], row["otherrefnum"], net, ended, row["currency"], tax)
            orders.setdefault(order.deal, []).append(order)
        return orders

    async def prices(self) -> dict[tuple[str, str], Decimal]:
        """The price list: base price by SKU and currency. Raises Trouble."""
        rows = await self.suiteql(
            "SELECT BUILTIN.DF(item) AS sku, BUILTIN.DF(currency) AS currency, unitprice FROM pricing"
        )
        return {(row["sku"], row["currency"]): Decimal(row["unitprice"]) for row in rows}

    async def currency_id(self, symbol: str) -> str:
        """The internal id of a currency by its ISO code. Raises Trouble."""
        if symbol not in self._currencies:
            rows = await self.suiteql("SELECT id, symbol FROM currency")
            self._currencies = {row["symbol"]: row["id"] for row in rows}
        if symbol not in self._currencies:
            raise Trouble("invalid_reference", f"the ERP has no currency {symbol!r}", system="erp")
        return self._currencies[symbol]

    async def suiteql(self, query: str) -> list[dict[str, str]]:
        """All rows of a query. Raises Trouble."""
        rows: list[dict[str, str]] = []
        while True:
            path = f"/query/v1/suiteql?limit={PAGE}&offset={len(rows)}"
            reply = await self._call("POST", path, {"q": query}, prefer="transient")
            page = self._json(reply)
            rows += page["items"]
            if not page["hasMore"]:
                return rows

    # -- requests ------------------------------------------------------------------------------------

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, prefer: str = ""
    ) -> httpx.Response:
        reply = await self._send(method, path, body, prefer=prefer)
        if reply.status_code >= 400:
            raise of_erp(reply)
        return reply

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, prefer: str = ""
    ) -> httpx.Response:
        url = f"{self._transport.base_url}{ROOT}{path}"
        headers = {
            "authorization": self._signer.header(method, url),
            # By default NetSuite ignores unknown field names, and the order comes out wrong.
            "x-netsuite-propertynamevalidation": "error",
        }
        if prefer:
            headers["prefer"] = prefer
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = encode(body)
        return await self._transport.send(method, url, headers=headers, content=content)

    @staticmethod
    def _json(reply: httpx.Response) -> Any:
        try:
            return decode(reply.content)
        except BadJson:
            raise Trouble("connection", "the ERP's reply is truncated or not JSON", system="erp") from None
