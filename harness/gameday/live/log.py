"""What the room is told as it happens: alerts, tickets, notes, phases and faults, the newest few hundred."""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

#: How many entries are kept.
KEPT = 300
#: How much of a text is shown.
LONGEST = 400

EntryKind = Literal["alert", "ticket", "note", "phase", "fault", "stack", "reveal", "stop"]
#: What tells responders of a blind drill what was done to them.
TELLING: frozenset[EntryKind] = frozenset({"fault", "stack", "phase"})


class Entry(msgspec.Struct, frozen=True):
    """One line. ``number`` rises by one from 1; ``deals`` is how many deals a signal names."""

    number: int
    time_s: float
    kind: EntryKind
    title: str
    text: str = ""
    who: str = ""
    deals: int = 0


class Log:
    """Entries in order, the oldest forgotten."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self.last = 0

    def add(self, time_s: float, kind: EntryKind, title: str, text: str = "", who: str = "", deals: int = 0) -> None:
        """Add a line."""
        self.last += 1
        self._entries.append(Entry(self.last, time_s, kind, title[:LONGEST], text[:LONGEST], who[:LONGEST], deals))

    def after(self, number: int, *, blind: bool) -> list[Entry]:
        """The entries after a number, oldest first; ``blind`` leaves out what tells what was done."""
        found = []
        for entry in reversed(self._entries):
            if entry.number <= number:
                break
            if not (blind and entry.kind in TELLING):
                found.append(entry)
        return found[::-1]
