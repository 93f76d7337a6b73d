"""Sends alerts and tickets until they arrive: neither an unreachable pager nor a restart loses one."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from gameday_fakes.stacks.durable.definition import Backoff
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

_log = logging.getLogger("durable")

REFUSED = 400
#: What a system refuses so again and again, it refuses for itself; a login, an address or a limit may be put right.
OF_THE_MESSAGE = frozenset({400, 413, 415, 422})


class Channel(Protocol):
    """A system that takes alerts or tickets."""

    kind: str

    async def send(self, row: Row) -> httpx.Response:
        """One attempt. Raises Trouble."""

    def arrived(self, row: Row, reply: httpx.Response) -> None:
        """Handle a message that has arrived."""


class PagerChannel:
    """PagerDuty Events v2."""

    kind = "pager"

    def __init__(self, transport: Transport, routing_key: str) -> None:
        self._transport = transport
        self._routing_key = routing_key

    async def send(self, row: Row) -> httpx.Response:
        event: dict[str, Any] = {"routing_key": self._routing_key, **json.loads(row["body"])}
        return await self._transport.send("POST", "/v2/enqueue", json=event)

    def arrived(self, row: Row, reply: httpx.Response) -> None:
        _log.info("alert %s has arrived", row["key"])


class TicketChannel:
    """Jira. The ticket's key becomes part of the deal's lineage."""

    kind = "tickets"

    def __init__(self, transport: Transport, store: Store, credentials: Mapping[str, str]) -> None:
        self._transport = transport
        self._store = store
        pair = f"{credentials['user']}:{credentials['token']}"
        self._headers = {
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "content-type": "application/json",
        }

    async def send(self, row: Row) -> httpx.Response:
        return await self._transport.send("POST", "/rest/api/2/issue", content=row["body"], headers=self._headers)

    def arrived(self, row: Row, reply: httpx.Response) -> None:
        key = str(reply.json().get("key", "filed"))
        self._store.set_deal(row["key"], ticket=key)
        self._store.note(row["key"], "ticket", key)

    async def is_resolved(self, ticket: str) -> bool:
        """Whether somebody has resolved the ticket. Raises Trouble."""
        reply = await self._transport.send("GET", f"/rest/api/2/issue/{ticket}", headers=self._headers)
        if reply.status_code != 200:
            return False
        fields = reply.json().get("fields", {})
        category = ((fields.get("status") or {}).get("statusCategory") or {}).get("key")
        return bool(fields.get("resolution")) or category == "done"


class Outbox:
    """The queue of one channel, in order."""

    def __init__(self, store: Store, channel: Channel, pace: Pace, backoff: Backoff, draw: random.Random) -> None:
        self._store = store
        self._channel = channel
        self._pace = pace
        self._backoff = backoff
        self._draw = draw
        self._failures = 0

    async def run(self) -> None:
        """Send what a restart found, and whatever this process posts, until cancelled."""
        posted = self._store.posted[self._channel.kind]
        while True:
            posted.clear()
            if delay_s := await self.send():
                await asyncio.sleep(delay_s)
                continue
            await posted.wait()
            # Nothing is sent that a crash would forget, and what is posted together is sent together.
            await self._store.committed()

    async def send(self) -> float:
        """Send what there is, up to the first failure; returns how long to wait after it (real seconds), else 0."""
        while (row := self._next()) is not None:
            self._failures = 0 if await self._attempt(row) else self._failures + 1
            if self._failures:
                return self._pace.real_s(self._backoff.delay_s(self._failures, self._draw))
        return 0.0

    def _next(self) -> Row | None:
        """The oldest message. An alert that a newer one with the same key replaces is dropped."""
        while True:
            row = self._store.row("SELECT * FROM outbox WHERE kind = ? ORDER BY id LIMIT 1", self._channel.kind)
            if row is None or self._channel.kind != "pager":
                return row
            newer = self._store.row(
                "SELECT body FROM outbox WHERE key = ? AND id > ? ORDER BY id", row["key"], row["id"]
            )
            if newer is None or json.loads(newer["body"])["event_action"] != "trigger":
                return row
            self._store.write("DELETE FROM outbox WHERE id = ?", row["id"])

    async def _attempt(self, row: Row) -> bool:
        try:
            reply = await self._channel.send(row)
        except Trouble as trouble:
            _log.warning("%s: %s", self._channel.kind, trouble)
            return False
        if reply.status_code < REFUSED:
            self._channel.arrived(row, reply)
        elif reply.status_code not in OF_THE_MESSAGE or self._failures + 1 < self._backoff.attempts:
            _log.warning("%s answers %s", self._channel.kind, reply.status_code)
            return False
        else:
            # The system will never accept it; it must not block the rest.
            _log.error("%s refuses a message: %s %s", self._channel.kind, reply.status_code, reply.text[:300])
        self._store.write("DELETE FROM outbox WHERE id = ?", row["id"])
        return True
