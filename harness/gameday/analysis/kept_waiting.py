"""Whether deals are late only by as much as the machine kept their way waiting. Pure: case and verdicts in, clause out.

A machine may keep up over a whole run, and still hold one deal up just long enough: it comes a second after its limit,
while the stack and the fakes waited for a processor for most of the time that it had. With these seconds to spare it
would have been in time. What was waited after the limit does not count: it was late by then.
"""

from __future__ import annotations

from collections.abc import Sequence

from gameday.analysis.host_load import Reading, overloaded, readings_of
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.durations import words
from gameday.model.checker import Case, Result, Verdict

#: The share of the time up to its limit for which the way of a deal waits on a machine that holds it up. Measured:
#: where five scenarios run on two quiet cores, stack and fakes together seldom wait for half of five seconds.
HELD_UP = 0.5


def kept_waiting(case: Case, outcomes: Sequence[OrderOutcome]) -> str:
    """In one clause that each of these deals is late by less than was waited on its way; empty if not, or if none."""
    if not outcomes:
        return ""
    readings = readings_of(case.history)
    over_s, waited_s = 0.0, 0.0
    for outcome in outcomes:
        if outcome.state != "late" or outcome.ordered_s is None:
            return ""
        limit_s = outcome.due_s + case.margin_s
        by_s, way_s = outcome.ordered_s - limit_s, _waited_s(readings, outcome.changed_s, limit_s)
        if by_s >= way_s or way_s < HELD_UP * (limit_s - outcome.changed_s):
            return ""
        over_s, waited_s = max(over_s, by_s), max(waited_s, way_s)
    return (
        f"what failed is late by up to {words(over_s)} more than its limit, and up to then the stack and the fakes "
        f"waited for a processor for up to {words(waited_s)} of the run"
    )


def failed_by_waiting(case: Case, verdicts: Sequence[Verdict]) -> str:
    """The same clause if all that failed is about such deals, and nothing else."""
    failed = [verdict for verdict in verdicts if verdict.result is Result.FAILED]
    blamed = {deal for verdict in failed for deal in verdict.orders}
    found = [outcome for outcome in reconcile(case).outcomes if outcome.deal in blamed]
    # What a verdict blames beside deals is no lateness.
    if len(found) < len(blamed) or not all(verdict.orders for verdict in failed):
        return ""
    return kept_waiting(case, found)


def held_up(case: Case) -> str:
    """Why the machine may have caused what is wrong in a run without faults, in one clause; empty if it kept up."""
    return overloaded(case) or kept_waiting(case, reconcile(case).affected)


def none_arrived_by_waiting(case: Case, until_s: float) -> str:
    """Why the machine may be why no deal arrived until then (scenario seconds), in one clause; empty if it kept up.

    At a fast pace the time before the first fault is a part of a second, which a busy machine takes for one request.
    """
    from_s = min((outcome.closed_s for outcome in reconcile(case).outcomes), default=until_s)
    way_s = _waited_s(readings_of(case.history), from_s, until_s)
    if from_s >= until_s or way_s < HELD_UP * (until_s - from_s):
        return ""
    return f"up to then the stack and the fakes waited for a processor for {words(way_s)} of the run"


def _waited_s(readings: Sequence[Reading], from_s: float, until_s: float) -> float:
    """What the processes on a deal's way waited for a processor between two times (all in scenario seconds).

    A reading of which a part lies between them counts in that part.
    """
    total_s = 0.0
    for reading in readings:
        overlap_s = min(until_s, reading.time_s) - max(from_s, reading.time_s - reading.span_s)
        if overlap_s > 0 and reading.load.real_s:
            total_s += overlap_s * reading.load.way_waited_s / reading.load.real_s
    return total_s
