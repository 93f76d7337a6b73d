"""Hears what changes in the ERP by itself: somebody there cancels what the sync has written.

A subscription ends unless it is renewed, and it ends without an error. So it is looked at again and again, and what has
changed while there was none is asked for. A notification is only a hint to ask.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import Protocol, Self

from gameday_fakes.stacks.durable.definition import Listen
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import CANCELLED
from gameday_fakes.stacks.durable.store import DONE, QUEUED, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Environment, Pace
from gameday_fakes.stacks.http_server import Request, Response

_log = logging.getLogger("durable")

PATH = "/erp-changes"
CURSOR, RENEWED = "erp_changes_cursor", "erp_subscription_renewed"


class Changes(Protocol):
    """What an ERP notifies by itself. Every request raises Trouble if it fails."""

    async def keep(self, url: str, secret: str, *, renew: bool) -> bool:
        """Make sure of a subscription for an address, or renew it. Returns whether it was there already."""

    async def ended_since(self, moment: str) -> tuple[list[str], str]:
        """The orders whose invoice was cancelled since a moment of the ERP's own time, and the newest such moment.

        Without a moment none, and where to begin.
        """

    def answer(self, request: Request, secret: str) -> Response:
        """The answer to a notification, or to the handshake of a new subscription."""


class Listener:
    """Keeps the subscription, and writes anew what was cancelled in the ERP while its deal is still won."""

    def __init__(self, rules: Listen, changes: Changes, store: Store, inbox: Inbox, environment: Environment) -> None:
        self.check_every_s = rules.check_every_s
        self._renew_every_s = rules.renew_every_s
        self._changes = changes
        self._store = store
        self._inbox = inbox
        self._pace: Pace = environment.pace
        self._url = f"http://{environment.host}:{environment.port}{PATH}"
        # Who knows it may tell of changes; it is the same after a restart.
        secret = environment.credentials["erp"]["client_secret"].encode()
        self._secret = hmac.digest(secret, environment.flow.encode(), hashlib.sha256).hex()

    @classmethod
    def of(cls, rules: Listen | None, erp: object, store: Store, inbox: Inbox, environment: Environment) -> Self | None:
        """The listener to an ERP's ``changes``; None for one that has none, or where the definition does not ask."""
        changes: Changes | None = getattr(erp, "changes", None)
        return None if rules is None or changes is None else cls(rules, changes, store, inbox, environment)

    async def keep(self) -> None:
        """Look whether the subscription is there; without one, ask what has changed. Raises Trouble."""
        try:
            was_there = await self._changes.keep(self._url, self._secret, renew=self._is_old())
        except Trouble as trouble:
            _log.warning("no subscription at the ERP: %s", trouble)
            was_there = False
        if not was_there:
            await self.look()

    def _is_old(self) -> bool:
        """Whether the subscription has to be renewed now; the next time is noted."""
        now_s = self._store.now_s()
        renewed_s = float(self._store.fact(RENEWED) or 0)
        old = now_s - renewed_s >= self._pace.real_s(self._renew_every_s)
        if old:
            self._store.set_fact(RENEWED, repr(now_s))
        return old

    async def receive(self, request: Request) -> Response:
        """Answer a notification, once what it tells of is stored. Its sender repeats it after a 503."""
        reply = self._changes.answer(request, self._secret)
        if reply.status == 202:
            try:
                await self.look()
            except Trouble as trouble:
                _log.warning("%s", trouble)
                return Response.of({"error": "the ERP does not answer"}, 503)
        return reply

    async def look(self) -> None:
        """Ask what was cancelled, and queue the deals whose orders it were. Raises Trouble."""
        orders, moment = await self._changes.ended_since(self._store.fact(CURSOR))
        for order in orders:
            # One that is queued, for another change or to be read again, would not be asked for another time.
            known = self._store.rows("SELECT * FROM deals WHERE order_id = ? AND state IN (?, ?)", order, DONE, QUEUED)
            for row in known:
                # The sync itself has cancelled what is void.
                if row["digest"] != CANCELLED:
                    self._store.note(row["id"], "cancelled in the ERP", order)
                    self._store.set_deal(row["id"], digest="", invoice_digest="")
                    self._inbox.add(row["id"])
        self._store.set_fact(CURSOR, moment)
        await self._store.committed()
