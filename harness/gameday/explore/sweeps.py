"""Sweeps of a search: each fault in a place that it is hardly ever drawn in, though many failures need it.

A fault of everything, for as long as it lasts, while deals change that were ordered before; and a system that holds
deals up for long while it is set up in another way.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from hypothesis import strategies as st

from gameday.explore.days import MOST_DEALS, Setting
from gameday.explore.drawing import AFTER_THE_FIRST_S, EACH_OF_TWO_S, ONCE, PROCESS_SPELLS_S, fitting, long_outages
from gameday.explore.schedule import Change, FaultPlan, Schedule
from gameday.model.fault import faults
from gameday.model.workload import operations
from gameday.steps.candidates import Candidate

#: What changes deals so that the CRM announces it, and of how many percent of a day's deals; never all of them end.
AMENDS = {"amend_deal": 100}
ENDS = {"void_deal": 60, "delete_deal": 60}
#: They change within so long of their closing, and the fault lasts until nearly all have (seconds).
CHANGED_WITHIN_S, CHANGING_S, CHANGING_PER_MINUTE = 60, 120, 12
#: The layer of faults that are about how a system is set up.
STATE = "state"


def while_deals_change(
    candidate: Candidate, days: Iterable[Schedule], chance: random.Random, acts: Mapping[str, int] = AMENDS
) -> Schedule | None:
    """The fault as it is unless it is told otherwise, on one of the days on which deals change so; None without any.

    It begins when the first deals are through, so that what it does to them is done to orders that are there.
    """
    changed = [(day, change) for day in days for change in day.changes if operations[change.operation].act in acts]
    if not changed:
        return None
    day, change = chance.choice(changed)
    lasts_s = max(PROCESS_SPELLS_S) if candidate.layer == "process" else CHANGING_S
    plan = FaultPlan(candidate.fault, candidate.target, AFTER_THE_FIRST_S, lasts_s, _as_usual(candidate, chance))
    day = msgspec.structs.replace(
        day,
        deals=MOST_DEALS,
        per_minute=CHANGING_PER_MINUTE,
        changes=(Change(change.operation, acts[operations[change.operation].act], CHANGED_WITHIN_S),),
    )
    return fitting(day, (plan,))


def _as_usual(candidate: Candidate, chance: random.Random) -> dict[str, str]:
    """What a fault has not by default, or cannot have so: one of the values that are possible."""
    usual = {field.name.replace("_", " "): field.default for field in dataclasses.fields(faults[candidate.fault])}
    shown = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in usual.items()}
    return {name: chance.choice(given) for name, given in candidate.values.items() if shown[name] not in given}


def under_setting(
    candidate: Candidate, settings: Sequence[Setting], day: Schedule, chance: random.Random
) -> st.SearchStrategy[Schedule] | None:
    """A fault that holds deals up for long, under a setting of its system; None of another kind, or without any."""
    own = [(name, value) for role, name, value in settings if role == candidate.target]
    if candidate.layer != STATE or not own:
        return None
    alone = msgspec.structs.replace(day, settings={candidate.target: dict([chance.choice(own)])}, traits={})
    return long_outages(alone, [candidate], ONCE).map(_for_longer)


def _for_longer(day: Schedule) -> Schedule:
    """The day with a fault that lasts long enough for a stack to give up that has patience."""
    [plan] = day.faults
    return msgspec.structs.replace(
        day, faults=(msgspec.structs.replace(plan, duration_s=max(plan.duration_s, EACH_OF_TWO_S)),)
    )
