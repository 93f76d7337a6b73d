"""Bugs that only some vendors can show: what others never do meets nobody's mistake."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import httpx

from gameday_fakes.stacks.durable.bugs.parts import OtherFailures, OtherInbox, Planted
from gameday_fakes.stacks.durable.bugs.queues import KnownDeals
from gameday_fakes.stacks.durable.crm import Notification
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers
from gameday_fakes.stacks.durable.erps.s4hana import Client as S4Hana
from gameday_fakes.stacks.durable.erps.s4hana_session import CsrfSession
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.listener import Listener
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


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
        return _NewIds(self.crm, self.erp)


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


class _Session(CsrfSession):
    @staticmethod
    def has_ended(_: httpx.Response) -> bool:
        return False


class _OneSession(S4Hana):
    session_class = _Session


class _Trusting(S4Hana):
    async def transform(self, order: str) -> str:
        return order


class _OtherLocks(S4Hana):
    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        try:
            return await super().put_order(key, body)
        except Trouble as trouble:
            if trouble.reason == "locked":
                raise Trouble("refused", trouble.detail, system="erp") from None
            raise


class OtherS4Hana(Planted):
    """The stack with another client of S/4HANA."""

    only = "s4hana"
    erp_class: type[S4Hana]

    @cached_property
    def erp(self) -> S4Hana:
        return self.erp_class(self.transports["erp"], self.environment.credentials["erp"], self.definition.sink)


class KeepsOneSession(OtherS4Hana):
    """Takes a 403 of a session that has ended for a missing permission, and never fetches another CSRF token."""

    caught_by = "erp_rules/csrf_expiry.feature"
    erp_class = _OneSession


class TrustsTheBillingRun(OtherS4Hana):
    """Takes an order that was saved for one that will be billed, also under a credit block."""

    caught_by = "erp_rules/credit_block.feature"
    erp_class = _Trusting


class TakesLocksForMistakes(OtherS4Hana):
    """Takes every 400 for a mistake in the deal, also that of a document that somebody has open."""

    caught_by = "erp_rules/document_lock.feature"
    erp_class = _OtherLocks


class _Once(Listener):
    _began = False

    async def keep(self) -> None:
        if not self._began:
            self._began = True
            await super().keep()


class NeverRenews(Planted):
    """Subscribes once to the changes of the ERP, and takes silence for a sign that nothing changes there."""

    only = "business-central"
    caught_by = "delivery/lapsed_subscription.feature"
    listener_class = _Once


class _DropThrottled(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if (trouble.reason, trouble.system) != ("rate_limited", "crm"):
            super().failed(row, trouble, record)
            return
        _log.error("deal %s: %s", row["id"], trouble)
        self.store.set_deal(row["id"], state=DISCARDED)


class DropsAfter429(OtherFailures):
    """Takes a 429 of the CRM for a refusal of the deal, and drops it with a line in the log."""

    only = "dataverse"
    caught_by = "limits/service_protection.feature"
    failures_class = _DropThrottled


COMPOSITIONS: dict[str, type[Planted]] = {
    "drops-after-429": DropsAfter429,
    "ignores-merges": IgnoresMerges,
    "keeps-one-session": KeepsOneSession,
    "never-renews-subscription": NeverRenews,
    "reads-one-event-a-request": ReadsOneEventARequest,
    "takes-locks-for-mistakes": TakesLocksForMistakes,
    "trusts-the-billing-run": TrustsTheBillingRun,
}
