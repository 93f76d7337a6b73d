"""The deals of a run while it goes on: in memory the open ones and the newest settled ones; on disk all others.

A settled deal may still be written a second time or be amended, hours later, so none is forgotten. Yet a board runs
for a whole day: its memory must not grow with the number of deals that went well.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from gameday.live.deal_state import LiveDeal

#: How many settled deals stay in memory: those for which more events are likely, such as their invoice.
NEAR = 1_000
#: How much of the disk's content the database keeps in memory (KiB).
CACHE_KIB = 1_024

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(LiveDeal).decode


class Deals:
    """Every deal, by its id and by its key in the workload. ``near``: how many settled ones stay in memory."""

    def __init__(self, near: int = NEAR) -> None:
        self._near = near
        self._here: dict[str, LiveDeal] = {}
        self._id_of_key: dict[str, str] = {}
        self._settled: OrderedDict[str, None] = OrderedDict()
        # A database without a name is a private file that is removed with its connection, however that ends. A board
        # is created in one thread and used in another, never in both at once.
        self._far = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in (f"cache_size = -{CACHE_KIB}", "journal_mode = OFF", "synchronous = OFF"):
            self._far.execute(f"PRAGMA {pragma}")
        self._far.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, key TEXT, deal BLOB) WITHOUT ROWID")
        self._far.execute("CREATE INDEX keys ON deals (key)")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def add(self, deal: LiveDeal) -> None:
        """Add a deal that was won; of two with the same id or key the newer counts."""
        self._here[deal.id] = deal
        self._id_of_key[deal.key] = deal.id

    def find(self, name: str) -> LiveDeal | None:
        """The deal with this id or key, from now on in memory until it is settled."""
        deal = self._here.get(self._id_of_key.get(name, name))
        if deal is None:
            row = self._far.execute("SELECT deal FROM deals WHERE id = ?1 OR key = ?1", (name,)).fetchone()
            if row is None:
                return None
            deal = _decode(row[0])
            self._far.execute("DELETE FROM deals WHERE id = ?", (deal.id,))
            self.add(deal)
        return deal

    def open(self, deal: LiveDeal) -> None:
        """The systems disagree on this deal: it stays in memory."""
        self._settled.pop(deal.id, None)

    def settled(self, deal: LiveDeal) -> None:
        """The systems agree on this deal: it goes to the disk once enough newer ones are settled."""
        self._settled[deal.id] = None
        self._settled.move_to_end(deal.id)
        if len(self._settled) > 2 * self._near:
            self._far.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?, ?)", self._oldest(self._near))

    def close(self) -> None:
        """Release everything; nothing is looked up afterwards."""
        self._far.close()
        self._here.clear()
        self._id_of_key.clear()
        self._settled.clear()

    def _oldest(self, left: int) -> Iterator[tuple[str, str, bytes]]:
        """Take out the deals that have been settled for longest, until so many are left."""
        while len(self._settled) > left:
            deal = self._here.pop(self._settled.popitem(last=False)[0])
            self._id_of_key.pop(deal.key, None)
            yield deal.id, deal.key, _encode(deal)
