"""Bugs on the way in: receiving events and reading deals from the CRM."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, Planted
from gameday_fakes.stacks.durable.contract import Contract, Deal, is_void
from gameday_fakes.stacks.durable.crm import Crm, Notification, Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.definition import FieldRule
from gameday_fakes.stacks.durable.engine import Reader
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import OrderWriter
from gameday_fakes.stacks.durable.reader import FreshReader
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import DISCARDED, Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble


class _MemoryInbox(Inbox):
    """Stores that a deal was received, but keeps the queue of pending work in memory only."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._waiting: deque[str] = deque()

    async def receive(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self.store.enqueue(notification.record, delivered=True, payload=notification.fields)
            self.store.set_deal(notification.record, state="received")
            self._waiting.append(notification.record)
        self.news.set()

    def claim(self, limit: int) -> list[str]:
        claimed: list[str] = []
        for _ in range(len(self._waiting)):
            if len(claimed) == limit:
                break
            deal = self._waiting.popleft()
            if deal in self.in_hand or deal in claimed:
                self._waiting.append(deal)
            else:
                claimed.append(deal)
        self.in_hand.update(claimed)
        return claimed + super().claim(limit - len(claimed))


class AcksBeforeWriting(Planted):
    """Acknowledges events that it holds only in memory: a kill loses those that are waiting."""

    caught_by = "process/worker_killed.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _MemoryInbox(self.store)


class _EventInbox(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self.store.set_fact(f"event:{notification.record}", json.dumps(notification.fields))
        await super().receive(notifications)


class _EventReader:
    """Returns the values of the event that arrived last; its amount is spread over the current lines."""

    def __init__(self, crm: Crm, store: Store) -> None:
        self._crm = crm
        self._store = store

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        outcomes = await self._crm.read_deals(deals)
        return {deal: self._with_event_values(deal, outcome) for deal, outcome in outcomes.items()}

    def _with_event_values(self, deal: str, outcome: Record | Trouble) -> Record | Trouble:
        event = json.loads(self._store.fact(f"event:{deal}", "{}"))
        if isinstance(outcome, Trouble) or "amount" not in event:
            return outcome
        record = {**outcome, "won": event.get("won") == "true", "close_date": event.get("close_date")}
        return _with_amount(record, Decimal(event["amount"]))


def _with_amount(record: Record, amount: Decimal) -> Record:
    now = sum((Decimal(line["amount"]) for line in record.get("lines", ())), Decimal(0))
    if not now or now == amount:
        return {**record, "amount": amount}
    lines = [
        {**line, **{name: round(Decimal(line[name]) * amount / now, 2) for name in ("quantity", "amount")}}
        for line in record["lines"]
    ]
    lines[-1]["amount"] += amount - sum(line["amount"] for line in lines)
    return {**record, "amount": amount, "lines": lines}


class IgnoresOutOfOrder(Planted):
    """Uses the values that an event carries: an older event that arrives late overwrites a newer one."""

    caught_by = "delivery/out_of_order.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _EventInbox(self.store)

    @cached_property
    def reader(self) -> Reader:
        return _EventReader(self.crm, self.store)


class _ForgetfulInbox(Inbox):
    """Forgets what was written for earlier events of a deal."""

    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive(notifications)
        for notification in notifications:
            fact = f"events:{notification.record}"
            self.store.set_fact(fact, str(int(self.store.fact(fact, "0")) + 1))
            self.store.set_deal(notification.record, order_id="", digest="", invoice_id="", invoice_digest="")


class _OrdersByEvent:
    def __init__(self, erp: Erp, store: Store) -> None:
        self._erp = erp
        self._store = store

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        return await self._erp.put_order(f"{deal.id}-{self._store.fact(f'events:{deal.id}', '0')}", body)


class KeyPerEvent(Planted):
    """Builds the idempotency key from the event, not from the deal: a repeated event makes a second order."""

    caught_by = "delivery/duplicate_delivery.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _ForgetfulInbox(self.store)

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByEvent(self.erp, self.store)


class _WholeBatchReader(FreshReader):
    """Takes status 200 for success and drops every part that failed."""

    def __init__(self, crm: Crm, store: Store, inbox: Inbox) -> None:
        super().__init__(crm)
        self._store = store
        self._inbox = inbox

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        outcomes = await super().read(deals)
        for deal, outcome in list(outcomes.items()):
            if isinstance(outcome, Trouble) and outcome.reason == "batch_part_failed":
                del outcomes[deal]
                self._store.set_deal(deal, state=DISCARDED)
                self._inbox.release(deal)
        return outcomes


class SwallowsPartialBatchErrors(Planted):
    """Checks only the outer status of a batch: the parts that failed inside the 200 are dropped."""

    caught_by = "delivery/partly_failed_batch.feature"

    @cached_property
    def reader(self) -> Reader:
        return _WholeBatchReader(self.crm, self.store, self.inbox)


class _TolerantCrm(Salesforce):
    """Queries only the fields that exist."""

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        self._visible = await self.fields_of(self._source.lines)
        return await super().read_deals(deals)

    def line_fields(self) -> list[str]:
        return [path for path in super().line_fields() if path in self._visible]


class _TolerantContract(Contract):
    """Replaces missing fields with defaults and reports nothing."""

    async def check(self, record: Record) -> Deal:
        if is_void(record):
            return await super().check(record)
        lines = [_with_defaults(line, self.source.line_fields) for line in record["lines"]]
        return self.deal_of({**_with_defaults(record, self.source.fields), "lines": lines})


_DEFAULTS: Mapping[str, Any] = {"currency": "USD", "won": True, "close_date": "2000-01-01"}


def _with_defaults(record: Record, rules: Sequence[FieldRule]) -> Record:
    # What is copied as it is has none, or each order would have fields that not every organisation knows.
    known = [rule for rule in rules if rule.type != "copied"]
    defaults = {rule.name: _DEFAULTS.get(rule.name, 0 if rule.type in ("money", "quantity") else "") for rule in known}
    return {**record, **{name: value for name, value in defaults.items() if record.get(name) is None}}


class StaleSchema(OtherCrm):
    """Reads a missing field as 0, empty or the home currency, and reports nothing."""

    caught_by = "schema/renamed_field.feature"
    crm_class = _TolerantCrm

    @cached_property
    def contract(self) -> Contract:
        return _TolerantContract(self.definition.source, self.crm.fields_of)


class _StageReader:
    """Takes a deal for won only in the stage that it knows."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        outcomes = await self._crm.read_deals(deals)
        return {
            deal: outcome if isinstance(outcome, Trouble) else _by_stage(outcome) for deal, outcome in outcomes.items()
        }


def _by_stage(record: Record) -> Record:
    return {**record, "won": record["stage"] == "Closed Won"} if record.get("won") else record


class WonByStageName(Planted):
    """Compares the stage with "Closed Won": a deal that is won in a stage that an admin has added is lost for it."""

    only = "salesforce"
    caught_by = "schema/new_picklist_value.feature"

    @cached_property
    def reader(self) -> Reader:
        return _StageReader(self.crm)


class _NoReconciler(Reconciler):
    async def run_once(self) -> None:
        return


class NoReconciler(Planted):
    """Never compares the two ledgers, so it misses every deal whose event does not arrive."""

    caught_by = "delivery/subscription_deleted.feature"
    reconciler_class = _NoReconciler


COMPOSITIONS: dict[str, type[Planted]] = {
    "acks-before-writing": AcksBeforeWriting,
    "ignores-out-of-order": IgnoresOutOfOrder,
    "key-per-event": KeyPerEvent,
    "swallows-partial-batch-errors": SwallowsPartialBatchErrors,
    "stale-schema": StaleSchema,
    "no-reconciler": NoReconciler,
    "won-by-stage-name": WonByStageName,
}
