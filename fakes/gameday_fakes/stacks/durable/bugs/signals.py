"""Bugs in alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherPager, Planted
from gameday_fakes.stacks.durable.crm import Notification
from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.pager import Pager, iso
from gameday_fakes.stacks.durable.store import Store

LATE_S = 1800.0


class _Mute(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        return


class AlertsNobody(OtherPager):
    """Never sends an alert."""

    caught_by = "access/token_revoked.feature"
    pager_class = _Mute


class _Vague(Pager):
    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        super().trigger(key, reason, summary=summary, detail="", orders=[], first_seen=first_seen)


class AlertsWithoutOrderIds(OtherPager):
    """Alerts without naming the affected orders."""

    caught_by = "access/token_revoked.feature"
    pager_class = _Vague


class _Misdirected(Pager):
    def owner_of(self, reason: Reason) -> str:
        return "office-it"


class WrongOwner(OtherPager):
    """Alerts a team that cannot fix the problem."""

    caught_by = "erp_rules/closed_period.feature"
    pager_class = _Misdirected


class _ChattyInbox(Inbox):
    def __init__(self, store: Store, pager: Pager, reason: Reason) -> None:
        super().__init__(store)
        self._pager = pager
        self._reason = reason

    async def receive(self, notifications: Sequence[Notification]) -> None:
        await super().receive(notifications)
        now = iso(self.store.now_s())
        for notification in notifications:
            order = {"order": notification.record, "reason": self._reason.text, "first_seen": now}
            summary = f"{self._pager.flow}: deal {notification.record} is on its way"
            self._pager.trigger(
                notification.id, self._reason, summary=summary, detail="", orders=[order], first_seen=now
            )


class AlertsOnEverything(Planted):
    """Alerts for every incoming event, so real alerts are overlooked."""

    caught_by = "delivery/duplicate_delivery.feature"

    @cached_property
    def inbox(self) -> Inbox:
        return _ChattyInbox(self.store, self.pager, self.definition.reasons["backlog"])


class AlertsLate(Planted):
    """Waits half an hour before it alerts anybody."""

    caught_by = "access/token_revoked.feature"

    @cached_property
    def definition(self) -> Definition:
        definition = super().definition
        reasons = {code: dataclasses.replace(r, alert_after_s=LATE_S) for code, r in definition.reasons.items()}
        return dataclasses.replace(definition, reasons=reasons)


COMPOSITIONS: dict[str, type[Planted]] = {
    "alerts-nobody": AlertsNobody,
    "alerts-without-order-ids": AlertsWithoutOrderIds,
    "wrong-owner": WrongOwner,
    "alerts-on-everything": AlertsOnEverything,
    "alerts-late": AlertsLate,
}
