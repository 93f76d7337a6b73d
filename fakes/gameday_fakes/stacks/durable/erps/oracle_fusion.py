"""The part of Oracle Fusion's REST resources that the flow uses: orders of Order Hub, invoices, customers and prices.

Three things differ from most ERPs. An order is upserted under the deal's id, and a change takes effect only when it is
submitted with it. A change touches only the lines that it names, and what is cancelled stays so. And an order may be on
hold, although it was taken with success: then nobody may bill it. Source: docs.oracle.com, "REST API for Oracle Fusion
Cloud SCM", Sales Orders for Order Hub; "REST API for Oracle Fusion Cloud Financials", Receivables Invoices.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.oracle_fusion_orders import (
    DEAL,
    DRAFT,
    Mapping,
    invoice_of,
    is_like,
    ledger_order,
    lines_for,
    number,
    quoted,
    trouble_of,
)
from gameday_fakes.stacks.durable.session import Session, read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode

SCM, CRM = "/fscmRestApi/resources/11.13.18.05", "/crmRestApi/resources/11.13.18.05"
ORDERS, INVOICES = f"{SCM}/salesOrdersForOrderHub", f"{SCM}/receivablesInvoices"
CUSTOMERS = f"{CRM}/hubOrganizations"
#: The framework version whose errors have details and whose queries are expressions.
FRAMEWORK = "4"
PAGE = 500
#: How many deals a query names: the length of an address is limited.
NAMED_AT_ONCE = 20
#: Versions of an order that were replaced.
_NOT_REPLACED = "StatusCode <> 'DOO_REFERENCE'"

__all__ = ["Client", "Mapping"]


class Client:
    """One pod, as its integration application."""

    bills = False
    takes_keys = True

    def __init__(self, transport: Transport, credentials: AnyMapping[str, str], _: Sink) -> None:
        self._own = credentials
        own = {name: credentials[name] for name in ("client_id", "client_secret", "scope")}
        form = {"grant_type": "client_credentials"} | own
        self._session = Session(transport, "/oauth2/v1/token", form, trouble_of)

    # -- customers and prices ------------------------------------------------------------------------

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer with that number. Raises Trouble."""
        return bool(await self._all(CUSTOMERS, f"PartyNumber = {quoted(key)}", fields="PartyNumber"))

    async def put_customer(self, account: Account) -> None:
        """Add the customer under the account's id, or bring it up to date. Raises Trouble."""
        body = {
            "PartyNumber": account.id,
            "OrganizationName": account.name,
            "CurrencyCode": account.currency,
            "City": account.city or None,
            "Country": account.country or None,
        }
        await self._call("POST", CUSTOMERS, body, upsert=True)

    async def prices(self) -> dict[tuple[str, str], Decimal]:
        """The price lists: the price by SKU and currency that is in effect and has no end. Raises Trouble."""
        return {
            (item["ItemNumber"], prices["CurrencyCode"]): number(charge["BasePrice"])
            for prices in await self._all(f"{SCM}/priceLists", expand="items.charges")
            for item in prices["items"]["items"]
            for charge in item["charges"]["items"]
            if charge["EndDate"] is None
        }

    async def currency_id(self, symbol: str) -> str:
        """Orders refer to a currency by its code."""
        return symbol

    # -- orders --------------------------------------------------------------------------------------

    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        """Create a deal's order or make it like the payload; repeating it changes nothing. Returns its key.

        Of several that are open all but the first are cancelled. Raises Trouble.
        """
        found = await self._orders([key])
        # An order is upserted, so of one key there are several versions at most while a draft was left behind.
        open_ = {each["OrderKey"]: each for each in found if not each["CanceledFlag"]}
        kept, *others = open_.values() if open_ else (None,)
        for other in others:
            await self.cancel_order(other["OrderKey"])
        if kept is not None and is_like(kept, body):
            return str(kept["OrderKey"])
        ended = {each["OrderKey"] for each in found} - open_.keys()
        source = kept["SourceTransactionId"] if kept is not None else f"{key}-{len(ended) + 1}" if ended else key
        payload = {
            **body["header"],
            DEAL: key,
            "SourceTransactionSystem": self._own["source_system"],
            "SourceTransactionId": source,
            "BusinessUnitName": self._own["business_unit"],
            "lines": list(lines_for(body, kept["lines"]["items"] if kept is not None else ())),
        }
        reply = await self._call("POST", f"{ORDERS}?fields=OrderKey", payload, upsert=True)
        return str(_read(reply)["OrderKey"])

    async def is_half_written(self, key: str) -> bool:
        """Whether an order of the deal has no lines; False if that is not known."""
        try:
            return any(not order["lines"]["items"] for order in await self._orders([key]))
        except Trouble:
            return False

    async def cancel_order(self, order: str) -> None:
        """Cancel all lines of an order, and with them the order; one that is gone or cancelled stays so."""
        found = await self._order(order)
        if found is None or found["CanceledFlag"]:
            return
        lines = list(lines_for({"lines": ()}, found["lines"]["items"]))
        if lines:
            await self._call("PATCH", _path(order), {"lines": lines, "SubmittedFlag": True})
        else:
            # Only the header was written.
            await self._call("DELETE", _path(order), None)

    async def _order(self, order: str, expand: str = "lines") -> dict[str, Any] | None:
        """The latest version of an order, None if there is none. Raises Trouble."""
        params = {"onlyData": "true", **({"expand": expand} if expand else {})}
        reply = await self._send("GET", _path(order), None, params=params)
        if reply.status_code == 404:
            return None
        if reply.status_code >= 400:
            raise trouble_of(reply)
        found: dict[str, Any] = _read(reply)
        return found

    async def _orders(self, deals: Iterable[str]) -> list[dict[str, Any]]:
        """The orders of these deals with their lines, those in force first. Raises Trouble."""
        named = ", ".join(quoted(deal) for deal in deals)
        where = f"{DEAL} in ({named}) and {_NOT_REPLACED}"
        found = await self._all(ORDERS, where, expand="lines")
        return sorted(found, key=lambda order: bool(order["StatusCode"] == DRAFT))

    # -- invoices ------------------------------------------------------------------------------------

    async def transform(self, order: str, key: str = "") -> str:
        """Make the invoice of an order that may be billed, unless the ERP does. Returns its id. Raises Trouble."""
        found = await self._order(order, "lines,holds")
        if found is None:
            raise Trouble("refused", f"order {order} is gone", system="erp")
        self.check_holds(found)
        if any(line["InvoiceEnabledFlag"] for line in found["lines"]["items"]):
            raise Trouble("unbilled", f"order {order} waits for AutoInvoice", system="erp")
        body = invoice_of(found)
        own = {"BusinessUnit": self._own["business_unit"], "TransactionSource": self._own["transaction_source"]}
        reply = await self._send("POST", f"{INVOICES}?fields=CustomerTransactionId", {**own, **body})
        if reply.status_code >= 400:
            # The reply to the invoice before was lost: its number is taken.
            for invoice in await self._invoices(found["OrderNumber"]) if reply.status_code == 400 else ():
                if invoice["TransactionNumber"] == body["TransactionNumber"]:
                    return str(invoice["CustomerTransactionId"])
            raise trouble_of(reply)
        return str(_read(reply)["CustomerTransactionId"])

    def check_holds(self, order: AnyMapping[str, Any]) -> None:
        """Raises Trouble for an order that is on hold: nobody may bill it until it is released."""
        if order["OnHoldFlag"]:
            codes = {hold["HoldCode"] for hold in order["holds"]["items"] if hold["ActiveFlag"]}
            detail = f"order {order['OrderKey']} is on hold: {', '.join(sorted(codes)) or 'a line of it'}"
            raise Trouble("on_hold", detail, system="erp")

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The invoices of an order: id and net total. Raises Trouble."""
        found = await self._order(order, "")
        return {
            str(each["CustomerTransactionId"]): sum(
                (number(line["LineAmount"]) for line in each["receivablesInvoiceLines"]["items"]), Decimal(0)
            )
            for each in (await self._invoices(found["OrderNumber"]) if found is not None else ())
        }

    async def _invoices(self, order: str) -> list[dict[str, Any]]:
        """The invoices that refer to an order by its number. Raises Trouble."""
        return await self._all(INVOICES, f"CrossReference = {quoted(order)}", expand="receivablesInvoiceLines")

    async def delete_invoice(self, invoice: str) -> None:
        """Delete an invoice; one that is gone stays so. Raises Trouble."""
        reply = await self._send("DELETE", f"{INVOICES}/{invoice}", None)
        if reply.status_code >= 400 and reply.status_code != 404:
            raise trouble_of(reply)

    async def credit(self, invoice: str, deal: Deal) -> bool:
        """Always False: an invoice that no longer fits is made anew."""
        return False

    # -- the ledger ----------------------------------------------------------------------------------

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals, by deal. Raises Trouble."""
        wanted, found = list(deals), dict[str, dict[str, LedgerOrder]]()
        for start in range(0, len(wanted), NAMED_AT_ONCE):
            for each in await self._orders(wanted[start : start + NAMED_AT_ONCE]):
                order = ledger_order(each)
                found.setdefault(order.deal, {}).setdefault(order.id, order)
        return {deal: list(orders.values()) for deal, orders in found.items()}

    # -- requests ------------------------------------------------------------------------------------

    async def _all(self, path: str, where: str = "", *, expand: str = "", fields: str = "") -> list[dict[str, Any]]:
        """All items of a resource that a query finds, over all pages. Raises Trouble."""
        options = {"q": where, "expand": expand, "fields": fields, "onlyData": "true", "limit": str(PAGE)}
        rows: list[dict[str, Any]] = []
        while True:
            given = {name: text for name, text in {**options, "offset": str(len(rows))}.items() if text}
            page = _read(await self._call("GET", path, None, params=given))
            rows += page["items"]
            if not page["hasMore"]:
                return rows

    async def _call(self, method: str, path: str, body: Any, *, upsert: bool = False, **more: Any) -> httpx.Response:
        reply = await self._send(method, path, body, upsert=upsert, **more)
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return reply

    async def _send(self, method: str, path: str, body: Any, *, upsert: bool = False, **more: Any) -> httpx.Response:
        headers = {"rest-framework-version": FRAMEWORK, **({"upsert-mode": "true"} if upsert else {})}
        content = None
        if body is not None:
            headers["content-type"] = "application/vnd.oracle.adf.resourceitem+json"
            content = encode(body)
        return await self._session.send(method, path, headers=headers, content=content, **more)


def _path(order: str) -> str:
    return f"{ORDERS}/{quote(order, safe=':')}"


def _read(reply: httpx.Response) -> Any:
    return read_json(reply, "erp")
