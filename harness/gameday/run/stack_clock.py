"""The clock of a run's stack: whether it is accelerated, real or its own, and at what pace the run may go for that.

No result is given at a pace that the stack does not follow. So the pace of a run is decided here, in one place, for
every command that starts a stack.
"""

from __future__ import annotations

import time

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.clock_choice import ACCELERATED, AUTO, OWN, REAL, choose_clock
from gameday.config.stack_table import StackTable
from gameday.run.clock_library import compiled_library
from gameday.run.clock_probe import probe
from gameday_fakes.clock import WallClock


class StackClock(msgspec.Struct, frozen=True):
    """How a stack follows a run: ``kind`` is accelerated, real or own; ``pace`` is the one that the run may have.

    ``why`` is the reason for the kind in one clause, empty where the table says it.
    """

    kind: str
    pace: float
    why: str = ""

    @property
    def sentence(self) -> str:
        """The clock in one clause, for people."""
        words = {
            ACCELERATED: f"accelerated {self.pace:g} times",
            REAL: "real",
            OWN: f"its own, divided by the pace of {self.pace:g}",
        }[self.kind]
        return words + (f": {self.why}" if self.why else "")

    @property
    def handed_on(self) -> float:
        """What the stack gets for {pace}: it divides by the run's only if nothing else does."""
        return self.pace if self.kind == OWN else 1.0

    def start(self) -> WallClock | None:
        """The date and time on which the stack and the fakes live from now on; None for the machine's own."""
        if self.kind != ACCELERATED:
            return None
        return WallClock(epoch_s=time.time(), origin_s=time.monotonic(), rate=self.pace)


def stack_clock(table: StackTable, pace: float) -> StackClock:
    """The clock for a run that is asked for at ``pace``. Raises GamedayError where it cannot be had."""
    where = f"[stack.{table.name}]"
    kind = choose_clock(table.clock, url=table.url, templates=table.texts, where=where)
    if kind == OWN:
        return StackClock(OWN, pace)
    if pace == 1.0:
        return StackClock(REAL, pace)
    if kind == REAL:
        return StackClock(REAL, 1.0, f"{where} says so")
    if kind == ACCELERATED:
        compiled_library()
        return StackClock(ACCELERATED, pace)
    assert kind == AUTO  # noqa: S101 - there is no other
    if table.url:
        return StackClock(REAL, 1.0, "a stack that runs already keeps its clock")
    try:
        found = probe(table)
    except GamedayError as problem:
        return StackClock(REAL, 1.0, str(problem))
    return StackClock(ACCELERATED, pace, found.sentence) if found.follows else StackClock(REAL, 1.0, found.sentence)
