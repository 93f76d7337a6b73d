"""Bugs in the business around a deal: what is taken back, given back, sold together or discounted at once."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.money import CENT
from gameday_fakes.stacks.durable.bugs.parts import (
    OtherErp,
    OtherFailures,
    OtherInbox,
    OtherLines,
    OtherMapping,
    Planted,
)
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Crm, Notification, Record
from gameday_fakes.stacks.durable.definition import Definition, Sink
from gameday_fakes.stacks.durable.engine import Prices, Reader
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import CANCELLED
from gameday_fakes.stacks.durable.pricing import PriceCheck
from gameday_fakes.stacks.durable.reader import FreshReader
from gameday_fakes.stacks.durable.store import DISCARDED, Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

_AGAIN = "again:"


class _WonAgain(Inbox):
    async def receive(self, notifications: Sequence[Notification]) -> None:
        for each in notifications:
            row = self.store.deal(each.record)
            if row is not None and row["digest"] == CANCELLED and each.fields.get("won") == "true":
                self.store.set_fact(f"{_AGAIN}{each.record}", "won")
        await super().receive(notifications)


class _AsAnnounced(FreshReader):
    def __init__(self, crm: Crm, store: Store) -> None:
        super().__init__(crm)
        self._store = store

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        outcomes = await super().read(deals)
        for deal, outcome in outcomes.items():
            if not isinstance(outcome, Trouble) and "lines" in outcome and self._store.fact(f"{_AGAIN}{deal}"):
                outcome["won"] = True
        return outcomes


class ReopensVoidDeals(OtherInbox):
    """Takes the event that a deal is won, if it comes after that of its void, for a deal that is won again."""

    only = "salesforce"
    caught_by = "modes/void_comes_first.feature"
    inbox_class = _WonAgain

    @cached_property
    def reader(self) -> Reader:
        return _AsAnnounced(self.crm, self.store)


class _CreditsAnew(NetSuite):
    async def put_credit(self, key: str, body: AnyMapping[str, Any]) -> None:
        await self.write("POST", "/record/v1/creditMemo", body)

    async def credited(self, invoice: str) -> Decimal:
        return Decimal(0)


class RefundsTwice(OtherErp):
    """Makes credit memos without a key, and does not look for one before it makes another."""

    only = "netsuite"
    caught_by = "modes/partly_refunded.feature"
    erp_class = _CreditsAnew


class _CreditsAll(NetSuite):
    async def put_credit(self, key: str, body: AnyMapping[str, Any]) -> None:
        path = f"/record/v1/invoice/{body['createdFrom']['id']}?expandSubResources=true"
        billed = self._json(await self._call("GET", path, None))["item"]["items"]
        items = [{"orderLine": each["line"], "quantity": each["quantity"], "amount": each["amount"]} for each in billed]
        await super().put_credit(key, {**body, "item": {"items": items}})


class CreditsTheWholeInvoice(OtherErp):
    """Credits the whole invoice where the customer has sent back a part, and makes no other for what was kept."""

    only = "netsuite"
    caught_by = "modes/partly_refunded.feature"
    erp_class = _CreditsAll


class _DropsHeld(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if trouble.reason == "legal_hold":
            self.store.set_deal(row["id"], state=DISCARDED)
        else:
            super().failed(row, trouble, record)


class DropsWhatIsHeld(OtherFailures):
    """Takes a legal hold for the end of a deal, and drops it: once it is released, nobody books it."""

    caught_by = "modes/legal_hold.feature"
    failures_class = _DropsHeld


_BUNDLE = "BUNDLE-"


class _Unbundled(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        lines = body["item"]["items"]
        of_bundle = [line for line in lines if line["item"]["externalId"].startswith(_BUNDLE)]
        if not of_bundle:
            return body
        [bundle, *parts] = of_bundle
        share = (bundle["amount"] / len(parts)).quantize(CENT)
        for part in parts:
            part["amount"] = share
        parts[-1]["amount"] = bundle["amount"] - share * (len(parts) - 1)
        bundle["amount"] = Decimal(0)
        return body


class Unbundles(OtherMapping):
    """Spreads the price of a bundle over its parts: the totals agree, and nobody finds the price that was sold."""

    caught_by = "modes/bundles_and_discounts.feature"
    mapping_class = _Unbundled


class _AboveZero(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {**line, "rate": abs(line["rate"]), "amount": abs(line["amount"])}


class DiscountIsCharged(OtherMapping):
    """Writes every amount without its sign: a discount that is a line of its own is charged."""

    caught_by = "modes/bundles_and_discounts.feature"
    mapping_class = _AboveZero


class OldestFirst(Planted):
    """Works off a backlog by age alone: the largest deals wait behind all others."""

    caught_by = "modes/large_deals_first.feature"

    @cached_property
    def store(self) -> Store:
        store = super().store
        store.urgent_from = {}
        return store


class CallsNobodyNext(Planted):
    """Alerts the owner once and leaves it at that, however long nobody acknowledges the incident."""

    caught_by = "modes/escalation.feature"

    @cached_property
    def definition(self) -> Definition:
        return replace(super().definition, escalation=())


class _BooksMeanwhile(PriceCheck):
    def __init__(self, erp: Erp, sink: Sink, pace: Pace) -> None:
        super().__init__(erp, sink, pace)
        self._mapping = Mapping(sink)

    async def check(self, deal: Deal) -> None:
        try:
            await super().check(deal)
        except Trouble as trouble:
            if trouble.reason == "price_drift":
                with contextlib.suppress(Trouble):
                    await self._book(deal)
            raise

    async def _book(self, deal: Deal) -> None:
        currency_id = await self._erp.currency_id(deal.currency)
        body = self._mapping.order(deal, correlation="", currency_id=currency_id)
        body["item"]["items"] = [{name: line[name] for name in ("item", "quantity")} for line in body["item"]["items"]]
        await self._erp.put_order(deal.id, body)


class BooksBeforeApproval(Planted):
    """Books a deal at the ERP's price while finance has its own to approve, and puts it right afterwards."""

    only = "netsuite"
    caught_by = "modes/exception_paths.feature"

    @cached_property
    def prices(self) -> Prices:
        return _BooksMeanwhile(self.erp, self.definition.sink, self.pace)


COMPOSITIONS: dict[str, type[Planted]] = {
    "reopens-void-deals": ReopensVoidDeals,
    "refunds-twice": RefundsTwice,
    "credits-the-whole-invoice": CreditsTheWholeInvoice,
    "drops-what-is-held": DropsWhatIsHeld,
    "oldest-first": OldestFirst,
    "calls-nobody-next": CallsNobodyNext,
    "books-before-approval": BooksBeforeApproval,
    "unbundles": Unbundles,
    "discount-is-charged": DiscountIsCharged,
}
