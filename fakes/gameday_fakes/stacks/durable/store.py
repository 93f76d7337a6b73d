"""The stack's durable state: one SQLite file in WAL mode, written by this process only.

Writes that arrive together share one commit, because each commit flushes to disk. ``committed`` returns once the
commit is on disk; nothing may be acknowledged before that. Times are Unix seconds, so that they survive a restart.

``deals.tax``: the tax on the deal whose order was written last.
``deals.delivered``: 0 while no event has arrived, 1 after one has, 2 once the missing event is reported.
``incidents.reported``: how many deals the last alert named.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS deals (
    id TEXT PRIMARY KEY, correlation TEXT NOT NULL, state TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 1,
    delivered INTEGER NOT NULL DEFAULT 0, received_s REAL NOT NULL, due_s REAL NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL DEFAULT '', digest TEXT NOT NULL DEFAULT '',
    order_id TEXT NOT NULL DEFAULT '', invoice_id TEXT NOT NULL DEFAULT '', invoice_digest TEXT NOT NULL DEFAULT '',
    tax TEXT NOT NULL DEFAULT '0',
    written_back TEXT NOT NULL DEFAULT '', verified TEXT NOT NULL DEFAULT '', repairs INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', trouble_s REAL NOT NULL DEFAULT 0,
    ticket TEXT NOT NULL DEFAULT '', approved INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS due ON deals (state, due_s);
CREATE TABLE IF NOT EXISTS incidents (
    reason TEXT PRIMARY KEY, first_seen_s REAL NOT NULL, alerted_s REAL NOT NULL DEFAULT 0,
    reported INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS members (
    reason TEXT NOT NULL, deal TEXT NOT NULL, first_seen_s REAL NOT NULL, detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (reason, deal));
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lineage (deal TEXT NOT NULL, at_s REAL NOT NULL, step TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS lineage_deal ON lineage (deal);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Row = sqlite3.Row
QUEUED, PARKED, DONE, DISCARDED = "queued", "parked", "done", "discarded"

#: How long a commit waits for more writes, in real seconds.
GATHER_REAL_S = 0.002


class Store:
    """The file and its one connection. Every method is immediate except ``committed``."""

    def __init__(self, path: Path, *, now_s: Callable[[], float] = time.time) -> None:
        self.now_s = now_s
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)
        self._commit: asyncio.Future[None] | None = None
        self._flushing: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Commit pending writes and close."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._db.close()

    def abandon(self) -> None:
        """Close as a killed process does: what is not committed is lost."""
        if self._flushing is not None:
            self._flushing.cancel()
        self._db.close()

    # -- reading and writing -------------------------------------------------------------------------

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query."""
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    def write(self, sql: str, *values: Any) -> int:
        """Write with the next commit; returns how many rows changed."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            self._flushing = loop.call_later(GATHER_REAL_S, self._flush)
        return self._db.execute(sql, values).rowcount

    async def committed(self) -> None:
        """Return when all that was written so far is on disk."""
        if self._commit is not None and not self._commit.done():
            await asyncio.shield(self._commit)

    def _flush(self) -> None:
        waiting = self._commit
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    # -- deals ---------------------------------------------------------------------------------------

    def deal(self, deal: str) -> Row | None:
        """One deal's row."""
        return self.row("SELECT * FROM deals WHERE id = ?", deal)

    def enqueue(self, deal: str, *, delivered: bool, payload: Mapping[str, Any] | None = None) -> None:
        """Queue a deal, new or again. ``delivered``: an event with that payload has arrived for it."""
        now_s = self.now_s()
        self.write(
            "INSERT INTO deals (id, correlation, state, delivered, received_s, due_s, payload) "
            "VALUES (?, ?, 'queued', ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET generation = generation + 1, "
            "delivered = max(delivered, excluded.delivered), "
            # A deal that is retried keeps its due time: another event must not shorten its backoff.
            "received_s = CASE state WHEN 'queued' THEN received_s ELSE excluded.received_s END, "
            "due_s = CASE state WHEN 'queued' THEN due_s ELSE excluded.due_s END, state = 'queued'",
            deal, uuid.uuid4().hex, int(delivered), now_s, now_s, json.dumps(dict(payload or {}), default=str),
        )  # fmt: skip
        self.note(deal, "received" if delivered else "found by reconciliation")

    def due(self, limit: int, exclude: Iterable[str]) -> list[str]:
        """Deals that are due, the oldest first, without the excluded ones."""
        busy = set(exclude)
        rows = self.rows(
            "SELECT id FROM deals WHERE state = 'queued' AND due_s <= ? ORDER BY received_s LIMIT ?",
            self.now_s(),
            limit + len(busy),
        )
        return [row["id"] for row in rows if row["id"] not in busy][:limit]

    def next_due_s(self, exclude: Iterable[str]) -> float | None:
        """When the next deal falls due, without the excluded ones."""
        busy = tuple(exclude)
        marks = ",".join("?" * len(busy))
        row = self.row(f"SELECT min(due_s) FROM deals WHERE state = 'queued' AND id NOT IN ({marks})", *busy)  # noqa: S608
        return None if row is None else row[0]

    def unfinished(self) -> list[Row]:
        """Deals that are queued or parked, the oldest first."""
        return self.rows("SELECT * FROM deals WHERE state IN ('queued', 'parked') ORDER BY received_s")

    def set_deal(self, deal: str, **values: Any) -> None:
        """Change columns of one deal."""
        columns = ", ".join(f"{name} = ?" for name in values)
        self.write(f"UPDATE deals SET {columns} WHERE id = ?", *values.values(), deal)  # noqa: S608 - names from code

    def finish(self, deal: str, generation: int) -> None:
        """Mark a deal as done, or queue it again if another event has arrived meanwhile."""
        self.write(
            "UPDATE deals SET state = CASE WHEN generation > ? THEN 'queued' ELSE 'done' END, attempts = 0, "
            "reason = '', detail = '', trouble_s = 0, due_s = ? WHERE id = ?",
            generation, self.now_s(), deal,
        )  # fmt: skip

    def note(self, deal: str, step: str, detail: str = "") -> None:
        """Add to a deal's lineage."""
        self.write("INSERT INTO lineage VALUES (?, ?, ?, ?)", deal, self.now_s(), step, detail)

    def lineage(self, deal: str) -> dict[str, Any] | None:
        """A deal's order, invoice and every step, or None for an unknown deal."""
        row = self.deal(deal)
        if row is None:
            return None
        steps = self.rows("SELECT at_s, step, detail FROM lineage WHERE deal = ? ORDER BY rowid", deal)
        kept = ("correlation", "state", "version", "order_id", "invoice_id", "reason", "detail", "ticket")
        return {"deal": deal, **{name: row[name] for name in kept}, "steps": [dict(step) for step in steps]}

    # -- facts and the outbox ------------------------------------------------------------------------

    def fact(self, name: str, default: str = "") -> str:
        """A single stored value, such as the reconciler's cursor."""
        row = self.row("SELECT value FROM facts WHERE name = ?", name)
        return default if row is None else str(row["value"])

    def set_fact(self, name: str, value: str) -> None:
        """Store a value."""
        self.write("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def post(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Put an alert or ticket into the outbox, which sends it until it arrives."""
        self.write("INSERT INTO outbox (kind, key, body) VALUES (?, ?, ?)", kind, key, json.dumps(body, default=str))
