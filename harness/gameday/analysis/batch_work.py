"""Whether the work of a batch, which no pace shortens, may have made deals late. Pure: case in, clause out.

A batch carries one deal after the other over. What takes a processor 40 ms for each takes 0.04 s of the scenario at
pace 1 and 0.4 s at pace 10, so the hundredth deal of such a run is 36 s later. A process that runs all the time carries
a deal over when it is won, so no such sum arises; what its work adds is within the margin in any case.
"""

from __future__ import annotations

from gameday.analysis.reconcile import reconcile
from gameday.base.durations import words
from gameday.model.checker import Case
from gameday.model.events import BatchEnded


def delayed_s(case: Case) -> float:
    """By how much the last deal of a batch's longest run is later than at pace 1, at most (scenario seconds)."""
    worked_s = max((op.event.worked_s for op in case.history.of(BatchEnded)), default=0.0)
    return worked_s * (case.pace - 1)


def delayed_by_work(case: Case) -> str:
    """In one clause that this is more than the margin of the limits, so lateness proves nothing; empty if it is not.

    Empty too where the stack did something twice, or without a deal: that is no lateness.
    """
    late_s, found = delayed_s(case), reconcile(case)
    if late_s <= case.margin_s or found.orphans or found.strays:
        return ""
    if any(outcome.state == "duplicated" for outcome in found.outcomes):
        return ""
    return (
        f"no pace shortens the work of a batch: at a pace of {case.pace:g} one run of it ends up to {words(late_s)} "
        f"later than in real time, which is more than the margin of {words(case.margin_s)}"
    )
