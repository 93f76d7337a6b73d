"""Changes a schedule: a little, to search around what it reached; and so that its faults last long enough live."""

from __future__ import annotations

import math
import random

import msgspec

from gameday.explore.drawing import fitting, once
from gameday.explore.schedule import FaultPlan, Schedule
from gameday.model.fault import faults

#: A schedule has at most so many faults.
MOST_FAULTS = 4
#: By how much a fault is moved or made longer (seconds).
STEPS_S = (-20, -10, -5, 5, 10, 20)


def varied(schedule: Schedule, donor: Schedule, chance: random.Random) -> Schedule:
    """The schedule with one or two changes; ``donor`` gives further faults, or its day."""
    for _ in range(chance.choice((1, 2))):
        schedule = chance.choice((_another_fault, _fewer, _moved, _other_day))(schedule, donor, chance)
    return fitting(schedule, schedule.faults)


def lasting(schedule: Schedule, least_s: float) -> Schedule:
    """The schedule with faults that last at least so long (seconds), and a shorter one that comes again all at once.

    With sockets and processes a request takes real time, so what is over sooner may meet none. A stack that is stopped
    is so for no longer than a deal may take, and once: it has hardly started when it would be stopped again.
    """
    plans = [
        msgspec.structs.replace(plan, times=1, pause_s=0)
        if faults[plan.fault].layer == "process" and plan.duration_s < least_s
        else _at_least(plan, least_s)
        for plan in schedule.faults
    ]
    return msgspec.structs.replace(schedule, faults=tuple(plans))


def _at_least(plan: FaultPlan, least_s: float) -> FaultPlan:
    if plan.duration_s >= least_s:
        return plan
    plan = once(plan)
    return msgspec.structs.replace(plan, duration_s=max(plan.duration_s, math.ceil(least_s)))


def _another_fault(schedule: Schedule, donor: Schedule, chance: random.Random) -> Schedule:
    given = [plan for plan in donor.faults if faults[plan.fault].judged_by is None]
    if not given:
        return schedule
    return msgspec.structs.replace(schedule, faults=(*schedule.faults, chance.choice(given))[-MOST_FAULTS:])


def _fewer(schedule: Schedule, _donor: Schedule, chance: random.Random) -> Schedule:
    if len(schedule.faults) < 2:
        return schedule
    left_out = chance.randrange(len(schedule.faults))
    plans = tuple(plan for number, plan in enumerate(schedule.faults) if number != left_out)
    return msgspec.structs.replace(schedule, faults=plans)


def _moved(schedule: Schedule, _donor: Schedule, chance: random.Random) -> Schedule:
    if not schedule.faults:
        return schedule
    number = chance.randrange(len(schedule.faults))
    plan = schedule.faults[number]
    moved: FaultPlan = msgspec.structs.replace(
        plan,
        at_s=max(0, plan.at_s + chance.choice(STEPS_S)),
        duration_s=max(10, plan.duration_s + chance.choice(STEPS_S)),
    )
    faults = (*schedule.faults[:number], moved, *schedule.faults[number + 1 :])
    return msgspec.structs.replace(schedule, faults=faults)


def _other_day(schedule: Schedule, donor: Schedule, _chance: random.Random) -> Schedule:
    return msgspec.structs.replace(donor, faults=schedule.faults)
