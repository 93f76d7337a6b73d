"""Mistakes that meet S/4HANA alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from gameday_fakes.stacks.durable.bugs.parts import OtherErp, Planted
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.s4hana import Client as S4Hana
from gameday_fakes.stacks.durable.erps.s4hana_session import CsrfSession
from gameday_fakes.stacks.durable.trouble import Trouble


class _Session(CsrfSession):
    @staticmethod
    def has_ended(_: httpx.Response) -> bool:
        return False


class _OneSession(S4Hana):
    session_class = _Session


class _Trusting(S4Hana):
    async def transform(self, order: str, key: str = "") -> str:
        return order


class _OtherLocks(S4Hana):
    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        try:
            return await super().put_order(key, body)
        except Trouble as trouble:
            if trouble.reason == "locked":
                raise Trouble("refused", trouble.detail, system="erp") from None
            raise


class _Billed(S4Hana):
    async def cancel_order(self, order: str) -> None:
        if not await self._documents(order):
            await super().cancel_order(order)

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        return {deal: orders[-1:] for deal, orders in (await super().ledger(deals)).items()}


class OtherS4Hana(OtherErp):
    """The stack with another client of S/4HANA."""

    only = "s4hana"
    erp_class: type[S4Hana]


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


class OrdersAgainWhatIsBilled(OtherS4Hana):
    """Leaves an order alone that was billed, writes another for what was amended, and looks at the newest one only."""

    caught_by = "modes/billed_by_hand.feature"
    erp_class = _Billed


COMPOSITIONS: dict[str, type[Planted]] = {
    "keeps-one-session": KeepsOneSession,
    "orders-again-what-is-billed": OrdersAgainWhatIsBilled,
    "takes-locks-for-mistakes": TakesLocksForMistakes,
    "trusts-the-billing-run": TrustsTheBillingRun,
}
