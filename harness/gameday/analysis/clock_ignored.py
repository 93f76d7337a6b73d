"""Whether a process of the stack did not live on the accelerated clock: then no result is given.

Such a process waits in real time, so the same scenario would end otherwise at pace 1. Pure: case in, clause out.
"""

from __future__ import annotations

from gameday.model.checker import Case
from gameday.model.events import ClockIgnored


def clock_ignored(case: Case) -> str:
    """Which program does not follow the pace, and why, in one clause; empty if all follow."""
    events = [op.event for history in (case.history, case.control) if history for op in history.of(ClockIgnored)]
    if not events:
        return ""
    others = len({event.program for event in events}) - 1
    more = f" (and {others} more)" if others else ""
    first = events[0]
    return f"{first.program}{more} does not follow the pace of {case.pace:g}: {first.why}"
