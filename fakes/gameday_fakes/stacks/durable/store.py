"""The stack's durable state: what the parts ask of it, whichever database keeps it.

Nothing may be acknowledged before ``committed`` returns. Times are Unix seconds, so that they survive a restart.

``deals.tax``, ``deals.account``: the tax on the deal and its account, as its order was written last.
``deals.customer``: the id of the CRM under which the ERP has its customer: the account's, or a former one.
``deals.unanswered``: 1 while an order is sent to the ERP, and left so by a process that is killed meanwhile.
``deals.verified``: what the reconciler compared last, see there; empty before.
``deals.delivered``: 0 while no event has arrived, 1 after one has, 2 once the missing event is reported.
``deals.urgent``: 1 for a deal that goes before the others that wait, whatever their age.
``deals.lease``: which holder is at work on the deal, where several processes share the store; empty for nobody.
``incidents.reported``: how many deals the last alert named, and with how many of their payloads, added up.
"""

from __future__ import annotations

import abc
import asyncio
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Protocol

#: ``{serial}`` is the type of a number that the database gives.
SCHEMA = """
CREATE TABLE IF NOT EXISTS deals (
    id TEXT PRIMARY KEY, correlation TEXT NOT NULL, state TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 1,
    delivered INTEGER NOT NULL DEFAULT 0,
    received_s DOUBLE PRECISION NOT NULL, due_s DOUBLE PRECISION NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL DEFAULT '', digest TEXT NOT NULL DEFAULT '',
    order_id TEXT NOT NULL DEFAULT '', invoice_id TEXT NOT NULL DEFAULT '', invoice_digest TEXT NOT NULL DEFAULT '',
    tax TEXT NOT NULL DEFAULT '0', account TEXT NOT NULL DEFAULT '', customer TEXT NOT NULL DEFAULT '',
    unanswered INTEGER NOT NULL DEFAULT 0,
    written_back TEXT NOT NULL DEFAULT '', verified TEXT NOT NULL DEFAULT '', repairs INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', trouble_s DOUBLE PRECISION NOT NULL DEFAULT 0,
    urgent INTEGER NOT NULL DEFAULT 0,
    ticket TEXT NOT NULL DEFAULT '', approved INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL DEFAULT '{{}}',
    lease TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS due ON deals (state, due_s);
CREATE TABLE IF NOT EXISTS incidents (
    reason TEXT PRIMARY KEY, first_seen_s DOUBLE PRECISION NOT NULL, alerted_s DOUBLE PRECISION NOT NULL DEFAULT 0,
    reported INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS members (
    reason TEXT NOT NULL, deal TEXT NOT NULL, first_seen_s DOUBLE PRECISION NOT NULL, detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (reason, deal));
CREATE TABLE IF NOT EXISTS outbox (
    id {serial}, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lineage (
    number {serial}, deal TEXT NOT NULL, at_s DOUBLE PRECISION NOT NULL, step TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS lineage_deal ON lineage (deal);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

QUEUED, PARKED, DONE, DISCARDED = "queued", "parked", "done", "discarded"


class Row(Protocol):
    """One row of a result: a column by its name or its place."""

    def __getitem__(self, key: int | str, /) -> Any: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""


class StoreError(Exception):
    """The store could not do what was asked: no trouble of the deal's, which stays queued."""


class StoreUnavailableError(StoreError):
    """The database does not answer, or refused what collided with another process."""


class LeaseLostError(StoreError):
    """Another worker is at work on the deal by now; nothing was written. The message is the deal's id."""


class Store(abc.ABC):
    """The state. SQL is what SQLite and PostgreSQL have in common, with ``?`` for a value."""

    now_s: Callable[[], float] = staticmethod(time.time)
    #: From which amount on a deal is urgent, by currency.
    urgent_from: Mapping[str, Decimal] = MappingProxyType({})

    def __init__(self) -> None:
        #: By kind, set whenever this process puts a message into the outbox.
        self.posted: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @abc.abstractmethod
    def close(self) -> None:
        """Commit pending writes and close."""

    @abc.abstractmethod
    def abandon(self) -> None:
        """Close as a killed process does: what is not committed is lost."""

    @abc.abstractmethod
    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query."""

    @abc.abstractmethod
    def write(self, sql: str, *values: Any) -> int:
        """Write, to be kept once ``committed`` returns; returns how many rows changed."""

    @abc.abstractmethod
    async def committed(self) -> None:
        """Return when all that was written so far is on disk."""

    def write_deal(self, deal: str, sql: str, *values: Any) -> None:
        """Write to one deal's row. Raises LeaseLostError where another worker has the deal by now."""
        self.write(sql, *values)

    @abc.abstractmethod
    def wake(self, deal: str) -> None:
        """Let the workers know that a deal has fallen due before its time."""

    @abc.abstractmethod
    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold the lock of that name, against every process that shares the store; wait while another one has it."""

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query."""
        return next(iter(self.rows(sql, *values)), None)

    # -- deals ---------------------------------------------------------------------------------------

    def deal(self, deal: str) -> Row | None:
        """One deal's row."""
        return self.row("SELECT * FROM deals WHERE id = ?", deal)

    def enqueue(self, deal: str, *, delivered: bool, payload: Mapping[str, Any] | None = None) -> None:
        """Queue a deal, new or again. ``delivered``: an event with that payload has arrived for it."""
        now_s = self.now_s()
        self.write(
            "INSERT INTO deals (id, correlation, state, delivered, received_s, due_s, payload, urgent) "
            "VALUES (?, ?, 'queued', ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET generation = deals.generation + 1, "
            "urgent = CASE WHEN excluded.urgent > deals.urgent THEN 1 ELSE deals.urgent END, "
            "delivered = CASE WHEN excluded.delivered > deals.delivered THEN 1 ELSE deals.delivered END, "
            # A deal that is retried keeps its due time: another event must not shorten its backoff.
            "received_s = CASE deals.state WHEN 'queued' THEN deals.received_s ELSE excluded.received_s END, "
            "due_s = CASE deals.state WHEN 'queued' THEN deals.due_s ELSE excluded.due_s END, state = 'queued'",
            deal, uuid.uuid4().hex, int(delivered), now_s, now_s, json.dumps(dict(payload or {}), default=str),
            int(self._is_urgent(payload or {})),
        )  # fmt: skip
        self.note(deal, "received" if delivered else "found by reconciliation")

    def prioritize(self, deal: str, record: Mapping[str, Any]) -> None:
        """Let a deal go before the others that wait, if it is so large by what was read of it."""
        if self._is_urgent(record):
            self.write("UPDATE deals SET urgent = 1 WHERE id = ? AND urgent = 0 AND state = 'queued'", deal)

    def _is_urgent(self, payload: Mapping[str, Any]) -> bool:
        """Whether a deal is so large that it goes first; what is not said, or no number, makes none urgent."""
        least = self.urgent_from.get(str(payload.get("currency")))
        try:
            return least is not None and Decimal(str(payload.get("amount"))) >= least
        except InvalidOperation:
            return False

    def due(self, limit: int, exclude: Iterable[str]) -> list[str]:
        """Deals that are due, the urgent ones first, then the oldest, without the excluded ones."""
        busy = set(exclude)
        rows = self.rows(
            "SELECT id FROM deals WHERE state = 'queued' AND due_s <= ? ORDER BY urgent DESC, received_s LIMIT ?",
            self.now_s(),
            limit + len(busy),
        )
        return [row["id"] for row in rows if row["id"] not in busy][:limit]

    def next_due_s(self, exclude: Iterable[str]) -> float | None:
        """When the next deal falls due, without the excluded ones."""
        busy = tuple(exclude)
        others = f" AND id NOT IN ({','.join('?' * len(busy))})" if busy else ""
        row = self.row(f"SELECT min(due_s) FROM deals WHERE state = 'queued'{others}", *busy)  # noqa: S608
        return None if row is None else row[0]

    def unfinished(self) -> list[Row]:
        """Deals that are queued or parked, the oldest first."""
        return self.rows("SELECT * FROM deals WHERE state IN ('queued', 'parked') ORDER BY received_s")

    def set_deal(self, deal: str, **values: Any) -> None:
        """Change columns of one deal."""
        columns = ", ".join(f"{name} = ?" for name in values)
        self.write_deal(deal, f"UPDATE deals SET {columns} WHERE id = ?", *values.values(), deal)  # noqa: S608 - names from code

    def finish(self, deal: str, generation: int) -> None:
        """Mark a deal as done, or queue it again if another event has arrived meanwhile."""
        self.write_deal(
            deal,
            "UPDATE deals SET state = CASE WHEN generation > ? THEN 'queued' ELSE 'done' END, attempts = 0, "
            "reason = '', detail = '', trouble_s = 0, due_s = ? WHERE id = ?",
            generation, self.now_s(), deal,
        )  # fmt: skip

    def note(self, deal: str, step: str, detail: str = "") -> None:
        """Add to a deal's lineage."""
        self.write(
            "INSERT INTO lineage (deal, at_s, step, detail) VALUES (?, ?, ?, ?)", deal, self.now_s(), step, detail
        )

    def lineage(self, deal: str) -> dict[str, Any] | None:
        """A deal's order, invoice and every step, or None for an unknown deal."""
        row = self.deal(deal)
        if row is None:
            return None
        steps = self.rows("SELECT at_s, step, detail FROM lineage WHERE deal = ? ORDER BY number", deal)
        kept = ("correlation", "state", "version", "order_id", "invoice_id", "reason", "detail", "ticket")
        return {"deal": deal, **{name: row[name] for name in kept}, "steps": [dict(step) for step in steps]}

    # -- facts and the outbox ------------------------------------------------------------------------

    def fact(self, name: str, default: str = "") -> str:
        """A single stored value, such as the reconciler's cursor."""
        row = self.row("SELECT value FROM facts WHERE name = ?", name)
        return default if row is None else str(row["value"])

    def facts(self, prefix: str) -> dict[str, str]:
        """The stored values that are not empty and whose names begin so, by what follows in the name."""
        rows = self.rows("SELECT name, value FROM facts WHERE name LIKE ? AND value != ''", f"{prefix}%")
        return {str(row["name"]).removeprefix(prefix): str(row["value"]) for row in rows}

    def set_fact(self, name: str, value: str) -> None:
        """Store a value."""
        self.write(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
        )

    def post(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Put an alert or ticket into the outbox, which sends it until it arrives."""
        self.write("INSERT INTO outbox (kind, key, body) VALUES (?, ?, ?)", kind, key, json.dumps(body, default=str))
        self.posted[kind].set()
