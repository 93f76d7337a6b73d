"""The part of S/4HANA's OData services of version 2 that the flow uses: orders, billing documents, partners, products.

Four things differ from most ERPs. A repeated POST is not recognised, so every write begins with a look at what is
there. Invoices are made by the ERP's own billing run, which leaves out orders under a block. What is billed is never
changed: the billing document is cancelled, the items are rejected, and another order is written. And every write needs
the token of a session. Sources: SAP Business Accelerator Hub, "Sales Order (A2X)" and "Billing Document - Read,
Cancel".
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

import httpx

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.s4hana_orders import (
    BILLED,
    CREDIT_BLOCK,
    DEAL,
    POSTED,
    Mapping,
    any_of,
    document,
    is_like,
    items_of,
    ledger_order,
    number,
    quoted,
    trouble_of,
)
from gameday_fakes.stacks.durable.erps.s4hana_session import ROOT, CsrfSession
from gameday_fakes.stacks.durable.session import read_json
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode

#: How many records a filter names: the length of an address is limited.
NAMED_AT_ONCE = 20
ORDERS, ITEMS = "API_SALES_ORDER_SRV/A_SalesOrder", "API_SALES_ORDER_SRV/A_SalesOrderItem"
BILLING = "API_BILLING_DOCUMENT_SRV"
DOCUMENTS, DOCUMENT_ITEMS = f"{BILLING}/A_BillingDocument", f"{BILLING}/A_BillingDocumentItem"
PARTNERS, AREAS = "API_BUSINESS_PARTNER/A_BusinessPartner", "API_BUSINESS_PARTNER/A_CustomerSalesArea"
PRODUCTS = "API_PRODUCT_SRV/A_Product"
#: The invoice among the types of billing documents; a cancellation is another.
INVOICE = "F2"
_BY_ID = "BusinessPartnerIDByExtSystem"
_LONGEST_NAME = 40

__all__ = ["Client", "Mapping"]


class Partner(NamedTuple):
    """A business partner: its number, empty if there is none, and in how many sales areas it may order."""

    number: str
    areas: int


class Client:
    """One client of a system with one sales area, as its communication user."""

    session_class = CsrfSession
    bills, takes_keys = True, False

    def __init__(self, transport: Transport, credentials: AnyMapping[str, str], sink: Sink) -> None:
        self._session = self.session_class(transport, credentials, trouble_of)
        self._area = {
            "SalesOrganization": credentials["sales_organization"],
            "DistributionChannel": credentials["distribution_channel"],
            "OrganizationDivision": credentials["division"],
        }
        self._order_type = sink.order_type
        self._block = sink.billing_block
        #: The ERP's numbers, by the CRM's ids of customers and by SKU.
        self._customers: dict[str, str] = {}
        self._products: dict[str, str] = {}

    # -- customers and products ----------------------------------------------------------------------

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer with that id who may order. Raises Trouble."""
        return bool((await self._partner(key)).areas)

    async def put_customer(self, account: Account) -> None:
        """Add the customer under the account's id, and what it lacks to be able to order. Raises Trouble."""
        partner = await self._partner(account.id)
        if not partner.number:
            body = {
                "BusinessPartnerCategory": "2",
                "OrganizationBPName1": account.name[:_LONGEST_NAME],
                _BY_ID: account.id,
                "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
                "to_BusinessPartnerAddress": [{"CityName": account.city, "Country": account.country}],
            }
            partner = Partner(str(_read(await self._call("POST", PARTNERS, body))["BusinessPartner"]), 0)
        if not partner.areas:
            area = {name.removeprefix("Organization"): value for name, value in self._area.items()}
            try:
                await self._call("POST", AREAS, {"Customer": partner.number, **area, "Currency": account.currency})
            except Trouble as trouble:
                if "already exists" not in trouble.detail:  # Another process has added it meanwhile.
                    raise

    async def _partner(self, key: str) -> Partner:
        """The business partner with that id of the CRM, which has the number of its customer."""
        found = await self._all(PARTNERS, f"{_BY_ID} eq {quoted(key)}", expand="to_Customer/to_CustomerSalesArea")
        for each in found:
            areas = (each["to_Customer"] or {}).get("to_CustomerSalesArea", {}).get("results", [])
            self._customers[key] = str(each["BusinessPartner"])
            return Partner(self._customers[key], len(areas))
        return Partner("", 0)

    async def _customer(self, key: str) -> str:
        if key not in self._customers and not (await self._partner(key)).number:
            raise Trouble("invalid_reference", f"the ERP has no customer for account {key}", system="erp")
        return self._customers[key]

    async def _numbers(self, skus: Iterable[str]) -> AnyMapping[str, str]:
        """The numbers of products: they are in upper case, and the SKU is a product's old number. Raises Trouble."""
        wanted = sorted(set(skus) - self._products.keys())
        for start in range(0, len(wanted), NAMED_AT_ONCE):
            where = any_of("ProductOldID", wanted[start : start + NAMED_AT_ONCE])
            for each in await self._all(PRODUCTS, where, select="Product,ProductOldID"):
                self._products[each["ProductOldID"]] = each["Product"]
        for sku in wanted:
            if sku not in self._products:
                raise Trouble("invalid_reference", f"the ERP has no product {sku}", system="erp")
        return self._products

    async def prices(self) -> dict[tuple[str, str], Decimal]:
        """None: the services of the flow show no price list, and an order keeps the prices that it is given."""
        return {}

    async def currency_id(self, symbol: str) -> str:
        """Orders refer to a currency by its code."""
        return symbol

    # -- orders --------------------------------------------------------------------------------------

    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        """Make what is there of a deal's order like the body; repeating it changes nothing. Returns its id.

        An order that differs is cancelled, with its invoice, before another one is written.
        """
        customer = await self._customer(body["customer"])
        products = await self._numbers(line["sku"] for line in body["lines"])
        kept = ""
        for order in await self._orders_of([key], prices=True):
            if ledger_order(order, self._customers).ended:
                continue
            if not kept and is_like(order, body, customer, products):
                kept = order["SalesOrder"]
            else:
                await self.cancel_order(order["SalesOrder"])
        if kept:
            return kept
        written = {**document(body, self._area, customer, products, self._order_type), DEAL: key}
        return str(_read(await self._call("POST", ORDERS, written))["SalesOrder"])

    async def is_half_written(self, key: str) -> bool:
        """Whether an order of the deal has no items; False if that is not known."""
        try:
            return any(not order["to_Item"]["results"] for order in await self._orders_of([key]))
        except Trouble:
            return False

    async def cancel_order(self, order: str) -> None:
        """Delete an order that was never billed, else reject its items; one that is gone stays so. Raises Trouble."""
        found = await self._one(order, expand="to_Item")
        if found is None:
            return
        documents = await self._documents(order)
        if not documents:
            await self._call("DELETE", _key(ORDERS, order))
            return
        for each in documents:
            if _holds(each):
                await self.delete_invoice(each["BillingDocument"])
        for item in items_of(found):
            path = f"{ITEMS}(SalesOrder={quoted(order)},SalesOrderItem={quoted(item['SalesOrderItem'])})"
            await self._call("PATCH", path, {"SalesDocumentRjcnReason": "00"})

    # -- invoices ------------------------------------------------------------------------------------

    async def transform(self, order: str, key: str = "") -> str:
        """The invoice that the billing run has made of an order. Raises Trouble if there is none, and why."""
        found = await self._one(order)
        if found is None:
            raise Trouble("half_written", f"order {order} is gone", system="erp")
        if found["TotalCreditCheckStatus"] == CREDIT_BLOCK:
            detail = f"order {order} was saved under a credit block, and is not billed until it is released"
            raise Trouble("credit_hold", detail, system="erp")
        if found["HeaderBillingBlockReason"] == self._block:
            await self._call("PATCH", _key(ORDERS, order), {"HeaderBillingBlockReason": ""})
        for each in await self._documents(order) if found["OverallOrdReltdBillgStatus"] == BILLED else []:
            if _holds(each) and each["AccountingPostingStatus"] != POSTED:
                detail = f"invoice {each['BillingDocument']} is made and not posted: its period is closed"
                raise Trouble("period_closed", detail, system="erp")
            if _holds(each):
                return str(each["BillingDocument"])
        raise Trouble("unbilled", f"the billing run has not billed order {order} yet", system="erp")

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The posted invoices of an order that hold: id and net total. Raises Trouble."""
        return {
            each["BillingDocument"]: number(each["TotalNetAmount"])
            for each in await self._documents(order)
            if _holds(each) and each["AccountingPostingStatus"] == POSTED
        }

    async def delete_invoice(self, invoice: str) -> None:
        """Cancel an invoice by a document of its own; one that is cancelled already stays so. Raises Trouble.

        Its orders are put under a billing block first: the billing run would bill them again at once.
        """
        items = await self._all(DOCUMENT_ITEMS, f"BillingDocument eq {quoted(invoice)}", select="SalesDocument")
        for order in dict.fromkeys(item["SalesDocument"] for item in items):
            await self._call("PATCH", _key(ORDERS, order), {"HeaderBillingBlockReason": self._block})
        found = _read(await self._call("GET", _key(DOCUMENTS, invoice)))
        if _holds(found):
            await self._call("POST", f"{BILLING}/Cancel", params={"BillingDocument": quoted(invoice)})

    async def _documents(self, order: str) -> list[dict[str, Any]]:
        """All billing documents of an order."""
        where = f"SalesDocument eq {quoted(order)}"
        items = await self._all(DOCUMENT_ITEMS, where, expand="to_BillingDocument")
        return [*{each["BillingDocument"]: each["to_BillingDocument"] for each in items}.values()]

    async def credit(self, invoice: str, deal: Deal) -> bool:
        """Always False: a billing document is cancelled as a whole."""
        return False

    # -- the ledger ----------------------------------------------------------------------------------

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals, by deal. Raises Trouble."""
        names, orders = list(deals), dict[str, list[LedgerOrder]]()
        for start in range(0, len(names), NAMED_AT_ONCE):
            for each in await self._orders_of(names[start : start + NAMED_AT_ONCE]):
                order = ledger_order(each, self._customers)
                orders.setdefault(order.deal, []).append(order)
        return orders

    async def _orders_of(self, deals: list[str], *, prices: bool = False) -> list[dict[str, Any]]:
        """The orders of these deals with their items."""
        expand = "to_Item,to_Item/to_PricingElement" if prices else "to_Item"
        return await self._all(ORDERS, any_of(DEAL, deals), expand=expand)

    async def _one(self, order: str, *, expand: str = "") -> dict[str, Any] | None:
        reply = await self._session.send("GET", _key(ORDERS, order), params={"$expand": expand} if expand else None)
        if reply.status_code == 404:
            return None
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return cast("dict[str, Any]", _read(reply))

    # -- requests ------------------------------------------------------------------------------------

    async def _all(self, path: str, where: str, *, select: str = "", expand: str = "") -> list[dict[str, Any]]:
        """All records of an entity set that a filter finds, over all pages. Raises Trouble."""
        options = {"$filter": where, "$select": select, "$expand": expand}
        given: dict[str, str] = {option: text for option, text in options.items() if text}
        rows: list[dict[str, Any]] = []
        while path:
            page = _read(await self._call("GET", path, params=given))
            rows += page["results"]
            # It leads to the vendor's host name; what counts is where the environment has the ERP.
            _, _, path = str(page.get("__next", "")).partition(f"{ROOT}/")
            given = {}
        return rows

    async def _call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"if-match": "*"} if method in ("PATCH", "DELETE") else {}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = encode(body)
        reply = await self._session.send(method, path, headers=headers, content=content, **more)
        if reply.status_code >= 400:
            raise trouble_of(reply)
        return cast("httpx.Response", reply)


def _key(path: str, key: str) -> str:
    return f"{path}({quoted(key)})"


def _holds(document: AnyMapping[str, Any]) -> bool:
    return document["BillingDocumentType"] == INVOICE and not document["BillingDocumentIsCancelled"]


def _read(reply: httpx.Response) -> Any:
    return read_json(reply, "erp")["d"]
