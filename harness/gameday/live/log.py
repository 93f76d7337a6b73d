"""What the board lists as it happens: alerts, tickets, notes, phases and faults, the newest few hundred."""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

#: How many entries are kept.
KEPT = 300
#: How much of a text is shown.
LONGEST = 400

EntryKind = Literal["alert", "ticket", "note", "phase", "fault", "stack", "call", "people", "reveal", "stop"]
#: The kinds that give away the injection of a blind drill.
REVEALING: frozenset[EntryKind] = frozenset({"fault", "people", "stack", "phase"})


class LogEntry(msgspec.Struct, frozen=True):
    """One line. ``number`` rises by one from 1; ``deals`` is how many deals a signal names."""

    number: int
    time_s: float
    kind: EntryKind
    title: str
    text: str = ""
    who: str = ""
    deals: int = 0


class Log:
    """The entries in order; the oldest are dropped."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=KEPT)
        self.last = 0

    def add(self, time_s: float, kind: EntryKind, title: str, text: str = "", who: str = "", deals: int = 0) -> None:
        """Add a line."""
        self.last += 1
        self._entries.append(LogEntry(self.last, time_s, kind, title[:LONGEST], text[:LONGEST], who[:LONGEST], deals))

    def after(self, number: int, *, blind: bool) -> list[LogEntry]:
        """The entries after a number, oldest first; ``blind`` leaves out those that give away the injection."""
        found = []
        for entry in reversed(self._entries):
            if entry.number <= number:
                break
            if not (blind and entry.kind in REVEALING):
                found.append(entry)
        return found[::-1]
