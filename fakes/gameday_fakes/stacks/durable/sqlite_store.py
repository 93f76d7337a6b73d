"""The state in one SQLite file in WAL mode, written by this process only.

Writes that arrive together share one commit, because each commit flushes to disk.
"""

from __future__ import annotations

import asyncio
import functools
import random
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gameday_fakes.stacks.durable.store import SCHEMA, Row, Store

#: How long a commit waits for more writes, in real seconds.
GATHER_REAL_S = 0.002
#: So many results of queries are kept.
MOST_FOUND = 256
_Query = tuple[str, tuple[Any, ...]]
"""A statement with its values."""
#: What stands before the name of a table.
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(\w+)")
ON_DISK = ("journal_mode=WAL", "synchronous=FULL")
NOT_ON_DISK = ("locking_mode=EXCLUSIVE", "journal_mode=MEMORY", "synchronous=OFF")


class SqliteStore(Store):
    """The file and its one connection. Every method is immediate except ``committed``.

    ``on_disk`` False: no power fails, so a commit need not reach the disk; what is committed outlives the stack only.
    """

    def __init__(self, path: Path, *, now_s: Callable[[], float] = time.time, on_disk: bool = True) -> None:
        super().__init__()
        self.now_s = now_s
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._db.row_factory = sqlite3.Row
        # SQLite's own numbers come from the operating system, and no two runs would write in the same order.
        self._db.create_function("random", 0, random.Random(path.name).random)
        for pragma in ON_DISK if on_disk else NOT_ON_DISK:
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA.format(serial="INTEGER PRIMARY KEY"))
        #: What queries found since their tables were written to, and of which queries each table is: most timers ask
        #: the same again, and nothing has happened.
        self._found: dict[_Query, list[Row]] = {}
        self._queries: defaultdict[str, list[_Query]] = defaultdict(list)
        self._commit: asyncio.Future[None] | None = None
        self._flushing: asyncio.TimerHandle | None = None
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def close(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._db.close()

    def abandon(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
        self._db.close()

    def hold(self, name: str) -> asyncio.Lock:
        # No other process has the file.
        return self._locks[name]

    # -- reading and writing -------------------------------------------------------------------------

    def rows(self, sql: str, *values: Any) -> list[Row]:
        found = self._found.get((sql, values))
        if found is None:
            found = self._db.execute(sql, values).fetchall()
            if "random()" not in sql:
                self._keep((sql, values), found)
        return found.copy()

    def _keep(self, query: _Query, found: list[Row]) -> None:
        if len(self._found) >= MOST_FOUND:
            self._found.clear()
            self._queries.clear()
        self._found[query] = found
        for table in _tables(query[0]):
            self._queries[table].append(query)

    def write(self, sql: str, *values: Any) -> int:
        for table in _tables(sql):
            for query in self._queries.pop(table, ()):
                self._found.pop(query, None)
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            self._flushing = loop.call_later(GATHER_REAL_S, self._flush)
        return self._db.execute(sql, values).rowcount

    def due(self, limit: int, exclude: Iterable[str]) -> list[str]:
        first_s = self.next_due_s(())
        return [] if first_s is None or first_s > self.now_s() else super().due(limit, exclude)

    def set_fact(self, name: str, value: str) -> None:
        if not self.rows("SELECT name FROM facts WHERE name = ? AND value = ?", name, value):
            super().set_fact(name, value)

    def wake(self, deal: str) -> None:
        # The workers are in this process: the inbox tells them.
        pass

    async def committed(self) -> None:
        if self._commit is not None and not self._commit.done():
            await asyncio.shield(self._commit)

    def _flush(self) -> None:
        waiting = self._commit
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


@functools.lru_cache(1024)
def _tables(sql: str) -> tuple[str, ...]:
    """The tables that a statement names."""
    return tuple(dict.fromkeys(_TABLE.findall(sql)))
