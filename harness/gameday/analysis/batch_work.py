"""Whether the work of a batch, which no pace shortens, may have changed a run. Pure: case in, clause out.

A batch carries one deal after the other over. What takes a processor 40 ms for each takes 0.04 s of the scenario at
pace 1 and 0.4 s at pace 10, so the hundredth deal of such a run is 36 s later. A process that runs all the time carries
a deal over when it is won, so no such sum arises; what its work adds is within the margin in any case.

A run of a batch that works longer also is at work when a fault begins that it would have been ahead of at pace 1. The
deals that it meets then come with a later run, and so do all where the next start is due meanwhile.
"""

from __future__ import annotations

from itertools import pairwise

from gameday.analysis.reconcile import reconcile
from gameday.base.durations import words
from gameday.model.checker import CLOCK_RESOLUTION_REAL_S, Case
from gameday.model.events import BatchEnded, StackEvent

_UNSHORTENED = "no pace shortens the work of a batch"


def delayed_s(case: Case) -> float:
    """By how much the last deal of a batch's longest run is later than at pace 1, at most (scenario seconds)."""
    worked_s = max((op.event.worked_s for op in case.history.of(BatchEnded)), default=0.0)
    return worked_s * (case.pace - 1)


def delayed_by_work(case: Case) -> str:
    """In one clause that this is more than the margin of the limits, or let a fault or the next start meet a run: then
    lateness proves nothing; empty if it is not.

    Empty too where the stack did something twice, or without a deal: that is no lateness.
    """
    late_s, found = delayed_s(case), reconcile(case)
    if found.orphans or found.strays or any(outcome.state == "duplicated" for outcome in found.outcomes):
        return ""
    if late_s <= case.margin_s:
        return _met_at_work(case)
    return (
        f"{_UNSHORTENED}: at a pace of {case.pace:g} one run of it ends up to {words(late_s)} "
        f"later than in real time, which is more than the margin of {words(case.margin_s)}"
    )


def overlapped_by_work(case: Case) -> str:
    """In one clause that two runs of a batch were at work side by side only because of the pace; empty if none were.

    Such runs may do a thing twice that they would do once in real time.
    """
    runs = sorted(_worked_runs(case), key=lambda run: (run.process, run.began_s))
    for run, after in pairwise(runs):
        real_s = _ended_at_pace_1_s(run, case.pace)
        if run.process == after.process and real_s <= (after.began_s or 0.0) < (run.ended_s or 0.0):
            return (
                f"{_UNSHORTENED}: a run of it was still at work when the next one began, and would have been over by "
                "then in real time"
            )
    return ""


def _met_at_work(case: Case) -> str:
    """In one clause what began while a run worked, at a pace at which it works longer; empty if nothing did."""
    if case.pace <= 1:
        return ""
    runs = _worked_runs(case)
    met = [f"{each.fault!r} began" for each in case.scenario.injections if _at_work(runs, each.at_s)]
    met += ["a start was due" for run in runs if _kept_from_starting(run, case.pace)]
    met += ["a fault cut it off" for op in case.history.of(StackEvent, outcome="info") if op.event.act == "cut off"]
    if not met:
        return ""
    return f"{_UNSHORTENED}: {met[0]} while a run was at work, which may have been over by then in real time"


def _worked_runs(case: Case) -> list[BatchEnded]:
    """The runs that had a processor for longer than nothing, and of which is recorded when they were."""
    runs = (op.event for op in case.history.of(BatchEnded))
    return [run for run in runs if run.worked_s > CLOCK_RESOLUTION_REAL_S and run.began_s is not None and run.ended_s]


def _kept_from_starting(run: BatchEnded, pace: float) -> bool:
    """Whether a start was due in the time that a run was at work beyond that of real time."""
    if not run.every_s:
        return False
    return (run.ended_s or 0.0) // run.every_s > _ended_at_pace_1_s(run, pace) // run.every_s


def _ended_at_pace_1_s(run: BatchEnded, pace: float) -> float:
    """When a run would have ended in real time, at the earliest."""
    return max(run.began_s or 0.0, (run.ended_s or 0.0) - run.worked_s * (pace - 1))


def _at_work(runs: list[BatchEnded], at_s: float) -> bool:
    """Whether one of these runs had begun before this time, and worked beyond it."""
    return any((run.began_s or 0.0) < at_s < (run.ended_s or 0.0) for run in runs)
