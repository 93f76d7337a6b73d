"""Whether the work of a batch, which no pace shortens, may have changed a run. Pure: case in, clause out.

A batch carries one deal after the other over. What takes a processor 40 ms for each takes 0.04 s of the scenario at
pace 1 and 0.4 s at pace 10, so the hundredth deal of such a run is 36 s later. A process that runs all the time carries
a deal over when it is won, so no such sum arises; what its work adds is within the margin in any case.

A run of a batch that works longer also is at work when a fault begins that it would have been ahead of at pace 1. The
deals that it meets then come with a later run.
"""

from __future__ import annotations

from gameday.analysis.reconcile import reconcile
from gameday.base.durations import words
from gameday.model.checker import CLOCK_RESOLUTION_REAL_S, Case
from gameday.model.events import BatchEnded, StackEvent


def delayed_s(case: Case) -> float:
    """By how much the last deal of a batch's longest run is later than at pace 1, at most (scenario seconds)."""
    worked_s = max((op.event.worked_s for op in case.history.of(BatchEnded)), default=0.0)
    return worked_s * (case.pace - 1)


def delayed_by_work(case: Case) -> str:
    """In one clause that this is more than the margin of the limits, or let a fault meet a run: then lateness proves
    nothing; empty if it is not.

    Empty too where the stack did something twice, or without a deal: that is no lateness.
    """
    late_s, found = delayed_s(case), reconcile(case)
    if found.orphans or found.strays or any(outcome.state == "duplicated" for outcome in found.outcomes):
        return ""
    if late_s <= case.margin_s:
        return _met_at_work(case)
    return (
        f"no pace shortens the work of a batch: at a pace of {case.pace:g} one run of it ends up to {words(late_s)} "
        f"later than in real time, which is more than the margin of {words(case.margin_s)}"
    )


def _met_at_work(case: Case) -> str:
    """In one clause that a fault began while a run worked, at a pace at which it works longer; empty if none did."""
    if case.pace <= 1:
        return ""
    begun = next((each.fault for each in case.scenario.injections if _at_work(case, each.at_s)), "")
    cut_off = any(op.event.act == "cut off" for op in case.history.of(StackEvent, outcome="info"))
    if not begun and not cut_off:
        return ""
    met = f"{begun!r} began while a run of it worked" if begun else "a fault cut a run of it off"
    return f"no pace shortens the work of a batch: {met}, which may have been over by then in real time"


def _at_work(case: Case, at_s: float) -> bool:
    """Whether a run of a batch had begun before this time, and worked beyond it."""
    runs = [op.event for op in case.history.of(BatchEnded) if op.event.worked_s > CLOCK_RESOLUTION_REAL_S]
    return any(run.began_s is not None and run.ended_s is not None and run.began_s < at_s < run.ended_s for run in runs)
