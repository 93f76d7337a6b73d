"""Mistakes that meet HubSpot alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherInbox, Planted
from gameday_fakes.stacks.durable.bugs.queues import KnownDeals
from gameday_fakes.stacks.durable.crm import Notification, Record
from gameday_fakes.stacks.durable.crms.hubspot import Client as HubSpot
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.trouble import Trouble


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

    reconciler_class = KnownDeals


#: The newest deal that was known at the last pass: about when that was, on the CRM's clock.
_NEWEST_THEN = "newest_then"


class _SinceItsLastPass(Reconciler):
    async def _changed(self) -> list[Record]:
        newest = self._store.row("SELECT max(version) AS version FROM deals")
        changed = await self._crm.changed(self._store.fact(_NEWEST_THEN), 0.0)
        if newest is not None and newest["version"]:
            self._store.set_fact(_NEWEST_THEN, newest["version"])
        return changed


class SearchesSinceItsLastPass(Planted):
    """Searches only for what changed since its last pass: what the index did not have yet at that one is skipped."""

    only = "hubspot"
    caught_by = "modes/late_rows.feature"
    reconciler_class = _SinceItsLastPass


class _Tombstones(HubSpot):
    """Remembers what was deleted, to ask no more for it."""

    @cached_property
    def _gone(self) -> set[str]:
        return set()

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        found = await super().read_deals(deals)
        self._gone |= {deal for deal, record in found.items() if isinstance(record, dict) and record.get("deleted")}
        return {deal: {"id": deal, "deleted": True} if deal in self._gone else each for deal, each in found.items()}

    async def changed(self, since: str, overlap_s: float, limit: int | None = None) -> list[Record]:
        found = await super().changed(since, overlap_s, limit)
        return [record for record in found if record["id"] not in self._gone]


class KeepsDealsDeleted(OtherCrm):
    """Remembers the deals that were deleted and never looks at them again: one that is restored gets no order."""

    only = "hubspot"
    caught_by = "modes/restored_deal.feature"
    crm_class = _Tombstones


COMPOSITIONS: dict[str, type[Planted]] = {
    "keeps-deals-deleted": KeepsDealsDeleted,
    "ignores-merges": IgnoresMerges,
    "reads-one-event-a-request": ReadsOneEventARequest,
    "searches-since-its-last-pass": SearchesSinceItsLastPass,
}
