"""Mistakes that meet HubSpot alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from gameday_fakes.stacks.durable.bugs.parts import OtherInbox, Planted
from gameday_fakes.stacks.durable.bugs.queues import KnownDeals
from gameday_fakes.stacks.durable.crm import Notification
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reconciler import Reconciler


class _NewIds(KeyedCustomers):
    async def ensure(self, account: str) -> str:
        if not await self.erp.has_customer(account):
            await self.erp.put_customer(await self.crm.account(account))
        return account


class IgnoresMerges(Planted):
    """Takes an account that a merge gave another id for a new customer, and adds it to the ERP once more."""

    only = "hubspot"
    caught_by = "modes/merged_accounts.feature"

    @cached_property
    def customers(self) -> Customers:
        return _NewIds(self.crm, self.erp, self.store)


class _FirstEvents(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive(notifications[:1])


class ReadsOneEventARequest(OtherInbox):
    """Reads the first event of a request and acknowledges all, and reconciles only deals that it has heard of."""

    only = "hubspot"
    caught_by = "delivery/throttled_webhooks.feature"
    inbox_class = _FirstEvents

    @cached_property
    def reconciler(self) -> Reconciler:
        return KnownDeals(
            self.definition, self.pace, self.store, self.inbox, self.crm, self.erp, self.incidents, self.tickets
        )


COMPOSITIONS: dict[str, type[Planted]] = {
    "ignores-merges": IgnoresMerges,
    "reads-one-event-a-request": ReadsOneEventARequest,
}
