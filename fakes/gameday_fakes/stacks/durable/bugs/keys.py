"""Bugs in keys: what counts as the same order, the same deal, the same customer."""

from __future__ import annotations

import asyncio
import re
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherOrders, OtherSettlement, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.erp import Erp, LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.orders import KeyedOrders, OrderWriter, Settlement
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble


class _FoldedKey(KeyedOrders):
    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        return await self._erp.put_order(deal.id[:15].lower(), body)


class CaseFoldedKey(OtherOrders):
    """Ignores case in the 15 characters of an id: two deals share one key, and one order overwrites the other."""

    # Ids of other CRMs do not differ by case only.
    only = "salesforce"
    caught_by = "delivery/duplicate_delivery.feature"
    orders_class = _FoldedKey


class _NamedKey(KeyedOrders):
    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        return await self._erp.put_order(re.sub(r"[^A-Za-z0-9]+", "-", deal.name), body)


class KeyFromName(OtherOrders):
    """Uses the deal's name as the key: two deals of one name share one order."""

    caught_by = "delivery/duplicate_delivery.feature"
    orders_class = _NamedKey


class _VersionedKey(KeyedOrders):
    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        return await self._erp.put_order(f"{deal.id}-{re.sub(r'[^0-9]', '', deal.version)}", body)


class KeyPerVersion(OtherOrders):
    """Puts the deal's version into the key: an amended deal gets a second order."""

    caught_by = "process/amended_after_order.feature"
    orders_class = _VersionedKey


class _TwoKeys:
    def __init__(self, erp: Erp, store: Store) -> None:
        self._erp = erp
        self._store = store

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        now = self._store.deal(deal.id) or row
        return await self._erp.put_order(deal.id if now["delivered"] else f"REC-{deal.id}", body)


class _RememberingNothing(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        self._store.set_deal(deal.id, order_id="", digest="", invoice_id="", invoice_digest="")
        await super().settle(deal, self._store.deal(deal.id) or row)


class KeyPerPath(OtherSettlement):
    """The reconciler writes under keys of its own: an event that arrives later makes a second order."""

    caught_by = "delivery/out_of_order.feature"
    settlement_class = _RememberingNothing

    @cached_property
    def orders(self) -> OrderWriter:
        return _TwoKeys(self.erp, self.store)


_COPY = "copy:"


class _OneOfEachCustomer(Settlement):
    window_s = 2.0

    async def settle(self, deal: Deal, row: Row) -> None:
        fact = f"last:{deal.account}:{deal.currency}"
        other, _, at_s = self._store.fact(fact, f"{deal.id} 0").partition(" ")
        if other != deal.id and self._store.now_s() - float(at_s) < self.window_s:
            self._store.note(deal.id, "skipped as a copy", other)
            self._store.set_fact(f"{_COPY}{deal.id}", deal.version)
            return
        self._store.set_fact(fact, f"{deal.id} {self._store.now_s()}")
        await super().settle(deal, row)


class _WithoutCopies(Reconciler):
    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        if self._store.fact(f"{_COPY}{record['id']}") != record["version"]:
            super()._compare(record, orders)


class SecondDealIsACopy(OtherSettlement):
    """Takes two deals of one customer within two seconds for copies, and drops the second."""

    caught_by = "delivery/duplicate_delivery.feature"
    settlement_class = _OneOfEachCustomer
    reconciler_class = _WithoutCopies


class _SharedCustomers(KeyedCustomers):
    account = ""

    async def ensure(self, account: str) -> str:
        self.account = account
        await asyncio.sleep(0.03)
        return await super().ensure(self.account)


class SharedCustomer(Planted):
    """Keeps the customer in a variable that all workers share: concurrent deals get each other's customer."""

    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def customers(self) -> Customers:
        return _SharedCustomers(self.crm, self.erp, self.store)


class _NamedCustomers(KeyedCustomers):
    erp: NetSuite

    async def ensure(self, account: str) -> str:
        account = await super().ensure(account)
        name = (await self.crm.account(account)).name.replace("'", "''")
        rows = await self.erp.suiteql(f"SELECT externalid FROM customer WHERE companyname = '{name}'")  # noqa: S608
        return rows[0]["externalid"] if rows else account


class CustomerByName(Planted):
    """Looks a customer up by name and takes the first: of two customers of one name, one gets the orders of both."""

    only = "netsuite"
    caught_by = "delivery/reply_lost.feature"

    @cached_property
    def customers(self) -> Customers:
        return _NamedCustomers(self.crm, self.netsuite, self.store)


class _RemembersFailures(KeyedCustomers):
    @cached_property
    def _unknown(self) -> set[str]:
        return set()

    async def ensure(self, account: str) -> str:
        if account in self._unknown:
            raise Trouble("invalid_reference", f"the ERP does not know the customer {account}", system="erp")
        try:
            return await super().ensure(account)
        except Trouble:
            self._unknown.add(account)
            raise


class RemembersFailedLookups(Planted):
    """Remembers a lookup of a customer that failed as one that found nobody: all deals of that customer are parked."""

    caught_by = "limits/long_outage.feature"

    @cached_property
    def customers(self) -> Customers:
        return _RemembersFailures(self.crm, self.erp, self.store)


COMPOSITIONS: dict[str, type[Planted]] = {
    "case-folded-key": CaseFoldedKey,
    "key-from-name": KeyFromName,
    "key-per-version": KeyPerVersion,
    "key-per-path": KeyPerPath,
    "second-deal-is-a-copy": SecondDealIsACopy,
    "shared-customer": SharedCustomer,
    "customer-by-name": CustomerByName,
    "remembers-failed-lookups": RemembersFailedLookups,
}
