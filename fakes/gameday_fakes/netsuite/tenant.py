"""A NetSuite sandbox, driven through its REST API: customers of one run, which bear the run's tag, and their orders."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gameday_fakes.business_operations import Account, Seed
from gameday_fakes.declared import ControlError
from gameday_fakes.http import Request, Route
from gameday_fakes.ledger import Ledger
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.tenant_api import NetSuiteApi
from gameday_fakes.netsuite.tenant_entries import (
    PARTS,
    customer_keys,
    deal_of,
    reference_id,
    texts_of,
    written_invoice,
    written_order,
)
from gameday_fakes.netsuite.tenant_ledger import MOST_IDS, STATED, OrdersRead, listed
from gameday_fakes.netsuite.tenant_made import FieldsOfRun
from gameday_fakes.netsuite.tenant_rights import products_of, rights_of
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.rights import Product, Right
from gameday_fakes.sandbox.tenant import UNREADABLE, Written, in_parts, stated_parts, states_of

_LONGEST_KEY = 60
#: What was made from what, so that nothing is removed on which something else depends.
_REMOVED = ("customerpayment", "creditmemo", "invoice", "cashsale", "itemfulfillment", "salesorder")
_RECORDS = {"customerpayment": "customerPayment", "creditmemo": "creditMemo", "cashsale": "cashSale"}
_RECORDS |= {"itemfulfillment": "itemFulfillment", "salesorder": "salesOrder"}
_ID = re.compile(r"/(\w+)/([0-9]+)\Z")
_BILLS = {"invoice": "invoice", "cashsale": "cashSale"}


class NetSuiteTenant(NetSuiteApi):
    """What one run makes of one account."""

    operations = frozenset({"seed"})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.names.deal_field = self.records.naming.order
        self._read = OrdersRead(self.names)
        self._of_run = FieldsOfRun(self.records)
        #: Internal ids of the run's customers; the deals of records by their ids; orders that name one of the deals.
        self._customers: list[str] = []
        self._deals: dict[str, str] = {}
        self._named: set[str] = set()

    def state(self, names: Sequence[str]) -> None:
        self.names.stated = stated_parts(names, PARTS)

    def match_by(self, field: str) -> None:
        self.names.deal_field = field

    # -- what people do ------------------------------------------------------------------------------

    async def seed(self, _: str, params: Seed) -> dict[str, Any]:
        """Add the run's customers; items have to be there already."""
        await self.learn_names()
        await self._learn_items([product.sku for product in params.products])
        currencies = {symbol: id_ for id_, symbol in self.names.currencies.items()}
        await asyncio.gather(*(self._add_customer(account, currencies) for account in params.accounts))
        return {"id": ""}

    async def _add_customer(self, account: Account, currencies: Mapping[str, str]) -> None:
        currency, key = currencies.get(account.currency or "USD"), account.id or account.key
        if currency is None:
            raise ControlError(f"{self.settings.host} has no currency {account.currency!r}")
        body = {
            "entityId": f"{account.key[:_LONGEST_KEY]} {self.records.tag}",
            "companyName": account.name or account.key,
            "currency": {"id": currency},
            **self._of_run.given(key),
            **self.settings.fields.get("customer", {}),
        }
        target = f"{ROOT}/record/v1/customer/eid:{quote(key, safe='')}"
        answer = await self.ask("PUT", target, body)
        if answer.status != 204:
            raise self.refused("PUT", target, answer)
        id_ = answer.header("location").rpartition("/")[2]
        self._customers.append(id_)
        self.names.customers[id_] = key

    async def _learn_items(self, skus: Sequence[str]) -> None:
        for some in in_parts(skus, MOST_IDS):
            rows = await self.suiteql(f"SELECT id, itemid FROM item WHERE itemid IN ({listed(some)})")  # noqa: S608
            self.names.items.update({str(row["id"]): str(row["itemid"]) for row in rows})
        missing = sorted({*skus} - {*self.names.items.values()})
        if missing:
            raise ControlError(f"{self.settings.host} has no item {', '.join(missing)[:300]}")

    # -- the stack's writes --------------------------------------------------------------------------

    def key_of(self, request: Request, key: str | None) -> str | None:
        reference = request.params.get("id", "")
        return self._deals.get(key or reference) or key

    async def written(self, request: Request, route: Route, answer: Answer, key: str | None) -> Written | None:
        if route.event not in ("order_write", "invoice_write"):
            return None
        kind, id_ = _record_of(request, answer)
        if not id_:
            return None
        deal = key or ""
        self._read.wrote(kind, id_, self.clock.now_s())
        try:
            if kind == "salesOrder":
                return await self._written_order(request, id_, deal, answer.status)
            return await self._written_invoice(request, kind, id_, deal, answer.status)
        except (*UNREADABLE, TenantGone):
            # What has just been written cannot be read; that it was written is known.
            name = "order" if kind == "salesOrder" else "invoice"
            return route.event, {name: id_, "deal": deal, "operation": route.operation, "status": answer.status}

    async def _written_order(self, request: Request, id_: str, deal: str, status: int) -> Written | None:
        if request.method == "DELETE":
            return "order_write", {
                "order": id_,
                "deal": deal,
                "operation": "order.write",
                "status": status,
                "state": "deleted",
            }
        entry = await self._read.order(self, id_)
        deal = deal or deal_of(entry, self.names)
        self._deals[id_] = deal
        if {*entry.keys.values()} & {*self.records.deals.values()}:
            self._named.add(id_)
        return "order_write", written_order(entry, deal, status)

    async def _written_invoice(self, request: Request, kind: str, id_: str, deal: str, status: int) -> Written | None:
        if request.method == "DELETE":
            return "invoice_write", {
                "invoice": id_,
                "deal": deal,
                "operation": "invoice.write",
                "status": status,
                "state": "deleted",
            }
        body = await self.json("GET", f"{ROOT}/record/v1/{kind}/{id_}")
        order = reference_id(body.get("createdFrom"))
        entry = await self._read.order(self, order) if order else None
        deal = self._deals.get(order) or deal
        self._deals[id_] = deal
        return "invoice_write", written_invoice(await self._read.invoice(self, kind, id_), entry, deal, status)

    # -- what is possible there ----------------------------------------------------------------------

    async def rights(self) -> list[Right]:
        return await rights_of(self)

    async def products(self, skus: Sequence[str] = ()) -> list[Product]:
        return await products_of(self, skus)

    # -- ledger and clean ----------------------------------------------------------------------------

    async def ledger(self) -> Ledger:
        customers = await self._tagged()
        named = self._named | {*await self._naming_deals("type = 'SalesOrd' AND ")}
        entries = await self._read.entries(self, [row["id"] for row in customers], named)
        known = {row.get("externalid") or row["id"]: self._keys(row) | await self._stated(row) for row in customers}
        new = tuple(key for key, keys in known.items() if keys["id"] not in self._customers)
        items, ordered = sorted(self.names.items.values()), sorted(entries, key=lambda entry: int(entry.id))
        stated = (*STATED, *states_of(self.names.stated))
        return Ledger("netsuite", self.clock.now_s(), tuple(ordered), known, stated, new, items=tuple(items))

    def _keys(self, row: dict[str, str]) -> dict[str, str]:
        field = self._of_run.customer_field
        own = row.get(field.lower(), "") if field else ""
        return customer_keys(row) | ({field: own} if own else {})

    async def _stated(self, row: dict[str, str]) -> dict[str, str]:
        """The further fields of a customer."""
        if not self.names.stated.get("customer."):
            return {}
        body = await self.json("GET", f"{ROOT}/record/v1/customer/{row['id']}")
        return texts_of(body, self.names, "customer.")

    async def clean(self) -> dict[str, int]:
        await self.connections.prove_now()
        removed: dict[str, int] = {}
        customers = [row["id"] for row in await self._tagged()]
        made = await self._transactions_of(customers)
        for kind in _REMOVED:
            # The newest first: a credit memo goes before the invoice from which it was made.
            for id_ in sorted((id_ for id_, of in made.items() if of == kind), key=int, reverse=True):
                await self._delete(_RECORDS.get(kind, kind), id_)
                removed[_RECORDS.get(kind, kind)] = removed.get(_RECORDS.get(kind, kind), 0) + 1
        for id_ in customers:
            await self._delete("customer", id_)
        removed["customer"] = len(customers)
        left = len(await self._tagged()) + len(await self._transactions_of(customers))
        if left:
            raise ControlError(f"{left} records with the tag {self.records.tag} are still there")
        return removed

    async def _tagged(self) -> list[dict[str, str]]:
        """The run's customers, and those that the stack has made for its accounts."""
        field = self._of_run.customer_field.lower()
        columns = ", ".join(("id", "externalid", "entityid", "companyname", *([field] if field else [])))
        found: dict[str, dict[str, str]] = {}
        for condition in self._of_run.customers():
            rows = await self.suiteql(f"SELECT {columns} FROM customer WHERE {condition}")  # noqa: S608
            found.update({str(row["id"]): {name: str(row[name]) for name in row if name != "links"} for row in rows})
        return list(found.values())

    async def _transactions_of(self, customers: Sequence[str]) -> dict[str, str]:
        """The transactions of these customers, and those that name one of the run's deals; their types by id."""
        found = await self._naming_deals()
        for some in in_parts(customers, MOST_IDS):
            found |= await self._types_of(f"entity IN ({listed(some)})")
        return found

    async def _naming_deals(self, of: str = "") -> dict[str, str]:
        """The transactions that name one of the run's deals, and meet a condition ``of`` them; their types by id."""
        found: dict[str, str] = {}
        for condition in self._of_run.transactions():
            found |= await self._types_of(f"{of}{condition}")
        return found

    async def _types_of(self, condition: str) -> dict[str, str]:
        rows = await self.suiteql(f"SELECT id, recordtype FROM transaction WHERE {condition}")  # noqa: S608
        return {str(row["id"]): str(row["recordtype"]).lower() for row in rows}

    async def _delete(self, kind: str, id_: str) -> None:
        target = f"{ROOT}/record/v1/{kind}/{id_}"
        answer = await self.ask("DELETE", target)
        if answer.status not in (204, 404):
            raise self.refused("DELETE", target, answer)


def _record_of(request: Request, answer: Answer) -> tuple[str, str]:
    """The kind and the internal id of the record that a request wrote; empty where neither path nor reply names it."""
    found = _ID.search(answer.header("location")) or _ID.search(request.path)
    if found is None:
        return "", ""
    name = found[1].lower()
    return ("salesOrder" if name == "salesorder" else _BILLS.get(name, found[1])), found[2]
