"""Bugs in what an alert says, how often it says it, and when it ends."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import count
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherIncidents, OtherPager, OtherTickets, Planted
from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.pager import Pager, iso
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.durable.tickets import Tickets


class _OneReason(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        said = self.definition.reasons["rate_limited"]
        text = f"{self.flow}: {said.text}"
        orders = [{**order, "reason": said.text} for order in orders]
        super().trigger(key, said, summary=text, detail="", orders=orders, first_seen=first_seen)


class AlwaysTheSameReason(OtherPager):
    """Blames the rate limit, whatever has happened."""

    caught_by = "access/token_revoked.feature"
    pager_class = _OneReason


class _AllDeals(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        listed = [
            {"order": row["id"], "reason": reason.text, "payload": json.loads(row["payload"])}
            for row in self.store.rows("SELECT id, payload FROM deals")
        ]
        super().trigger(key, reason, summary=summary, detail=detail, orders=listed, first_seen=first_seen)


class DigestOfAllDeals(OtherPager):
    """Lists every deal of the day in each alert, so it tells nobody which are affected."""

    caught_by = "erp_rules/record_lock.feature"
    pager_class = _AllDeals


class _FirstFive(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        super().trigger(key, reason, summary=summary, detail=detail, orders=orders[:5], first_seen=first_seen)


class NamesFiveDeals(OtherPager):
    """Names the first five deals of an incident and leaves out the others."""

    caught_by = "access/token_revoked.feature"
    pager_class = _FirstFive


class _OwnIds(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        own = [{**order, "order": order.get("correlation", ""), "payload": {}} for order in orders]
        super().trigger(key, reason, summary=summary, detail=detail, orders=own, first_seen=first_seen)


class NamesItsOwnIds(OtherPager):
    """Names deals by the sync's own numbers, which nobody else knows."""

    caught_by = "access/token_revoked.feature"
    pager_class = _OwnIds


class _Anonymous(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        flow, self.flow = self.flow, "job-17"
        super().trigger("job-17", reason, summary="job-17 failed", detail="", orders=[], first_seen=first_seen)
        self.flow = flow


class AlertsWithoutFlow(OtherPager):
    """Says that job 17 failed, and neither which flow that is nor which deals."""

    caught_by = "access/token_revoked.feature"
    pager_class = _Anonymous


class _NewKeys(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        for order in orders:
            numbered = f"{key}/{self.store.now_s():.3f}/{order['order']}"
            super().trigger(numbered, reason, summary=summary, detail=detail, orders=[order], first_seen=first_seen)


class PagesForEachDeal(OtherPager):
    """Pages anew for each deal at each update, under keys that are never used again."""

    caught_by = "limits/rate_limit.feature"
    pager_class = _NewKeys


class _Open(Pager):
    def resolve(self, key: str, reason: Reason) -> None:
        return


class NeverResolves(OtherPager):
    """Never resolves an alert."""

    caught_by = "limits/rate_limit.feature"
    pager_class = _Open


class _Hasty(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        super().trigger(key, reason, summary=summary, detail=detail, orders=orders, first_seen=first_seen)
        super().resolve(key, reason)


class ResolvesAtOnce(OtherPager):
    """Resolves each alert as soon as it was sent, while its deals still wait."""

    caught_by = "access/token_revoked.feature"
    pager_class = _Hasty


class _SaidOnce(Incidents):
    def _alert(self, reason: Reason, members: list[Row], detail: str) -> None:
        if self._store.row("SELECT 1 FROM incidents WHERE reason = ? AND alerted_s > 0", reason.code) is None:
            super()._alert(reason, members, detail)


class NeverUpdates(OtherIncidents):
    """Names the deals that are affected when it first alerts, and none that follow."""

    caught_by = "access/token_revoked.feature"
    incidents_class = _SaidOnce


class _MisfiledTickets(Tickets):
    def file(self, deal: str, reason: Reason, detail: str) -> None:
        known, self._definition = self._definition, self._elsewhere
        super().file(deal, reason, detail)
        self._definition = known

    @cached_property
    def _elsewhere(self) -> Any:
        owners = dict.fromkeys(self._definition.owners, "office-it")
        return type(self._definition)(**{**vars(self._definition), "owners": owners})


class TicketsToTheWrongOwner(OtherTickets):
    """Files its tickets with a team that cannot fix the problem."""

    caught_by = "erp_rules/closed_period.feature"
    tickets_class = _MisfiledTickets


class _Heartbeat(Reconciler):
    passes = count(1)

    async def run_once(self) -> None:
        await super().run_once()
        reason, number = self._definition.reasons["missed"], next(self.passes)
        self._incidents._pager.trigger(
            f"pass-{number}",
            reason,
            summary="reconciliation has ended",
            detail="",
            orders=[],
            first_seen=iso(self._store.now_s()),
        )


class PagesForEveryPass(Planted):
    """Pages the owner at the end of every pass of the reconciler, whether it found something or not."""

    caught_by = "delivery/duplicate_delivery.feature"
    reconciler_class = _Heartbeat


class _FirstOwner(Definition):
    @cached_property
    def _asked_for(self) -> list[Reason]:
        return []

    def owner_of(self, reason: Reason) -> str:
        self._asked_for.append(reason)
        return super().owner_of(self._asked_for[0])


class KeepsTheFirstOwner(Planted):
    """Looks up once who owns a trouble: alerts and tickets about all that follow go to the same team."""

    caught_by = "modes/exception_paths.feature"

    @cached_property
    def definition(self) -> Definition:
        return _FirstOwner(**vars(super().definition))


COMPOSITIONS: dict[str, type[Planted]] = {
    "always-the-same-reason": AlwaysTheSameReason,
    "digest-of-all-deals": DigestOfAllDeals,
    "names-five-deals": NamesFiveDeals,
    "names-its-own-ids": NamesItsOwnIds,
    "alerts-without-flow": AlertsWithoutFlow,
    "pages-for-each-deal": PagesForEachDeal,
    "never-resolves": NeverResolves,
    "resolves-at-once": ResolvesAtOnce,
    "never-updates": NeverUpdates,
    "tickets-to-the-wrong-owner": TicketsToTheWrongOwner,
    "pages-for-every-pass": PagesForEveryPass,
    "keeps-the-first-owner": KeepsTheFirstOwner,
}
