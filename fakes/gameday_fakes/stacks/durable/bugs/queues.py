"""Bugs in queues and in the reconciler that is to find what they lost."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from gameday_fakes.stacks.durable.bugs.parts import OtherInbox, Planted
from gameday_fakes.stacks.durable.contract import is_void
from gameday_fakes.stacks.durable.crm import Notification, Record
from gameday_fakes.stacks.durable.crms.salesforce import HEAD, before
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import CANCELLED
from gameday_fakes.stacks.durable.reconciler import CURSOR, Reconciler
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.store import DISCARDED, Store
from gameday_fakes.stacks.durable.trouble import Trouble


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


class ReconcilesOnePage(Planted):
    """Reads only the first page of what changed, and begins the next pass so far back that it reads the same page."""

    caught_by = "delivery/subscription_deleted.feature"
    reconciler_class = _OnePage


class KnownDeals(Reconciler):
    """Passes over deals of which no event has arrived."""

    async def _changed(self) -> list[Record]:
        return [record for record in await super()._changed() if self._store.deal(record["id"]) is not None]


class ReconcilesKnownDeals(Planted):
    """Reconciles only deals that it has heard of: one whose event never came is not missed."""

    caught_by = "modes/throttled_pages.feature"
    reconciler_class = KnownDeals


class _PagesByNumber(Reconciler):
    """Reads a page, hands on what is new, and reads the next one from where it would be if nothing had moved."""

    rows = 10

    async def _changed(self) -> list[Record]:
        crm, source, cursor = cast("Salesforce", self._crm), self._definition.source, self._store.fact(CURSOR)
        stamp, fields = source.path("version"), ", ".join(source.path(name) for name in HEAD)
        since = f" WHERE {stamp} >= {before(cursor, self._pace.real_s(self._rules.overlap_s))}" if cursor else ""
        query = f"SELECT {fields} FROM {source.object}{since} ORDER BY {stamp} LIMIT {self.rows}"  # noqa: S608
        changed: list[Record] = []
        while page := await crm.query(f"{query} OFFSET {len(changed)}", deleted=True):
            records = [source.deal_of(row) for row in page]
            for record in records:
                if not is_void(record) and self._store.deal(record["id"]) is None:
                    self._inbox.add(record["id"], record)
            changed += records
        return changed


class PagesByNumber(Planted):
    """Pages by number through rows that its own write-backs move to the end: what slides onto a page before is lost."""

    only = "salesforce"
    caught_by = "modes/shifting_pages.feature"
    reconciler_class = _PagesByNumber


class _Mirrors(Reconciler):
    async def run_once(self) -> None:
        await super().run_once()
        listed = {record["id"] for record in await self._crm.changed("", 0)}
        for row in self._store.rows("SELECT id FROM deals WHERE state = 'done' AND digest != ?", CANCELLED):
            if row["id"] not in listed:
                await self._cancel(row["id"])

    async def _cancel(self, deal: str) -> None:
        for order in (await self._erp.ledger([deal])).get(deal, []):
            for invoice in await self._erp.invoices_of(order.id):
                await self._erp.delete_invoice(invoice)
            if not order.ended:
                await self._erp.cancel_order(order.id)
        self._store.set_deal(deal, digest=CANCELLED, invoice_id="", invoice_digest="")


class CancelsWhatIsMissing(Planted):
    """Takes the CRM's list for complete: a deal that is not on it was deleted, and its order is cancelled."""

    caught_by = "modes/missing_rows.feature"
    reconciler_class = _Mirrors


class _Recent(Inbox):
    def __init__(self, store: Store, oldest_real_s: float) -> None:
        super().__init__(store)
        self._oldest_real_s = oldest_real_s

    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive([each for each in notifications if self._is_recent(each.fields)])

    def add(self, deal: str, record: Mapping[str, Any] | None = None) -> None:
        if self._is_recent(record or {}):
            super().add(deal, record)

    def _is_recent(self, record: Mapping[str, Any]) -> bool:
        if not (stamp := record.get("version")):
            return True
        age_real_s = self.store.now_s() - datetime.datetime.fromisoformat(str(stamp)).timestamp()
        return age_real_s < self._oldest_real_s


class TakesLateForReplayed(Planted):
    """Takes what was changed over half a minute ago for replayed, and drops it: an event, and a deal that it missed."""

    # Events of others do not say when the deal was changed.
    only = "salesforce"
    caught_by = "delivery/out_of_order.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _Recent(self.store, self.pace.real_s(30))


#: The newest deal that was known when a pass failed: what is not newer counts as read.
_READ_UNTIL = "read_until"


class _MovesOn(Reconciler):
    async def run_once(self) -> None:
        try:
            await super().run_once()
        except Trouble:
            newest = self._store.row("SELECT max(version) AS version FROM deals")
            if newest is not None and newest["version"]:
                self._store.set_fact(_READ_UNTIL, newest["version"])
            raise

    async def _changed(self) -> list[Record]:
        return [record for record in await super()._changed() if record["version"] > self._store.fact(_READ_UNTIL)]


class MovesOnAfterFailedPass(Planted):
    """Moves the reconciler's cursor to the present after a pass that failed, too: what it did not read is skipped."""

    caught_by = "modes/throttled_pages.feature"
    reconciler_class = _MovesOn


class _HomeCurrency(Reconciler):
    async def _changed(self) -> list[Record]:
        return [record for record in await super()._changed() if record.get("currency") == "USD"]


class ReconcilesOneCurrency(Planted):
    """Reconciles only deals in the home currency: of others nobody notices that an event never came."""

    caught_by = "delivery/subscription_deleted.feature"
    reconciler_class = _HomeCurrency


COMPOSITIONS: dict[str, type[Planted]] = {
    "queue-overflows": QueueOverflows,
    "starts-afresh": StartsAfresh,
    "reconciles-one-page": ReconcilesOnePage,
    "reconciles-known-deals": ReconcilesKnownDeals,
    "pages-by-number": PagesByNumber,
    "cancels-what-is-missing": CancelsWhatIsMissing,
    "takes-late-for-replayed": TakesLateForReplayed,
    "moves-on-after-failed-pass": MovesOnAfterFailedPass,
    "reconciles-one-currency": ReconcilesOneCurrency,
}
