"""Whether the work of a batch, which no pace shortens, may have changed a run. Pure: case in, clause out.

A batch carries one deal after the other over. What takes a processor 40 ms for each takes 0.04 s of the scenario at
pace 1 and 0.4 s at pace 10, so the hundredth deal of such a run is 36 s later. A process that runs all the time carries
a deal over when it is won, so no such sum arises; what its work adds is within the margin in any case.

A run of a batch that works longer also is at work when a fault begins that it would have been ahead of at pace 1. The
deals that it meets then come with a later run, and so do all where the next start is due meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import reconcile
from gameday.base.durations import words
from gameday.model.checker import CLOCK_RESOLUTION_REAL_S, Case
from gameday.model.events import BatchEnded, Load, StackEvent

_UNSHORTENED = "no pace shortens the work of a batch"


class _Run(NamedTuple):
    """A run of a batch. ``added_s`` is by how much it ended later than at pace 1, at most (all in scenario seconds)."""

    process: str
    began_s: float
    ended_s: float
    every_s: float
    added_s: float

    @property
    def real_s(self) -> float:
        """When it would have ended at pace 1, at the earliest."""
        return max(self.began_s, self.ended_s - self.added_s)


def delayed_s(case: Case) -> float:
    """By how much the last deal of a batch's longest run is later than at pace 1, at most (scenario seconds).

    What a run, or a server meanwhile, waited for a processor counts as its work does.
    """
    worked_s = max((op.event.worked_s for op in case.history.of(BatchEnded)), default=0.0)
    return max(worked_s * (case.pace - 1), *(run.added_s for run in _runs(case)), 0.0)


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
    for run, after in pairwise(sorted(_runs(case))):
        if run.process == after.process and run.real_s <= after.began_s < run.ended_s:
            return (
                f"{_UNSHORTENED}: a run of it was still at work when the next one began, and would have been over by "
                "then in real time"
            )
    return ""


def _met_at_work(case: Case) -> str:
    """In one clause what began while a run worked, at a pace at which it works longer; empty if nothing did."""
    runs = _runs(case)
    met = [f"{each.fault!r} began" for each in case.scenario.injections if _at_work(runs, each.at_s)]
    met += ["a start was due" for run in runs if run.every_s and run.ended_s // run.every_s > run.real_s // run.every_s]
    met += ["a fault cut it off" for op in case.history.of(StackEvent, outcome="info") if op.event.act == "cut off"]
    if not met or case.pace <= 1:
        return ""
    return f"{_UNSHORTENED}: {met[0]} while a run was at work, which may have been over by then in real time"


def _at_work(runs: Sequence[_Run], at_s: float) -> bool:
    """Whether one of these runs had begun before this time, and worked beyond it."""
    return any(run.began_s < at_s < run.ended_s for run in runs)


@once_for_each
def _runs(case: Case) -> tuple[_Run, ...]:
    """The runs of batches of which is recorded when they were, but for those that hardly worked."""
    if case.pace <= 1:
        return ()
    loads = [(op.time_s, op.event) for op in case.history.of(Load)]
    found = []
    for event in (op.event for op in case.history.of(BatchEnded)):
        began_s, ended_s = event.began_s, event.ended_s
        if began_s is None or ended_s is None or event.worked_s <= CLOCK_RESOLUTION_REAL_S:
            continue
        during = (load for time_s, load in loads if began_s < time_s < ended_s + load.real_s * case.pace)
        waited_s = sum(load.way_waited_s for load in during)
        # It cannot have worked and waited for longer than it was there.
        real_s = min(event.worked_s + waited_s, max(event.worked_s, (ended_s - began_s) / case.pace))
        found.append(_Run(event.process, began_s, ended_s, event.every_s, real_s * (case.pace - 1)))
    return tuple(found)
