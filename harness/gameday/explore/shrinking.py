"""Reduces a schedule that fails to the fewest faults, deals and seconds that still fail.

Every step is run; one that no longer fails is not taken. Steps are tried in an order that removes most first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec

from gameday.explore.schedule import UNCHANGED, USUAL, FaultPlan, Schedule

Fails = Callable[[Sequence[Schedule]], int | None]
"""``fails(schedules)`` runs them and gives the number of the first that still fails; None if none does."""


def shrunk(
    schedule: Schedule, fails: Fails, *, at_a_time: int, most: int, goes_on: Callable[[], bool], shortest_s: float
) -> Schedule:
    """The smallest schedule found with at most so many runs, as long as ``goes_on()``.

    No fault is made shorter than ``shortest_s``.
    """
    tried: set[bytes] = {schedule.key}
    runs = 0
    while True:
        smaller = False
        waiting: list[Schedule] = []
        steps = _steps(schedule, math.ceil(shortest_s))
        while runs < most and goes_on():
            step = next(steps, None)
            if step is not None and step.key not in tried:
                tried.add(step.key)
                waiting.append(step)
            if waiting and (step is None or len(waiting) == at_a_time):
                runs += len(waiting)
                number = fails(waiting)
                if number is not None:
                    schedule, smaller = waiting[number], True
                    break
                waiting = []
            if step is None:
                break
        if not smaller:
            return schedule


def _steps(schedule: Schedule, shortest_s: int) -> Iterator[Schedule]:
    """Smaller schedules, those that leave out most first."""
    plans = schedule.faults
    yield from _plain_days(schedule)
    for number in range(len(plans)):
        yield _with(schedule, faults=plans[:number] + plans[number + 1 :])
    # What a day is to be without it stays without: by default some deals have it.
    absent = {name: value for name, value in schedule.traits.items() if value == "0"}
    if schedule.workload != USUAL:
        yield _with(schedule, workload=USUAL, traits=UNCHANGED | absent)
    if schedule.changes:
        yield _with(schedule, changes=())
    for number in range(len(people := schedule.people or ())):
        yield _with(schedule, people=people[:number] + people[number + 1 :] or msgspec.UNSET)
    if absent != schedule.traits:
        yield _with(schedule, traits=absent)
    for role in schedule.settings:
        yield _with(schedule, settings={each: given for each, given in schedule.settings.items() if each != role})
    for number in range(len(schedule.changes)):
        yield _with(schedule, changes=schedule.changes[:number] + schedule.changes[number + 1 :])
    for number, plan in enumerate(plans):
        for smaller in _smaller_plans(plan, shortest_s):
            yield _with(schedule, faults=(*plans[:number], smaller, *plans[number + 1 :]))
    for deals in dict.fromkeys((1, schedule.deals // 2, schedule.deals - 1)):
        if 0 < deals < schedule.deals:
            yield _with(schedule, deals=deals)


def _plain_days(schedule: Schedule) -> Iterator[Schedule]:
    """The schedule on a usual day of half as many deals, and of as many.

    Most failures need little of their day. To leave out one thing after the other takes a run for each, and live
    there is time for few.
    """
    absent = {name: value for name, value in schedule.traits.items() if value == "0"}
    traits = absent if schedule.workload == USUAL else UNCHANGED | absent
    plain = _with(schedule, workload=USUAL, changes=(), traits=traits, settings={})
    if plain != schedule:
        yield _with(plain, deals=max(1, schedule.deals // 2))
        yield plain


def _smaller_plans(plan: FaultPlan, shortest_s: int) -> Iterator[FaultPlan]:
    if plan.times > 1:
        yield msgspec.structs.replace(plan, times=1, pause_s=0)
    for length_s in dict.fromkeys((shortest_s, plan.duration_s // 20 * 10)):
        if shortest_s <= length_s < plan.duration_s:
            yield msgspec.structs.replace(plan, duration_s=length_s)
    if plan.at_s:
        yield msgspec.structs.replace(plan, at_s=0)


def _with(schedule: Schedule, **changed: object) -> Schedule:
    return msgspec.structs.replace(schedule, **changed)
