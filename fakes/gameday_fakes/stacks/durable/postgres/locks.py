"""Locks that processes share, each a row with an end that its holder puts off while it is at work.

An advisory lock of the server's would last for as long as a stopped process keeps its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

from gameday_fakes.stacks.durable.store import StoreError

SCHEMA = """
CREATE TABLE IF NOT EXISTS locks (name TEXT PRIMARY KEY, holder TEXT NOT NULL, ends TIMESTAMPTZ NOT NULL);
"""
#: How long a process waits before it tries anew, in real seconds.
TRY_EVERY_S = 0.05
_END = "clock_timestamp() + ? * interval '1 second'"


class Locks:
    """The locks of one process. ``write`` is its store's."""

    def __init__(self, write: Callable[..., int]) -> None:
        #: How long a holder that shows no sign of life keeps a lock, in real seconds.
        self.lease_s = 5.0
        self._write = write
        # So that of one process only one asks the database.
        self._here: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @contextlib.asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold a lock. Raises StoreError."""
        holder = uuid.uuid4().hex
        async with self._here[name]:
            while not self._taken(name, holder):
                await asyncio.sleep(TRY_EVERY_S)
            keeping = asyncio.get_running_loop().create_task(self._keep(name, holder))
            try:
                yield
            finally:
                keeping.cancel()
                # What cannot be given back now ends by itself.
                with contextlib.suppress(StoreError):
                    self._write("DELETE FROM locks WHERE name = ? AND holder = ?", name, holder)

    def _taken(self, name: str, holder: str) -> bool:
        return bool(
            self._write(
                f"INSERT INTO locks VALUES (?, ?, {_END}) ON CONFLICT (name) DO UPDATE "  # noqa: S608 - of this file
                "SET holder = excluded.holder, ends = excluded.ends WHERE locks.ends < clock_timestamp()",
                name, holder, self.lease_s,
            )
        )  # fmt: skip

    async def _keep(self, name: str, holder: str) -> None:
        while True:
            await asyncio.sleep(self.lease_s / 3)
            with contextlib.suppress(StoreError):
                self._write(
                    f"UPDATE locks SET ends = {_END} WHERE name = ? AND holder = ?",  # noqa: S608 - of this file
                    self.lease_s, name, holder,
                )  # fmt: skip
