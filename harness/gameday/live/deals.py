"""The deals of a run while it goes on: in memory what is not right, and the newest of the rest; on disk all others.

A deal that is right may still be written a second time or be amended, hours later, so none is forgotten. Yet a board
stands for a whole day: what it holds in memory must not grow with what went well.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from gameday.live.books import Deal

#: How many deals that are right stay in memory: those of which more is likely to be heard, as of their invoice.
NEAR = 1_000
#: How much of the disk's content the database keeps in memory (KiB).
CACHE_KIB = 1_024

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Deal).decode


class Deals:
    """Every deal, by its id and by its key in the workload. ``near``: how many right ones stay in memory."""

    def __init__(self, near: int = NEAR) -> None:
        self._near = near
        self._here: dict[str, Deal] = {}
        self._id_of_key: dict[str, str] = {}
        self._right: OrderedDict[str, None] = OrderedDict()
        # A database without a name is a file that nobody else sees, and that is gone with its connection, however
        # that ends. A board is made in one thread and lives in another, never in both at once.
        self._far = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in (f"cache_size = -{CACHE_KIB}", "journal_mode = OFF", "synchronous = OFF"):
            self._far.execute(f"PRAGMA {pragma}")
        self._far.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, key TEXT, deal BLOB) WITHOUT ROWID")
        self._far.execute("CREATE INDEX keys ON deals (key)")

    def __contains__(self, name: str) -> bool:
        return self.find(name) is not None

    def add(self, deal: Deal) -> None:
        """A deal that was won; of two with the same id or key the newer counts."""
        self._here[deal.id] = deal
        self._id_of_key[deal.key] = deal.id

    def find(self, name: str) -> Deal | None:
        """The deal with this id or key, in memory from now on until it is right."""
        deal = self._here.get(self._id_of_key.get(name, name))
        if deal is None:
            row = self._far.execute("SELECT deal FROM deals WHERE id = ?1 OR key = ?1", (name,)).fetchone()
            if row is None:
                return None
            deal = _decode(row[0])
            self._far.execute("DELETE FROM deals WHERE id = ?", (deal.id,))
            self.add(deal)
        return deal

    def wrong(self, deal: Deal) -> None:
        """It is not right: it stays in memory."""
        self._right.pop(deal.id, None)

    def right(self, deal: Deal) -> None:
        """It is right: it goes to the disk when enough newer ones are."""
        self._right[deal.id] = None
        self._right.move_to_end(deal.id)
        if len(self._right) > 2 * self._near:
            self._far.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?, ?)", self._go(self._near))

    def close(self) -> None:
        """Nothing is asked any more."""
        self._far.close()
        self._here.clear()
        self._id_of_key.clear()
        self._right.clear()

    def _go(self, left: int) -> Iterator[tuple[str, str, bytes]]:
        """Those that have been right for longest, until so many are left."""
        while len(self._right) > left:
            deal = self._here.pop(self._right.popitem(last=False)[0])
            self._id_of_key.pop(deal.key, None)
            yield deal.id, deal.key, _encode(deal)
