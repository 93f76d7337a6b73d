"""Bugs in orders and invoices: what is written to the ERP, and under which key."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherMapping, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.engine import Prices
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.orders import InvoiceWriter, KeyedOrders, OrderWriter, Settlement
from gameday_fakes.stacks.durable.pricing import PriceCheck
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.durable.trouble import Trouble


class _PostedOrders:
    def __init__(self, erp: NetSuite) -> None:
        self._erp = erp

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        if row["order_id"]:
            return await self._erp.write("PATCH", f"/record/v1/salesOrder/{row['order_id']}?replace=item", body)
        return await self._erp.write("POST", "/record/v1/salesOrder", body)


class NoIdempotencyKey(Planted):
    """Creates orders without an external id: a repeated request makes a second order."""

    only = "netsuite"
    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def orders(self) -> OrderWriter:
        return _PostedOrders(self.netsuite)


class _OrdersByAttempt:
    def __init__(self, erp: Erp) -> None:
        self._erp = erp
        self._failures: Counter[str] = Counter()

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        failures = self._failures[deal.id]
        try:
            return await self._erp.put_order(f"{deal.id}-{failures}" if failures else deal.id, body)
        except Trouble:
            self._failures[deal.id] += 1
            raise


class KeyChangesOnRetry(Planted):
    """Uses a new idempotency key for each attempt: a retry makes a second order."""

    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByAttempt(self.erp)


class _UncheckedOrders(KeyedOrders):
    _erp: NetSuite

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        try:
            return await super().write(deal, row, body)
        except Trouble as trouble:
            if trouble.reason != "half_written":
                raise
            order = await self._erp.read_order(deal.id)
            if order is None:
                raise
            return str(order["id"])


class AcceptsHalfWrittenOrders(Planted):
    """Takes an error for a lost reply if the order exists, and does not notice that its lines are missing."""

    only = "netsuite"
    caught_by = "erp_rules/half_written_order.feature"

    @cached_property
    def orders(self) -> OrderWriter:
        return _UncheckedOrders(self.netsuite)


class _BlindInvoices:
    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def ensure(self, deal: Deal, order: str, outdated: str) -> str:
        return await self._erp.transform(order)


class RepeatedInvoice(Planted):
    """Retries the transformation to an invoice without checking whether the first one succeeded."""

    caught_by = "delivery/invoice_reply_lost.feature"

    @cached_property
    def invoices(self) -> InvoiceWriter:
        return _BlindInvoices(self.erp)


class _OneWaySettlement(Settlement):
    async def void(self, deal: Deal) -> None:
        self._store.set_deal(deal.id, version=deal.version)


class KeepsVoidedOrders(Planted):
    """Ignores a deal that is voided after it was won: its order stays open."""

    caught_by = "process/amended_after_order.feature"

    @cached_property
    def settlement(self) -> Settlement:
        return _OneWaySettlement(self.store, self.erp, self.mapping, self.orders, self.invoices, self.customers)


class _FloatMapping(Mapping):
    """Exact the first time; a rewritten order has been through the floats of a retry queue."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._mapped: set[str] = set()

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if deal.id in self._mapped:
            for line in body["item"]["items"]:
                line["amount"] = Decimal(int(float(line["amount"]) * 100)) / 100
        self._mapped.add(deal.id)
        return body


class RoundsMoneyInFloats(Planted):
    """Converts the amounts of rewritten orders to cents through floats: some lose a cent (19.99 becomes 19.98)."""

    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def mapping(self) -> Mapping:
        return _FloatMapping(self.definition.sink)


class _YieldingPrices:
    """Accepts every price of the ERP's list and remembers the deals that differ from it."""

    def __init__(self, check: PriceCheck) -> None:
        self._check = check
        self.repriced: set[str] = set()

    async def check(self, deal: Deal) -> None:
        try:
            await self._check.check(deal)
        except Trouble as trouble:
            if trouble.reason != "price_drift":
                raise
            self.repriced.add(deal.id)

    def forget(self) -> None:
        self._check.forget()


class _YieldingMapping(Mapping):
    def __init__(self, sink: Sink, prices: _YieldingPrices) -> None:
        super().__init__(sink)
        self._prices = prices

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if deal.id in self._prices.repriced:
            body["item"]["items"] = [
                {name: line[name] for name in ("item", "quantity")} for line in body["item"]["items"]
            ]
        return body


class LetsErpReprice(Planted):
    """Lets the ERP replace the sold price where its list differs, and reports nothing."""

    caught_by = "erp_rules/price_drift.feature"

    @cached_property
    def _yielding(self) -> _YieldingPrices:
        return _YieldingPrices(PriceCheck(self.erp, self.definition.sink, self.pace))

    @cached_property
    def prices(self) -> Prices:
        return self._yielding

    @cached_property
    def mapping(self) -> Mapping:
        return _YieldingMapping(self.definition.sink, self._yielding)


class _WithoutCorrelation(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        return super().order(deal, correlation="", currency_id=currency_id)


class NoCorrelation(OtherMapping):
    """Writes no correlation id: nobody can follow a deal from the logs into the ERP."""

    mapping_class = _WithoutCorrelation


class _OneForAll(Mapping):
    _first = ""

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        self._first = self._first or correlation
        return super().order(deal, correlation=self._first, currency_id=currency_id)


class SharesCorrelation(OtherMapping):
    """Makes its correlation id when it starts: all deals have the same."""

    mapping_class = _OneForAll


COMPOSITIONS: dict[str, type[Planted]] = {
    "no-correlation": NoCorrelation,
    "shares-correlation": SharesCorrelation,
    "no-idempotency-key": NoIdempotencyKey,
    "key-changes-on-retry": KeyChangesOnRetry,
    "accepts-half-written-orders": AcceptsHalfWrittenOrders,
    "repeated-invoice": RepeatedInvoice,
    "keeps-voided-orders": KeepsVoidedOrders,
    "rounds-money-in-floats": RoundsMoneyInFloats,
    "lets-erp-reprice": LetsErpReprice,
}
