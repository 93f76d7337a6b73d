"""The clock of a run's stack: whether it is accelerated, real or its own, and at what pace the run may go for that.

No result is given at a pace that the stack does not follow. So the pace of a run is decided here, in one place, for
every command that starts a stack.
"""

from __future__ import annotations

import datetime
import time

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.clock_choice import ACCELERATED, AUTO, OWN, REAL, choose_clock, read_date
from gameday.config.stack_table import StackTable
from gameday.run.clock_library import compiled_library
from gameday.run.clock_probe import probe
from gameday_fakes.clock import WallClock


class StackClock(msgspec.Struct, frozen=True):
    """How a stack follows a run: ``kind`` is accelerated, real or own; ``pace`` is the one that the run may have.

    ``why`` is the reason for the kind in one clause, empty where the table says it. ``date_s`` is when an accelerated
    stack's run begins (Unix time), None for the present.
    """

    kind: str
    pace: float
    why: str = ""
    date_s: float | None = None

    @property
    def sentence(self) -> str:
        """The clock in one clause, for people."""
        words = {
            ACCELERATED: f"accelerated {self.pace:g} times",
            REAL: "real",
            OWN: f"its own, divided by the pace of {self.pace:g}",
        }[self.kind]
        if self.date_s is not None:
            moment = datetime.datetime.fromtimestamp(self.date_s, datetime.UTC)
            words += f" from {moment:%Y-%m-%d %H:%M} UTC on"
        return words + (f": {self.why}" if self.why else "")

    @property
    def handed_on(self) -> float:
        """What the stack gets for {pace}: it divides by the run's only if nothing else does."""
        return self.pace if self.kind == OWN else 1.0

    def start(self) -> WallClock | None:
        """The date and time on which the stack and the fakes live from now on; None for the machine's own."""
        if self.kind != ACCELERATED:
            return None
        epoch_s = time.time() if self.date_s is None else self.date_s
        return WallClock(epoch_s=epoch_s, origin_s=time.monotonic(), rate=self.pace)


def sandbox_clock(table: StackTable, pace: float) -> StackClock:
    """The clock for a run in sandbox tenants, which live on real time: only a stack that divides by a pace has one.

    Raises GamedayError for a table with a date of its own.
    """
    where = f"[stack.{table.name}]"
    kind = choose_clock(table.clock, url=table.url, templates=table.texts, where=where)
    if table.date:
        raise GamedayError(f"'date' in {where} cannot be had: its tenants live on real time", hint="leave it out")
    return StackClock(OWN, pace) if kind == OWN else StackClock(REAL, 1.0, "its tenants live on real time")


def stack_clock(table: StackTable, pace: float) -> StackClock:
    """The clock for a run that is asked for at ``pace``. Raises GamedayError where it cannot be had."""
    where = f"[stack.{table.name}]"
    kind = choose_clock(table.clock, url=table.url, templates=table.texts, where=where)
    if kind == OWN:
        return StackClock(OWN, pace)
    date_s = read_date(table.date, clock=kind, where=where)
    if pace == 1.0 and date_s is None:
        return StackClock(REAL, pace)
    if kind == REAL:
        return StackClock(REAL, 1.0, f"{where} says so")
    if kind == ACCELERATED:
        compiled_library()
        return StackClock(ACCELERATED, pace, date_s=date_s)
    assert kind == AUTO  # noqa: S101 - there is no other
    if table.url:
        return StackClock(REAL, 1.0, "a stack that runs already keeps its clock")
    try:
        found = probe(table)
    except GamedayError as problem:
        return _real(where, str(problem), date_s)
    return (
        StackClock(ACCELERATED, pace, found.sentence, date_s) if found.follows else _real(where, found.sentence, date_s)
    )


def _real(where: str, why: str, date_s: float | None) -> StackClock:
    """The machine's clock for a stack that follows no other. Raises GamedayError where it should have another date."""
    if date_s is not None:
        raise GamedayError(f"'date' in {where} cannot be had: {why}", hint="leave it out, or start another runtime")
    return StackClock(REAL, 1.0, why)
