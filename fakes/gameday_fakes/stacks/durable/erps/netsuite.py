"""The part of NetSuite's REST API that the flow uses: orders under a key, invoices, prices and the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import Any

import httpx

from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite_credits import is_left, returned
from gameday_fakes.stacks.durable.erps.netsuite_errors import is_missing, trouble_of
from gameday_fakes.stacks.durable.session import read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode
from gameday_fakes.stacks.oauth1 import Signer

ROOT = "/services/rest"
PAGE = 1000

#: Statuses of sales orders that are no longer open: cancelled, closed.
ENDED = ("C", "H")


#: The status of an order that a deal, won again, takes out of the cancelled ones.
REOPENED_STATUS = "B"


class Mapping:
    """Builds the body of an order from a deal, by the definition."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body, with references by external id and prices as sold."""
        values = {"id": deal.id, "name": deal.name, "close_date": deal.close_date, "correlation": correlation}
        return {
            "entity": {"externalId": deal.account},
            "currency": {"id": currency_id},
            **{field: values[source] for field, source in self._sink.order.items()},
            **{field: deal.copied[source] for field, source in self._sink.copied.items() if source in deal.copied},
            "item": {"items": [self.line(line) for line in deal.lines]},
        }

    def line(self, line: Line) -> dict[str, Any]:
        """One line. Without a price level the ERP would use its own price and report no error."""
        return {
            "item": {"externalId": line.sku},
            "quantity": line.quantity,
            "rate": line.unit_price,
            "amount": line.amount,
            "price": {"id": self._sink.price_level},
            # The ERP calculates the tax by the code, on the net amount; without one by its item's, unless it is null.
            "taxCode": {"externalId": line.tax_code} if line.tax_code else None,
        }

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The body for the customer with that external id."""
        return {**body, "entity": {"externalId": customer}}

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body for an order that has been cancelled: it keeps its status unless it is given another."""
        return {**body, "orderStatus": {"id": REOPENED_STATUS}}


def net_and_tax(row: AnyMapping[str, str]) -> tuple[Decimal, Decimal]:
    """The net total of a transaction and the tax on it; NetSuite's own total is gross."""
    tax = Decimal(row["taxtotal"])
    return Decimal(row["foreigntotal"]) - tax, tax


class Client:
    """One account, as its integration role."""

    bills = False
    takes_keys = True

    def __init__(self, transport: Transport, credentials: AnyMapping[str, str], _: Sink) -> None:
        self._transport = transport
        self._signer = Signer(credentials)
        self._currencies: dict[str, str] = {}

    # -- customers -----------------------------------------------------------------------------------

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer with that external id. Raises Trouble."""
        reply = await self._send("GET", f"/record/v1/customer/eid:{key}", None)
        if reply.status_code >= 400 and not is_missing(reply):
            raise trouble_of(reply)
        return reply.status_code < 400

    async def put_customer(self, account: Account) -> None:
        """Add the customer, or bring it up to date if another deal has added it meanwhile. Raises Trouble."""
        await self.write("PUT", f"/record/v1/customer/eid:{account.id}", await self.customer_body(account))

    async def customer_body(self, account: Account) -> dict[str, object]:
        """The customer's record. Its number is the account's id, because several customers may have one name."""
        return {
            "entityId": account.id,
            "companyName": account.name,
            "currency": {"id": await self.currency_id(account.currency)},
            "city": account.city,
            "country": account.country,
            "custentity_crm_account_id": account.id,
        }

    # -- orders --------------------------------------------------------------------------------------

    async def put_order(self, key: str, body: AnyMapping[str, Any]) -> str:
        """Create or replace the order with that external id; repeating it changes nothing. Returns its id.

        Unless ``replace`` names the sublist, NetSuite adds the lines to those that the order has.
        """
        return await self.write("PUT", f"/record/v1/salesOrder/eid:{key}?replace=item", body)

    async def write(self, method: str, path: str, body: AnyMapping[str, Any] | None) -> str:
        """Write a record; returns the id at the end of the reply's Location header. Raises Trouble."""
        reply = await self._call(method, path, body)
        return str(reply.headers.get("location", "")).rpartition("/")[2]

    async def read_order(self, key: str) -> dict[str, Any] | None:
        """The order with that external id, with its lines, or None. Raises Trouble."""
        reply = await self._send("GET", f"/record/v1/salesOrder/eid:{key}?expandSubResources=true", None)
        if is_missing(reply):
            return None
        if reply.status_code >= 400:
            raise trouble_of(reply)
        order: dict[str, Any] = self._json(reply)
        return order

    async def is_half_written(self, key: str) -> bool:
        """Whether the order with that external id has no lines; False if that is not known."""
        try:
            order = await self.read_order(key)
        except Trouble:
            return False
        return order is not None and not order.get("item", {}).get("items")

    async def cancel_order(self, order: str) -> None:
        """Cancel an order; one that is gone stays so. Raises Trouble."""
        await self._end("PATCH", f"/record/v1/salesOrder/{order}", {"orderStatus": {"id": "C"}})

    # -- invoices ------------------------------------------------------------------------------------

    async def transform(self, order: str, key: str = "") -> str:
        """Turn an order into an invoice. Without a key every call creates another one. Raises Trouble."""
        body = {"externalId": key} if key else {}
        try:
            return await self.write("POST", f"/record/v1/salesOrder/{order}/!transform/invoice", body)
        except Trouble as trouble:
            if key and "already exists" in trouble.detail:
                return ""
            raise

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The invoices of an order: id and net total, less what was credited of it. Raises Trouble."""
        totals = await self._made_from(order, "CustInvc")
        return {invoice: total - await self.credited(invoice) for invoice, (total, _) in totals.items()}

    async def delete_invoice(self, invoice: str) -> None:
        """Delete an invoice, and first the credit memos that keep it; one that is gone stays so. Raises Trouble."""
        try:
            await self._end("DELETE", f"/record/v1/invoice/{invoice}")
        except Trouble as trouble:
            if "linked to by" not in trouble.detail:
                raise
            for memo in await self._credits_of(invoice):
                await self._end("DELETE", f"/record/v1/creditMemo/{memo}")
            await self._end("DELETE", f"/record/v1/invoice/{invoice}")

    async def _end(self, method: str, path: str, body: AnyMapping[str, Any] | None = None) -> None:
        reply = await self._send(method, path, body)
        if reply.status_code >= 400 and not is_missing(reply):
            raise trouble_of(reply)

    async def credit(self, invoice: str, deal: Deal) -> bool:
        """Credit what the deal has less than its invoice, under a key, so that repeating it credits nothing more.

        False for an invoice that has to be made anew. Raises Trouble.
        """
        reply = await self._send("GET", f"/record/v1/invoice/{invoice}?expandSubResources=true", None)
        if is_missing(reply):
            return False
        if reply.status_code >= 400:
            raise trouble_of(reply)
        bill = self._json(reply)
        if bill["amountRemaining"] != bill["total"] and await self.credited(invoice):
            return is_left(deal, bill, (await self._credits_of(invoice)).values())
        # An order below zero has nothing left to credit.
        taken = returned(deal.lines, bill["item"]["items"]) if deal.amount >= 0 else []
        if taken:
            await self.put_credit(f"{deal.id}-{invoice}", {"createdFrom": {"id": invoice}, "item": {"items": taken}})
        return bool(taken)

    async def put_credit(self, key: str, body: AnyMapping[str, Any]) -> None:
        """Create the credit memo with that external id, unless it is there. Raises Trouble."""
        await self.write("PUT", f"/record/v1/creditMemo/eid:{key}", body)

    async def credited(self, invoice: str) -> Decimal:
        """What has been credited of an invoice, without tax. Raises Trouble."""
        return sum((net for net, _ in (await self._credits_of(invoice)).values()), Decimal(0))

    async def _credits_of(self, invoice: str) -> dict[str, tuple[Decimal, Decimal]]:
        """The credit memos of an invoice: id, net total and tax. Raises Trouble."""
        memos = await self._made_from(invoice, "CustCred")
        return {memo: (abs(net), abs(tax)) for memo, (net, tax) in memos.items()}

    async def _made_from(self, source: str, kind: str) -> dict[str, tuple[Decimal, Decimal]]:
        """The transactions of a type that were made from another: id, net total and tax. Raises Trouble."""
        rows = await self.suiteql(
            f"SELECT id, foreigntotal, taxtotal FROM transaction WHERE createdfrom = '{source}' AND type = '{kind}'"  # noqa: S608
        )
        return {row["id"]: net_and_tax(row) for row in rows}

    # -- the ledger ----------------------------------------------------------------------------------

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals, by deal, found by their reference number. Raises Trouble."""
        ids = ", ".join(f"'{deal}'" for deal in deals)
        rows = await self.suiteql(
            "SELECT t.id, t.otherrefnum, t.foreigntotal, t.taxtotal, t.status, BUILTIN.DF(t.currency) AS currency, "  # noqa: S608
            "c.externalid AS customer FROM transaction t LEFT JOIN customer c ON c.id = t.entity "
            f"WHERE t.otherrefnum IN ({ids}) AND t.type = 'SalesOrd'"
        )
        orders: dict[str, list[LedgerOrder]] = {}
        for row in rows:
            ended = str(row["status"]).rpartition(":")[2] in ENDED
            net, tax = net_and_tax(row)
            order = LedgerOrder(
                row["id"], row["otherrefnum"], net, ended, row["currency"], tax, row.get("customer") or ""
            )
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
        self, method: str, path: str, body: AnyMapping[str, Any] | None, *, prefer: str = ""
    ) -> httpx.Response:
        reply = await self._send(method, path, body, prefer=prefer)
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return reply

    async def _send(
        self, method: str, path: str, body: AnyMapping[str, Any] | None, *, prefer: str = ""
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
        return read_json(reply, "erp")
