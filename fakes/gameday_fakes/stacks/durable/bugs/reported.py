"""Bugs that were reported of real syncs, retold; tests/stacks/cases has the features, each with its reports."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.moments import RacingCustomers
from gameday_fakes.stacks.durable.bugs.parts import OtherErp, OtherMapping, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Notification, Record
from gameday_fakes.stacks.durable.customers import Customers
from gameday_fakes.stacks.durable.erp import Erp, LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import KeyedOrders, OrderWriter
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Row, Store


class _OncePerDeal(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive([n for n in notifications if self.store.deal(n.record) is None])


class _FindsOnlyMissing(Reconciler):
    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        return


class HearsADealOnce(Planted):
    """Remembers which deals it has heard of: a deal that changes later is no news, and is not compared either."""

    caught_by = "process/amended_after_order.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _OncePerDeal(self.store)

    reconciler_class = _FindsOnlyMissing


class _HomeCurrency(NetSuite):
    async def currency_id(self, symbol: str) -> str:
        return await super().currency_id("USD")


class BooksOneCurrency(OtherErp):
    """Books every order in the home currency, with the figures of the deal, and compares no currencies."""

    only = "netsuite"
    caught_by = "delivery/reply_lost.feature"
    erp_class = _HomeCurrency

    reconciler_class = _FindsOnlyMissing


class _OnePage(Inbox):
    page = 8

    def claim(self, limit: int) -> list[str]:
        page = {row["id"] for row in self.store.unfinished()[: self.page]}
        claimed = [deal for deal in self.store.due(1000, self.in_hand) if deal in page][:limit]
        self.in_hand.update(claimed)
        return claimed


class FullPageStopsAll(Planted):
    """Works on the oldest eight deals that are unfinished: eight that cannot pass stop all others."""

    caught_by = "erp_rules/inactive_reference.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _OnePage(self.store)


class _OnlyNewer(Inbox):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._greatest = ""

    async def receive(self, notifications: Sequence[Notification]) -> None:
        stamps = [each.fields.get("version", "") for each in notifications]
        newer = [each for each, stamp in zip(notifications, stamps, strict=True) if stamp > self._greatest]
        self._greatest = max([self._greatest, *stamps])
        await super().receive(newer)


class _NoReconciler(Reconciler):
    async def run_once(self) -> None:
        return


class OneDealASecond(Planted):
    """Takes only what has a greater stamp than all before: of two deals stamped with one second the later is lost."""

    caught_by = "modes/late_rows.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _OnlyNewer(self.store)

    reconciler_class = _NoReconciler


class _DayAfter(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        date = datetime.date.fromisoformat(body["tranDate"]) + datetime.timedelta(days=1)
        return {**body, "tranDate": date.isoformat()}


class DayAfter(Planted):
    """Takes the close date for the evening in a western time zone and writes the day in UTC: the day after."""

    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def mapping(self) -> Mapping:
        return _DayAfter(self.definition.sink)


class _ImportsAgain(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            row = self.store.deal(notification.record)
            if row is not None and row["state"] == "done" and not self.store.fact(f"again:{notification.record}"):
                self.store.set_fact(f"again:{notification.record}", "yes")
                self.store.set_deal(notification.record, order_id="", digest="", invoice_id="", invoice_digest="")
        await super().receive(notifications)


class _OrdersByImport(KeyedOrders):
    def __init__(self, erp: Erp, store: Store) -> None:
        super().__init__(erp)
        self._store = store

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        again = self._store.fact(f"again:{deal.id}")
        return await self._erp.put_order(f"{deal.id}-2" if again else deal.id, body)


class ImportsItsOwnEcho(Planted):
    """Takes an event about a deal that is done for a new import, also the event that its own write-back causes."""

    caught_by = "modes/own_echo.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _ImportsAgain(self.store)

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByImport(self.erp, self.store)


class _DiscountAsALine(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        lines: list[dict[str, Any]] = []
        for line, sold in zip(body["item"]["items"], deal.lines, strict=True):
            places = sold.amount.as_tuple().exponent
            full = (sold.unit_price * sold.quantity).quantize(Decimal(1).scaleb(int(places)), ROUND_HALF_UP)
            lines.append({**line, "amount": full})
            if off := sold.amount - full:
                lines.append({"item": line["item"], "quantity": 1, "rate": off, "amount": off, "price": line["price"]})
        body["item"] = {"items": lines}
        return body


class DiscountAfterTax(OtherMapping):
    """Books full prices with their tax and takes the discount off as a line without tax: the net totals agree."""

    caught_by = "money/discounts_and_tax.feature"
    mapping_class = _DiscountAsALine

    reconciler_class = _FindsOnlyMissing


class _OrdersForTheFirst(RacingCustomers):
    async def ensure(self, account: str) -> str:
        await super().ensure(account)
        return account


class LeavesATwinCustomer(Planted):
    """Creates a customer again if another deal is creating it; the orders all go to the first, none to its twin."""

    caught_by = "process/new_customers.feature"

    @cached_property
    def customers(self) -> Customers:
        return _OrdersForTheFirst(self.crm, self.erp, self.store)


COMPOSITIONS: dict[str, type[Planted]] = {
    "hears-a-deal-once": HearsADealOnce,
    "books-one-currency": BooksOneCurrency,
    "full-page-stops-all": FullPageStopsAll,
    "one-deal-a-second": OneDealASecond,
    "day-after": DayAfter,
    "imports-its-own-echo": ImportsItsOwnEcho,
    "discount-after-tax": DiscountAfterTax,
    "leaves-a-twin-customer": LeavesATwinCustomer,
}
