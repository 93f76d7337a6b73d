"""How a stack follows the pace of a run: what its table says, and what holds if it says nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown

AUTO, ACCELERATED, REAL, OWN = "auto", "accelerated", "real", "own"

#: The values of ``clock`` in a stack's table, each with what it means.
CLOCKS = {
    AUTO: "accelerated where a probe of its runtime has shown that it follows, else real",
    ACCELERATED: "its processes run on a clock that is as fast as the run",
    REAL: "it lives in real time, so its runs go at pace 1",
    OWN: "it divides its own durations by {pace}",
}

_PACE = "{pace}"
#: The moments at which a run may begin (Unix time): 2001 to 2099, which certificates and clients take for a date.
EARLIEST_S, LATEST_S = 978_307_200.0, 4_070_908_800.0


def choose_clock(given: str, *, url: str, templates: Iterable[str], where: str) -> str:
    """Which of CLOCKS holds for a table. ``templates`` are its command and the values of its environment.

    A table without ``clock`` means ``own`` if it hands on the pace, else ``auto``. Raises GamedayError for a clock that
    is not known, and for one that the stack cannot have.
    """
    handed_on = any(_PACE in template.replace("{{", "") for template in templates)
    if not given:
        return OWN if handed_on else AUTO
    if given not in CLOCKS:
        raise unknown("clock", given[:80], CLOCKS, where=f"'clock' in {where}")
    if given == ACCELERATED and url:
        raise GamedayError(
            f"'clock' in {where} is 'accelerated', but a stack with a url runs already",
            hint="only a process that the harness starts can be accelerated: give a command, or clock = 'real'",
        )
    if given == OWN and not url and not handed_on:
        raise GamedayError(
            f"'clock' in {where} is 'own', but neither its command nor its env has {_PACE}",
            hint="hand {pace} on in a variable that the stack divides its durations by, or leave 'clock' out",
        )
    return given


def read_date(given: str, *, clock: str, where: str) -> float | None:
    """The moment at which the runs of a stack with this ``clock`` begin (Unix time); None for the present.

    A moment without a time zone is in UTC. Raises GamedayError for one that no clock shows, and where the stack keeps
    the machine's date.

    >>> read_date("2026-06-30 23:50", clock="auto", where="[stack.mine]")
    1782863400.0
    """
    if not given:
        return None
    if clock not in (AUTO, ACCELERATED):
        raise GamedayError(
            f"'date' in {where} needs an accelerated clock, and its clock is {clock!r}",
            hint="only a stack that runs on a clock of gameday's can be given another date",
        )
    try:
        moment = datetime.datetime.fromisoformat(given)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        moment_s = moment.timestamp()
    except (ValueError, OverflowError):
        moment_s = -1.0
    if not EARLIEST_S <= moment_s <= LATEST_S:
        raise GamedayError(
            f"{shown(given)}, 'date' in {where}, is not a date and time from 2001 to 2099",
            hint="write for instance 2026-06-30T23:50:00Z",
        )
    return moment_s
