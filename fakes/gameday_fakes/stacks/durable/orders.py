"""From a deal to its one order and its one invoice in the ERP; every step can be taken again without harm."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode

#: Stands in place of a digest while the order is cancelled; a deal that is won again opens it with this status.
CANCELLED = "cancelled"
REOPENED_STATUS = "B"


class Mapping:
    """Makes an order's body of a deal, as the definition says."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body: references by external id, prices as sold."""
        values = {"id": deal.id, "name": deal.name, "close_date": deal.close_date, "correlation": correlation}
        return {
            "entity": {"externalId": deal.account},
            "currency": {"id": currency_id},
            **{field: values[source] for field, source in self._sink.order.items()},
            "item": {"items": [self.line(line) for line in deal.lines]},
        }

    def line(self, line: Line) -> dict[str, Any]:
        """One line; without a price level the ERP would take its own price, silently."""
        return {
            "item": {"externalId": line.sku},
            "quantity": line.quantity,
            "rate": line.unit_price,
            "amount": line.amount,
            "price": {"id": self._sink.price_level},
        }


def digest_of(body: dict[str, Any]) -> str:
    """What tells whether an order's content has changed."""
    return hashlib.sha256(encode(body)).hexdigest()[:16]


class OrderWriter(Protocol):
    """Puts an order into the ERP and returns its id."""

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str: ...


class KeyedOrders:
    """The order's external id is the deal's id: however often it is written, there is one."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        """Raises Trouble; of an order whose header was committed without its lines, ``half_written``."""
        try:
            return await self._erp.put_order(deal.id, body)
        except Trouble as trouble:
            if trouble.reason == "unavailable" and await self._is_half_written(deal.id):
                raise Trouble("half_written", trouble.detail, system="erp") from None
            raise

    async def _is_half_written(self, key: str) -> bool:
        try:
            order = await self._erp.read_order(key)
        except Trouble:
            return False
        return order is not None and not order.get("item", {}).get("items")


class InvoiceWriter(Protocol):
    """Makes sure of one invoice for an order and returns its id."""

    async def ensure(self, deal: Deal, order: str) -> str: ...


class GuardedInvoices:
    """Looks before it leaps: the transformation has no key, and repeating it makes another invoice."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def ensure(self, deal: Deal, order: str) -> str:
        """Finds the order's invoice or makes it; one of another amount is taken back first. Raises Trouble."""
        kept = ""
        for invoice, total in (await self._erp.invoices_of(order)).items():
            if total == deal.amount and not kept:
                kept = invoice
            else:
                await self._erp.delete_invoice(invoice)
        return kept or await self._erp.transform(order)


class Settlement:
    """Takes a deal that keeps the contract all the way through the ERP."""

    def __init__(self, store: Store, erp: Erp, mapping: Mapping, orders: OrderWriter, invoices: InvoiceWriter) -> None:
        self._store = store
        self._erp = erp
        self._mapping = mapping
        self._orders = orders
        self._invoices = invoices

    async def settle(self, deal: Deal, row: Row) -> None:
        """Order and invoice are as the deal says when this returns. Raises Trouble."""
        currency_id = await self._erp.currency_id(deal.currency)
        body = self._mapping.order(deal, correlation=row["correlation"], currency_id=currency_id)
        digest = digest_of(body)
        order = row["order_id"]
        if row["digest"] == CANCELLED:
            body["orderStatus"] = {"id": REOPENED_STATUS}
        if digest != row["digest"] or not order:
            # Not known to be written until the ERP has said so.
            self._store.set_deal(deal.id, digest="")
            order = await self._orders.write(deal, row, body)
            self._store.set_deal(deal.id, order_id=order, digest=digest, version=deal.version)
            self._store.note(deal.id, "order written", f"{order}: {deal.amount} {deal.currency}")
        if row["invoice_digest"] != digest or not row["invoice_id"]:
            invoice = await self._invoices.ensure(deal, order)
            self._store.set_deal(deal.id, invoice_id=invoice, invoice_digest=digest)
            self._store.note(deal.id, "invoiced", invoice)
        self._store.set_deal(deal.id, version=deal.version)

    async def void(self, deal: Deal) -> None:
        """No order is open for the deal when this returns. Raises Trouble."""
        for found in (await self._erp.ledger([deal.id])).get(deal.id, []):
            for invoice in await self._erp.invoices_of(found.id):
                await self._erp.delete_invoice(invoice)
            if not found.ended:
                await self._erp.cancel_order(found.id)
                self._store.note(deal.id, "order cancelled", found.id)
        self._store.set_deal(deal.id, digest=CANCELLED, invoice_id="", invoice_digest="", version=deal.version)
