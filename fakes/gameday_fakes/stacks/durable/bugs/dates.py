"""Bugs in dates: days, months, time zones and accounting periods."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import (
    OtherCrm,
    OtherInvoices,
    OtherMapping,
    OtherSettlement,
    Planted,
)
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.orders import GuardedInvoices, Settlement
from gameday_fakes.stacks.durable.reconciler import CURSOR, Reconciler
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.durable.trouble import Trouble


class _Westward(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        midnight = datetime.datetime.fromisoformat(f"{deal.close_date}T00:00:00+00:00")
        body["tranDate"] = midnight.astimezone(datetime.timezone(datetime.timedelta(hours=-8))).date().isoformat()
        return body


class DayBefore(OtherMapping):
    """Takes a date for midnight UTC and writes it in the zone of San Francisco: every order is dated a day early."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Westward


class _Swapped(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        year, month, day = deal.close_date.split("-")
        if int(day) <= 12:
            body["tranDate"] = f"{year}-{day}-{month}"
        return body


class SwapsDayAndMonth(OtherMapping):
    """Takes the month for the day wherever the date allows it: the third of April becomes the fourth of March."""

    caught_by = "money/order_book.feature"
    mapping_class = _Swapped


class _Undated(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        del body["tranDate"]
        return body


class DateOfWriting(OtherMapping):
    """Sends no date, so the order gets the day on which it is written."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _Undated


class _DatedOnce(Mapping):
    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._dated: set[str] = set()

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if deal.id in self._dated:
            body["tranDate"] = datetime.datetime.now(datetime.UTC).date().isoformat()
        self._dated.add(deal.id)
        return body


class DateOfRetry(OtherMapping):
    """Dates an order that is written again on the day of the retry."""

    caught_by = "delivery/reply_lost.feature"
    mapping_class = _DatedOnce


class _InvoicesOfToday(GuardedInvoices):
    _erp: NetSuite

    async def ensure(self, deal: Deal, order: str, outdated: str) -> str:
        if await self._erp.invoices_of(order):
            return await super().ensure(deal, order, outdated)
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return await self._erp.write("POST", f"/record/v1/salesOrder/{order}/!transform/invoice", {"tranDate": today})


class InvoiceDatedToday(OtherInvoices):
    """Dates the invoice on the day it is made: it posts into another accounting period than the order's."""

    only = "netsuite"
    caught_by = "delivery/invoice_reply_lost.feature"
    invoices_class = _InvoicesOfToday


class _LocalCursor(Reconciler):
    async def _changed(self) -> list[Record]:
        # The offset of the CRM's timestamp is dropped, and the time is read as one of Berlin in winter.
        return await self._crm.changed(self._store.fact(CURSOR), -3600)


class CursorInLocalTime(Planted):
    """Writes the reconciler's cursor in local time without a zone: every pass asks for changes an hour ahead."""

    caught_by = "delivery/subscription_deleted.feature"
    reconciler_class = _LocalCursor


class _LocalMoments(Salesforce):
    def _part(self, part: Any, deal: str, lines: dict[str, list[Record]] | Trouble) -> Record | Trouble:
        record = super()._part(part, deal, lines)
        if isinstance(record, Trouble) or "T" not in str(record.get("close_date")):
            return record
        local = datetime.datetime.fromisoformat(record["close_date"]) - datetime.timedelta(hours=8)
        return {**record, "close_date": local.date().isoformat()}


class DatesMomentsLocally(OtherCrm):
    """Takes the date of a moment in the account's time zone: midnight in UTC is the day before."""

    caught_by = "modes/changed_type.feature"
    crm_class = _LocalMoments


class _InTheOpenPeriod(Settlement):
    @cached_property
    def _moved(self) -> set[str]:
        return set()

    async def settle(self, deal: Deal, row: Row) -> None:
        try:
            await super().settle(self._dated(deal), row)
        except Trouble as trouble:
            if trouble.reason != "period_closed" or deal.id in self._moved:
                raise
            self._moved.add(deal.id)
            await super().settle(self._dated(deal), self._store.deal(deal.id) or row)

    def _dated(self, deal: Deal) -> Deal:
        if deal.id not in self._moved:
            return deal
        date = datetime.date.fromisoformat(deal.close_date).replace(day=28) + datetime.timedelta(days=4)
        return replace(deal, close_date=date.replace(day=1).isoformat())


class MovesIntoTheOpenPeriod(OtherSettlement):
    """Dates what a closed period refuses on the first day of the next month, and asks nobody in finance."""

    caught_by = "erp_rules/closed_period.feature"
    settlement_class = _InTheOpenPeriod


COMPOSITIONS: dict[str, type[Planted]] = {
    "day-before": DayBefore,
    "swaps-day-and-month": SwapsDayAndMonth,
    "date-of-writing": DateOfWriting,
    "date-of-retry": DateOfRetry,
    "invoice-dated-today": InvoiceDatedToday,
    "cursor-in-local-time": CursorInLocalTime,
    "dates-moments-locally": DatesMomentsLocally,
    "moves-into-the-open-period": MovesIntoTheOpenPeriod,
}
