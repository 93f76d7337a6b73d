"""Keeps the records with the lowest hashes, also by stratum: the order in which they arrive does not matter."""

from __future__ import annotations

import bisect
import hashlib
import heapq
from collections.abc import Hashable, Iterator
from decimal import Decimal
from typing import Generic, TypeVar

from gameday.capture.raw_record import RawRecord

K = TypeVar("K", bound=Hashable)
#: What records are sorted by; its last part is a hash.
Rank = tuple[Decimal | int, ...]


def hashed(seed: int, content: bytes) -> int:
    """A number that depends on the seed and the content only."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=16, key=str(seed).encode()).digest(), "big")


class Lowest:
    """The ``most`` records with the lowest ranks. A record with a rank that is kept already is a repetition."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ranks: list[Rank] = []
        self._by_rank: dict[Rank, RawRecord] = {}

    def offer(self, rank: Rank, raw: RawRecord) -> None:
        """Keep a record if its rank is among the lowest."""
        if rank in self._by_rank or (len(self._ranks) == self._most and not (self._ranks and rank < self._ranks[-1])):
            return
        bisect.insort(self._ranks, rank)
        self._by_rank[rank] = raw
        if len(self._ranks) > self._most:
            del self._by_rank[self._ranks.pop()]

    def __iter__(self) -> Iterator[RawRecord]:
        """The records, lowest rank first."""
        return (self._by_rank[rank] for rank in self._ranks)


class Stratum:
    """One kind of record: how many were seen, and the few with the lowest ranks."""

    def __init__(self, least: int) -> None:
        self.seen = 0
        self.lowest = Lowest(least)

    def offer(self, rank: Rank, raw: RawRecord) -> None:
        """Count a record, and keep it if its rank is among the lowest."""
        self.seen += 1
        self.lowest.offer(rank, raw)


class Strata(Generic[K]):
    """Strata by value. Of more than ``most`` values, those with the lowest hashes are kept."""

    def __init__(self, least: int, most: int, seed: int) -> None:
        self._least = least
        self._most = most
        self._seed = seed
        self._heap: list[tuple[int, K]] = []
        self.by_value: dict[K, Stratum] = {}
        #: Records of values that are not kept.
        self.others = 0

    def offer(self, value: K, rank: Rank, raw: RawRecord) -> None:
        """Count a record in its stratum."""
        stratum = self.by_value.get(value)
        if stratum is None:
            stratum = self._open(value)
        if stratum is None:
            self.others += 1
        else:
            stratum.offer(rank, raw)

    def _open(self, value: K) -> Stratum | None:
        place = -hashed(self._seed, repr(value).encode("utf-8", "surrogatepass"))
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, (place, value))
        elif place > self._heap[0][0]:
            _, gone = heapq.heappushpop(self._heap, (place, value))
            self.others += self.by_value.pop(gone).seen
        else:
            return None
        stratum = self.by_value[value] = Stratum(self._least)
        return stratum
