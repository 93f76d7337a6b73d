"""Bugs in queues and in the reconciler that is to find what they lost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from gameday_fakes.stacks.durable.bugs.parts import OtherInbox, OtherReconciler, Planted
from gameday_fakes.stacks.durable.crm import Notification, Record
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reconciler import CURSOR, Reconciler
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.store import DISCARDED, Store


class _ShortInbox(Inbox):
    room = 25

    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive(notifications)
        waiting = self.store.rows("SELECT id FROM deals WHERE state = 'queued' ORDER BY received_s")
        for row in waiting[self.room :]:
            self.store.set_deal(row["id"], state=DISCARDED)


class QueueOverflows(OtherInbox):
    """Has room for 25 waiting deals: it acknowledges the others and drops them."""

    caught_by = "access/permission_lost.feature"
    inbox_class = _ShortInbox


class StartsAfresh(Planted):
    """Takes everything that was unfinished when it starts for done."""

    caught_by = "process/worker_killed.feature"

    @cached_property
    def store(self) -> Store:
        store = super().store
        assert isinstance(store, SqliteStore)  # noqa: S101 - bugs are planted in the stack of one process only
        store._db.execute("UPDATE deals SET state = 'discarded' WHERE state IN ('queued', 'parked')")
        return store


class _OnePage(Reconciler):
    rows = 20

    async def _changed(self) -> list[Record]:
        overlap_s = self._pace.real_s(self._rules.overlap_s)
        return await self._crm.changed(self._store.fact(CURSOR), overlap_s, self.rows)


class ReconcilesOnePage(OtherReconciler):
    """Reads only the first page of what changed, and begins the next pass so far back that it reads the same page."""

    caught_by = "delivery/subscription_deleted.feature"
    reconciler_class = _OnePage


class KnownDeals(Reconciler):
    """Passes over deals of which no event has told."""

    async def _changed(self) -> list[Record]:
        return [record for record in await super()._changed() if self._store.deal(record["id"]) is not None]


class ReconcilesKnownDeals(OtherReconciler):
    """Reconciles only deals that it has heard of: one whose event never came is not missed."""

    caught_by = "modes/throttled_pages.feature"
    reconciler_class = KnownDeals


COMPOSITIONS: dict[str, type[Planted]] = {
    "queue-overflows": QueueOverflows,
    "starts-afresh": StartsAfresh,
    "reconciles-one-page": ReconcilesOnePage,
    "reconciles-known-deals": ReconcilesKnownDeals,
}
