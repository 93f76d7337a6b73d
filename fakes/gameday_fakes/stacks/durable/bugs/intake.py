"""Bugs on the way in: between the CRM and the work to be done."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.compose import Composition, FreshReader
from gameday_fakes.stacks.durable.contract import Contract, Deal, is_void
from gameday_fakes.stacks.durable.crm import Crm, Record
from gameday_fakes.stacks.durable.definition import FieldRule
from gameday_fakes.stacks.durable.engine import Reader
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import OrderWriter
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import DISCARDED, Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.outbound_message import Notification


class _MemoryInbox(Inbox):
    """The database knows that the deal was received; that it is still to be worked on is in memory only."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._waiting: deque[str] = deque()

    async def receive(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self.store.enqueue(notification.record, told=True, payload=notification.fields)
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


class AcksBeforeWriting(Composition):
    """Acknowledges an event that it holds only in memory: whatever waits there is lost when it is killed."""

    @cached_property
    def inbox(self) -> Inbox:
        return _MemoryInbox(self.store)


class _EventInbox(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self.store.set_fact(f"event:{notification.record}", json.dumps(notification.fields))
        await super().receive(notifications)


class _EventReader:
    """What the last event said, whenever that was; its amount is spread over the lines as they are now."""

    def __init__(self, crm: Crm, store: Store) -> None:
        self._crm = crm
        self._store = store

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        found = await self._crm.read_deals(deals)
        return {deal: self._as_told(deal, outcome) for deal, outcome in found.items()}

    def _as_told(self, deal: str, outcome: Record | Trouble) -> Record | Trouble:
        event = json.loads(self._store.fact(f"event:{deal}", "{}"))
        if isinstance(outcome, Trouble) or "Amount" not in event:
            return outcome
        record = {**outcome, "IsWon": event.get("IsWon") == "true", "CloseDate": event.get("CloseDate")}
        return _with_amount(record, Decimal(event["Amount"]))


def _with_amount(record: Record, amount: Decimal) -> Record:
    now = sum((Decimal(line["TotalPrice"]) for line in record.get("lines", ())), Decimal(0))
    if not now or now == amount:
        return {**record, "Amount": amount}
    lines = [
        {**line, **{name: round(Decimal(line[name]) * amount / now, 2) for name in ("Quantity", "TotalPrice")}}
        for line in record["lines"]
    ]
    lines[-1]["TotalPrice"] += amount - sum(line["TotalPrice"] for line in lines)
    return {**record, "Amount": amount, "lines": lines}


class IgnoresOutOfOrder(Composition):
    """Takes the values that the event carries, so an older event that arrives late overwrites a newer one."""

    @cached_property
    def inbox(self) -> Inbox:
        return _EventInbox(self.store)

    @cached_property
    def reader(self) -> Reader:
        return _EventReader(self.crm, self.store)


class _ForgetfulInbox(Inbox):
    """Every event is news; what was done for an earlier one does not count."""

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


class KeyOfTheEvent(Composition):
    """Makes its idempotency key of the event, not of the deal: an event that comes again makes a second order."""

    @cached_property
    def inbox(self) -> Inbox:
        return _ForgetfulInbox(self.store)

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByEvent(self.erp, self.store)


class _WholeBatchReader(FreshReader):
    """An answer with status 200 is a success; a part that is no record has nothing to say."""

    def __init__(self, crm: Crm, store: Store, inbox: Inbox) -> None:
        super().__init__(crm)
        self._store = store
        self._inbox = inbox

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        found = await super().read(deals)
        for deal, outcome in list(found.items()):
            if isinstance(outcome, Trouble) and outcome.reason == "batch_part_failed":
                del found[deal]
                self._store.set_deal(deal, state=DISCARDED)
                self._inbox.release(deal)
        return found


class SwallowsPartialBatchErrors(Composition):
    """Looks at the status of a batch's answer only: the parts that failed inside the 200 are dropped."""

    @cached_property
    def reader(self) -> Reader:
        return _WholeBatchReader(self.crm, self.store, self.inbox)


class _TolerantCrm(Crm):
    """Asks only for what is there."""

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        self._visible = await self.fields_of(self._source.lines)
        return await super().read_deals(deals)

    def line_fields(self) -> list[str]:
        return [path for path in super().line_fields() if path in self._visible]


class _TolerantContract(Contract):
    """What is missing gets a default, as if nothing were wrong."""

    async def check(self, record: Record) -> Deal:
        if is_void(record):
            return await super().check(record)
        lines = [_with_defaults(line, self.source.line_fields) for line in record["lines"]]
        return self.deal_of({**_with_defaults(record, self.source.fields), "lines": lines})


_DEFAULTS: Mapping[str, Any] = {"CurrencyIsoCode": "USD", "IsWon": True, "CloseDate": "2000-01-01"}


def _with_defaults(record: Record, rules: Sequence[FieldRule]) -> Record:
    defaults = {rule.name: _DEFAULTS.get(rule.name, 0 if rule.type in ("money", "quantity") else "") for rule in rules}
    return {**record, **{name: value for name, value in defaults.items() if record.get(name) is None}}


class StaleSchema(Composition):
    """A field that is missing is taken for nought, empty or the home currency, without a word."""

    @cached_property
    def crm(self) -> Crm:
        return _TolerantCrm(self.transports["crm"], self.placeholders.credentials["crm"], self.definition.source)

    @cached_property
    def contract(self) -> Contract:
        return _TolerantContract(self.definition.source, self.crm.fields_of)


class _NoReconciler(Reconciler):
    async def run_once(self) -> None:
        return


class NoReconciler(Composition):
    """Trusts that every event arrives: the two ledgers are never compared."""

    @cached_property
    def reconciler(self) -> Reconciler:
        return _NoReconciler(
            self.definition, self.pace, self.store, self.inbox, self.crm, self.erp, self.incidents, self.tickets
        )


COMPOSITIONS: dict[str, type[Composition]] = {
    "acks-before-writing": AcksBeforeWriting,
    "ignores-out-of-order": IgnoresOutOfOrder,
    "key-of-the-event": KeyOfTheEvent,
    "swallows-partial-batch-errors": SwallowsPartialBatchErrors,
    "stale-schema": StaleSchema,
    "no-reconciler": NoReconciler,
}
