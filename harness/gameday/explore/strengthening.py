"""Makes a failure that depends on a race happen each time: more deals, all of them hit, for longer.

A feature has to show the same whenever it is replayed. So a schedule that fails in some races of its requests only is
made stronger first, and then shrunk as far as it fails in each.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gameday.explore.schedule import FaultPlan, Schedule

#: How many times as many deals are tried.
TIMES_DEALS = (2, 4)
MOST_DEALS = 32
#: A fault that acts a number of times on each deal acts this often at most.
MOST_TIMES = 8
#: The parameters that select by chance.
_AT_RANDOM = ("share", "toxicity")


def stronger(schedule: Schedule) -> Iterator[Schedule]:
    """Schedules that fail more surely, the smallest ones first."""
    seen = {schedule.key}
    surely = _with_faults(schedule, [_of_all(plan) for plan in schedule.faults])
    for base in (surely, _with_faults(surely, [_until_the_end(plan, surely) for plan in surely.faults])):
        more = [base, *(_with_deals(base, times) for times in TIMES_DEALS)]
        for candidate in (*more, *(_with_faults(each, [_more_often(p) for p in each.faults]) for each in more)):
            if candidate.key not in seen:
                seen.add(candidate.key)
                yield candidate


def _with_faults(schedule: Schedule, faults: list[FaultPlan]) -> Schedule:
    return msgspec.structs.replace(schedule, faults=tuple(faults))


def _with_deals(schedule: Schedule, times: int) -> Schedule:
    deals = max(schedule.deals, min(schedule.deals * times, MOST_DEALS))
    lasts_s = (deals - schedule.deals) * 60 // schedule.per_minute
    longer = [msgspec.structs.replace(each, duration_s=each.duration_s + lasts_s) for each in schedule.faults]
    return msgspec.structs.replace(schedule, deals=deals, faults=tuple(longer))


def _of_all(plan: FaultPlan) -> FaultPlan:
    """The fault without a choice of whom it hits."""
    return msgspec.structs.replace(plan, params={**plan.params, **{n: "1" for n in _AT_RANDOM if n in plan.params}})


def _until_the_end(plan: FaultPlan, schedule: Schedule) -> FaultPlan:
    """The fault from the beginning until all deals were closed, and as long after that as it was."""
    if plan.times > 1:
        return plan
    until_s = max(plan.at_s, schedule.deals * 60 // schedule.per_minute)
    return msgspec.structs.replace(plan, at_s=0, duration_s=until_s + plan.duration_s)


def _more_often(plan: FaultPlan) -> FaultPlan:
    times = int(plan.params.get("times", "0"))
    if not times:
        return plan
    return msgspec.structs.replace(plan, params={**plan.params, "times": str(min(times * 2, MOST_TIMES))})
