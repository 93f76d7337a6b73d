"""Bugs that only rare days show: redirects, retired versions, conflicts, credit, clocks, tax, late rows."""

from __future__ import annotations

import dataclasses
import datetime
from functools import cached_property
from typing import Any

import httpx

from gameday_fakes.stacks.durable.bugs.parts import (
    OtherCrm,
    OtherErp,
    OtherFailures,
    OtherGates,
    OtherLines,
    OtherMapping,
    OtherSettlement,
    Planted,
)
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.engine import Reader
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.orders import Settlement
from gameday_fakes.stacks.durable.reader import FreshReader
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble


class _BelowFourHundred(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        try:
            await super().settle(deal, row)
        except Trouble as trouble:
            if trouble.reason != "moved":
                raise
            self._store.set_deal(deal.id, version=deal.version)


class RedirectIsSuccess(OtherSettlement):
    """Takes every status below 400 for a success: what was answered with a redirect is checked off."""

    caught_by = "modes/moved_address.feature"
    settlement_class = _BelowFourHundred


class _GoneReader(FreshReader):
    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        try:
            return await super().read(deals)
        except Trouble as trouble:
            if trouble.reason != "version_retired":
                raise
            return {deal: {"id": deal, "deleted": True} for deal in deals}


class GoneMeansDeleted(Planted):
    """Takes a 410 for deleted deals, whatever is gone, and cancels their orders."""

    caught_by = "modes/retired_api_version.feature"

    @cached_property
    def reader(self) -> Reader:
        return _GoneReader(self.crm)


#: How ERPs say that somebody else has changed the record.
_CHANGED = ("RCRD_HAS_BEEN_CHANGED", "CM_BEC/101", "Request_EntityChanged", "25014")


class _DropsConflicts(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if any(code in trouble.detail for code in _CHANGED):
            self.store.set_deal(row["id"], state=DISCARDED)
        else:
            super().failed(row, trouble, record)


class DropsConflicts(OtherFailures):
    """Takes an edit conflict for somebody else's better knowledge, and drops its own write."""

    caught_by = "modes/edit_conflict.feature"
    failures_class = _DropsConflicts


class _WaitsForCredit(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if trouble.reason == "credit_hold":
            self.retry_later(row["id"], row["attempts"], self.delay_s(1, trouble))
        else:
            super().failed(row, trouble, record)


class WaitsForCredit(OtherFailures):
    """Retries an order of a customer without credit for ever, and tells neither finance nor anybody else."""

    caught_by = "modes/credit_hold.feature"
    failures_class = _WaitsForCredit


class _FinalLogin(Gate):
    def admits(self, wanted: int) -> int:
        refused = self.closed_by is not None and self.closed_by.code == "login_refused"
        return 0 if refused else super().admits(wanted)


class LoginErrorIsFinal(OtherGates):
    """Stops at a refused login until somebody restarts it with new credentials, whatever the cause was."""

    caught_by = "modes/clock_skew.feature"
    gate_class = _FinalLogin


class _NetOnly(Reconciler):
    def tax_difference(self, row: Row, order: LedgerOrder) -> str:
        return ""


class _TotalsOnly(Reconciler):
    def account_difference(self, row: Row, record: Record) -> str:
        return ""


class _SoldToTheSame(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        await super().settle(dataclasses.replace(deal, account=row["account"] or deal.account), row)


class KeepsFormerCustomer(OtherSettlement):
    """Knows a customer by the id that it had when it was ordered: after a merge its orders stay with the former one."""

    only = "salesforce"
    caught_by = "modes/merged_accounts.feature"
    reconciler_class = _TotalsOnly
    settlement_class = _SoldToTheSame


class ComparesNetTotals(Planted):
    """Compares net totals only: an order that the ERP has saved without its tax is right for it."""

    caught_by = "modes/tax_engine_down.feature"
    reconciler_class = _NetOnly


class _EmptyForUnreadable(NetSuite):
    @staticmethod
    def _json(reply: httpx.Response) -> Any:
        try:
            return NetSuite._json(reply)
        except Trouble:
            return {"items": [], "hasMore": False}

    async def _send(self, *given: Any, **more: Any) -> httpx.Response:
        try:
            return await super()._send(*given, **more)
        except Trouble as trouble:
            if trouble.reason != "connection":
                raise
            # What has arrived of the reply is taken for all of it.
            return httpx.Response(200, content=b"")


class EmptyForUnreadable(OtherErp):
    """Takes a reply that breaks off for an empty one: a list without its end has no invoice in it."""

    only = "netsuite"
    caught_by = "modes/truncated_reply.feature"
    erp_class = _EmptyForUnreadable


class _QuotedCustomers(KeyedCustomers):
    erp: NetSuite

    async def ensure(self, account: str) -> str:
        account = await super().ensure(account)
        name = (await self.crm.account(account)).name
        await self.erp.suiteql(f"SELECT externalid FROM customer WHERE companyname = '{name}'")  # noqa: S608
        return account


class NameBreaksQuery(Planted):
    """Puts a customer's name into a query as it is: an apostrophe in it breaks the query, and the deal never passes."""

    only = "netsuite"
    caught_by = "modes/awkward_texts.feature"

    @cached_property
    def customers(self) -> Customers:
        return _QuotedCustomers(self.crm, self.netsuite, self.store)


class _WithoutBlanks(OtherLines):
    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        return {name: value for name, value in line.items() if value is not None}


class LeavesOutBlanks(OtherMapping):
    """Writes only the fields that have a value: what was cleared in the CRM keeps its value in the ERP."""

    caught_by = "modes/cleared_field.feature"
    mapping_class = _WithoutBlanks


class AnyOrganization(Planted):
    """Works with whichever organization a login leads to: in a sandbox it takes every deal for deleted."""

    only = "salesforce"
    caught_by = "modes/wrong_environment.feature"

    def is_expected(self, organization: str) -> bool:
        return True


class _TodayForAbsent(Salesforce):
    def _part(self, part: Any, deal: str, lines: dict[str, list[Record]] | Trouble) -> Record | Trouble:
        record = super()._part(part, deal, lines)
        if isinstance(record, dict) and not record.get("deleted") and not record.get("close_date"):
            record["close_date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
        return record


class DatesWithoutDateToday(OtherCrm):
    """Takes today for the close date of a deal whose reply has none, as old versions of the API have."""

    caught_by = "modes/old_api_version.feature"
    crm_class = _TodayForAbsent


class _ByTimestamps(Reconciler):
    async def follow_customers(self) -> None:
        return


class TrustsTimestamps(Planted):
    """Takes a deal without a new timestamp for unchanged: what a formula changes never reaches the order."""

    only = "salesforce"
    caught_by = "modes/formula_changes.feature"
    reconciler_class = _ByTimestamps


COMPOSITIONS: dict[str, type[Planted]] = {
    "redirect-is-success": RedirectIsSuccess,
    "gone-means-deleted": GoneMeansDeleted,
    "drops-conflicts": DropsConflicts,
    "waits-for-credit": WaitsForCredit,
    "login-error-is-final": LoginErrorIsFinal,
    "compares-net-totals": ComparesNetTotals,
    "empty-for-unreadable": EmptyForUnreadable,
    "name-breaks-query": NameBreaksQuery,
    "leaves-out-blanks": LeavesOutBlanks,
    "any-organization": AnyOrganization,
    "dates-without-date-today": DatesWithoutDateToday,
    "keeps-former-customer": KeepsFormerCustomer,
    "trusts-timestamps": TrustsTimestamps,
}
