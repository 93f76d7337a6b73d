"""What one query may take: time of a processor, and rows that are sorted."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

#: Seconds of processor time that a query may take; other processes on a busy machine do not count.
BUDGET_S = 0.15
#: And what it may take besides for each record in the tables that it reads, for a plain scan of a large one takes long.
PER_RECORD_S = 4e-6
#: How many rows of a product a query may sort, besides two for each record: the engine sorts in one go, and ends only
#: then.
MOST_SORTED = 200_000


class TooLong(Exception):
    """A query took longer than it may."""


class Limits:
    """The limits of the query that runs now, if one does."""

    def __init__(self) -> None:
        self._began_s, self._ends_s = 0.0, 0.0
        self._records = 0
        self._as_one = False
        self._sorted, self._most_sorted = 0, 0
        #: Whether too many rows were to be sorted.
        self.exceeded: TooLong | None = None

    def begin(self, records: int) -> None:
        """A query begins that reads tables of so many records. Raises TooLong if parts before it took all the time."""
        if not self._as_one:
            self._began_s, self._records, self._sorted = time.thread_time(), 0, 0
        self._records += records
        self._ends_s = self._began_s + BUDGET_S + PER_RECORD_S * self._records
        self._most_sorted = MOST_SORTED + 2 * self._records
        if self.is_over():
            raise TooLong("no time is left")
        self.exceeded = None

    @contextlib.contextmanager
    def as_one(self) -> Iterator[None]:
        """All queries within are parts of one."""
        self._began_s, self._records, self._sorted = time.thread_time(), 0, 0
        self._as_one = True
        try:
            yield
        finally:
            self._as_one = False

    def end(self) -> None:
        """The query has ended."""
        self._ends_s = 0.0

    def is_over(self) -> bool:
        """Whether its time is over."""
        return bool(self._ends_s) and time.thread_time() > self._ends_s

    def count_sorted(self, *_: Any) -> int:
        """``sorted_row(...)``: true, once for each row that is to be sorted. Raises TooLong if there are too many."""
        self._sorted += 1
        if self._sorted > self._most_sorted:
            self.exceeded = TooLong("too many rows to sort")
            raise self.exceeded
        return 1
