"""Bugs that show only when things meet: copies of an event, changes in flight, two troubles, a fault in a recovery."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Notification, Record
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.definition import Reason
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import KeyedOrders, OrderWriter, Settlement
from gameday_fakes.stacks.durable.pager import Pager
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import DISCARDED, Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace


class _OneTurnForEachEvent(Inbox):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._events: deque[str] = deque()

    async def receive(self, notifications: Sequence[Notification]) -> None:
        self._events.extend(notification.record for notification in notifications)
        await super().receive(notifications)

    def claim(self, limit: int) -> list[str]:
        claimed: list[str] = []
        while self._events and len(claimed) < limit and self._events[0] not in claimed:
            claimed.append(self._events.popleft())
        self.in_hand.update(claimed)
        return claimed + super().claim(limit - len(claimed))


class _LooksBeforeItCreates:
    def __init__(self, erp: NetSuite) -> None:
        self._erp = erp

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        for order in (await self._erp.ledger([deal.id])).get(deal.id, []):
            return await self._erp.write("PATCH", f"/record/v1/salesOrder/{order.id}?replace=item", body)
        return await self._erp.write("POST", "/record/v1/salesOrder", body)


class NoLockForADeal(Planted):
    """Works on two events of a deal at the same time, and looks for the order instead of writing under a key."""

    only = "netsuite"
    caught_by = "delivery/concurrent_copies.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _OneTurnForEachEvent(self.store)

    @cached_property
    def orders(self) -> OrderWriter:
        return _LooksBeforeItCreates(self.netsuite)


class RacingCustomers(KeyedCustomers):
    """Looks for a customer, then creates it, under another number if it has appeared meanwhile."""

    erp: NetSuite

    async def ensure(self, account: str) -> str:
        if await self.erp.has_customer(account):
            return account
        body = await self.erp.customer_body(await self.crm.account(account))
        try:
            await self.erp.write("POST", "/record/v1/customer", {**body, "externalId": account})
        except Trouble as trouble:
            if trouble.reason != "refused":
                raise
            account = f"{account}-{uuid.uuid4().hex[:4]}"
            await self.erp.write("POST", "/record/v1/customer", {**body, "externalId": account, "entityId": account})
        return account


class CreatesCustomersAgain(Planted):
    """Creates a customer again, under another number, if it appears between the search and the creation."""

    only = "netsuite"
    caught_by = "process/new_customers.feature"

    @cached_property
    def customers(self) -> Customers:
        return RacingCustomers(self.crm, self.netsuite, self.store)


class _ChecksOffTheLatest(Settlement):
    composition: Composition

    async def settle(self, deal: Deal, row: Row) -> None:
        if row["order_id"] and row["version"] == row["verified"] == deal.version:
            await self._bill(deal, row)
            return
        try:
            await super().settle(deal, row)
        except Trouble as trouble:
            if trouble.reason == "unbilled":
                await self._check_off(deal, row)
            raise
        await self._check_off(deal, row)

    async def _bill(self, deal: Deal, row: Row) -> None:
        """Of what is checked off only the invoice of an ERP that bills by itself may be missing."""
        if not row["invoice_id"]:
            invoice = await self._erp.transform(row["order_id"])
            self._store.set_deal(deal.id, invoice_id=invoice, invoice_digest=row["digest"])

    async def _check_off(self, deal: Deal, row: Row) -> None:
        latest = (await self.composition.crm.read_deals([deal.id]))[deal.id]
        if not isinstance(latest, Trouble):
            stamp = latest["version"]
            self._store.set_deal(deal.id, version=stamp, verified=stamp, generation=row["generation"])


class _FindsOnlyMissing(Reconciler):
    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        return


class ChecksOffTheLatest(Planted):
    """Checks a deal off as it is after the write, not as it was read, and never compares what is checked off."""

    caught_by = "process/amended_in_flight.feature"

    @cached_property
    def settlement(self) -> Settlement:
        settlement = _ChecksOffTheLatest(self.store, self.erp, self.mapping, self.orders, self.invoices, self.customers)
        settlement.composition = self
        return settlement

    reconciler_class = _FindsOnlyMissing


class _OneIncidentAtATime(Pager):
    open = ""

    def trigger(self, key: str, reason: Reason, **more: Any) -> None:
        if self.open in ("", key):
            self.open = key
            super().trigger(key, reason, **more)

    def resolve(self, key: str, reason: Reason) -> None:
        if self.open == key:
            self.open = ""
            super().resolve(key, reason)


class OneIncidentAtATime(Planted):
    """Has one open incident for the flow: while it is open, no alert about another trouble is sent."""

    caught_by = "erp_rules/locks_and_closed_period.feature"

    @cached_property
    def pager(self) -> Pager:
        return _OneIncidentAtATime(self.definition, self.store, self.environment.flow)


class _BacklogWithoutKeys(KeyedOrders):
    _erp: NetSuite

    def __init__(self, erp: NetSuite, store: Store, pace: Pace) -> None:
        super().__init__(erp)
        self._store = store
        self._old_real_s = pace.real_s(60)

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        if row["order_id"] or self._store.now_s() - row["received_s"] < self._old_real_s:
            return await super().write(deal, row, body)
        return await self._erp.write("POST", "/record/v1/salesOrder", body)


class BacklogWithoutKeys(Planted):
    """Writes what has waited for over a minute through a bulk path that knows no idempotency keys."""

    only = "netsuite"
    caught_by = "limits/replies_lost_in_recovery.feature"

    @cached_property
    def orders(self) -> OrderWriter:
        return _BacklogWithoutKeys(self.netsuite, self.store, self.pace)


class _GivesUp(Failures):
    def retry_later(self, deal: str, attempts: int, delay_real_s: float) -> None:
        super().retry_later(deal, attempts, delay_real_s)
        row = self.store.deal(deal)
        if row is not None and self.store.now_s() - row["trouble_s"] > self.pace.real_s(300):
            self.store.set_deal(deal, state=DISCARDED)


class GivesUpAfterFiveMinutes(Planted):
    """Gives up on a deal that has failed for five minutes."""

    caught_by = "limits/long_outage.feature"

    @cached_property
    def failures(self) -> Failures:
        return _GivesUp(self.definition, self.store, self.pace, self.gates, self.incidents, self.tickets, self.draw)


COMPOSITIONS: dict[str, type[Planted]] = {
    "no-lock-for-a-deal": NoLockForADeal,
    "creates-customers-again": CreatesCustomersAgain,
    "checks-off-the-latest": ChecksOffTheLatest,
    "one-incident-at-a-time": OneIncidentAtATime,
    "backlog-without-keys": BacklogWithoutKeys,
    "gives-up-after-five-minutes": GivesUpAfterFiveMinutes,
}
