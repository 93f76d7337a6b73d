"""What a reconciliation has left in its folder, read again to be published: the tickets, and the page.

Names are masked in it already. The files may have been edited since, or be somebody else's: they are data.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday_reports.reconcile import PAGE, TABLE, TICKETS
from gameday_reports.reconcile.tickets import Ticket

#: So many findings are published one by one, those of the largest amounts.
MOST = 200
_LONGEST_LINE, _LARGEST_FILE = 1 << 20, 64 << 20
_DECODER = msgspec.json.Decoder(Ticket)


class Group(msgspec.Struct):
    """All findings of one problem that one owner has to look at: how many, their amounts, and the largest of them."""

    problem: str
    owner: str
    number: int = 0
    money: dict[str, Decimal] = {}
    largest: list[tuple[Decimal, int, Ticket]] = []

    def add(self, ticket: Ticket) -> None:
        """Add a finding."""
        self.number += 1
        self.money[ticket.currency] = self.money.get(ticket.currency, NOTHING) + ticket.amount
        ranked = (abs(ticket.amount), -self.number, ticket)
        heapq.heappush(self.largest, ranked) if len(self.largest) < MOST else heapq.heappushpop(self.largest, ranked)

    @property
    def tickets(self) -> list[Ticket]:
        """The findings of the largest amounts, the largest first."""
        return [ticket for *_, ticket in sorted(self.largest, key=lambda ranked: ranked[:2], reverse=True)]


class ReconciledFolder:
    """A folder that ``gameday reconcile --out`` has written. Raises GamedayError for one that is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.flow = ""
        by_group: dict[tuple[str, str], Group] = {}
        for ticket in self._tickets():
            self.flow = ticket.flow
            key = ticket.problem, ticket.owner
            by_group.setdefault(key, Group(*key, money={}, largest=[])).add(ticket)
        #: By problem and owner.
        self.groups = [by_group[key] for key in sorted(by_group)]
        self.affected = Counter({group.problem: 0 for group in self.groups})
        for group in self.groups:
            self.affected[group.problem] += group.number

    @staticmethod
    def is_one(path: Path) -> bool:
        """Whether a folder is one of a reconciliation."""
        return (path / TICKETS).is_file()

    @property
    def number(self) -> int:
        """How many findings there are."""
        return sum(group.number for group in self.groups)

    @property
    def page(self) -> str:
        """The page for people."""
        return self._text(PAGE)

    @property
    def table(self) -> str:
        """The rows for a spreadsheet."""
        return self._text(TABLE)

    def _tickets(self) -> Iterator[Ticket]:
        path = self.path / TICKETS
        try:
            with path.open("rb") as file:
                number = 0
                while line := file.readline(_LONGEST_LINE):
                    number += 1
                    yield self._ticket(line, number)
        except OSError as problem:
            raise GamedayError(f"cannot read {path}: {problem.strerror}") from None

    def _ticket(self, line: bytes, number: int) -> Ticket:
        try:
            return _DECODER.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise GamedayError(
                f"{self.path / TICKETS}:{number}: no ticket", hint="publish the folder as gameday reconcile wrote it"
            ) from None

    def _text(self, name: str) -> str:
        path = self.path / name
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise GamedayError(f"{path} is larger than {_LARGEST_FILE >> 20} MiB", hint="take the file itself")
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as problem:
            raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
