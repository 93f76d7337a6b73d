"""Draws schedules with Hypothesis, from the faults that are possible and the values that they can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gameday.explore.schedule import HELD_UP_S, UNCHANGED, Change, FaultPlan, Schedule, refuses
from gameday.model.fault import make_fault
from gameday.model.scenario import Flow
from gameday.steps.candidates import NAMING, Candidate, Place

#: How long a fault lasts (seconds).
SPELLS_S = (60, 20, 40, 90, 150, 240)
#: A stack that is dead or stopped cannot alert, so it is so for no longer than a deal may take.
PROCESS_SPELLS_S = (20, 40, 60)
#: The parameters of the workload that a search varies; the seed decides the rest.
TRAITS = ("new customers", "taxed", "same names", "case twins", "repeated products", "free lines", "parts")
#: How many deals a day has: mostly few, which are run sooner; some bugs need more at a time.
DEALS = (2, 2, 2, 2, 3, 3, 3, 4, 6, 8)
MOST_DEALS = max(DEALS)
#: How much longer than until it first acts a fault lasts at least (seconds).
ACTS_S = 10


@st.composite
def fault_plans(draw: st.DrawFn, known: Sequence[Candidate], until_s: int) -> FaultPlan:
    """One of the candidates with values, at some time, sometimes flapping."""
    layer = draw(st.sampled_from(sorted({each.layer for each in known})))
    candidate = draw(st.sampled_from([each for each in known if each.layer == layer]))
    chosen = {name: draw(st.sampled_from(given)) for name, given in candidate.values.items()}
    params = {name: value for name, value in chosen.items() if value}
    flaps = draw(st.sampled_from((1, 1, 1, 2, 3)))
    spells = PROCESS_SPELLS_S if layer == "process" else SPELLS_S
    lasts_s = draw(st.sampled_from(spells[: 3 if flaps > 1 else None]))
    return FaultPlan(
        candidate.fault,
        candidate.target,
        draw(st.integers(0, until_s)),
        max(lasts_s, int(make_fault(candidate.fault, params).onset_s) + ACTS_S),
        params,
        flaps,
        draw(st.sampled_from((10, 30))) if flaps > 1 else 0,
    )


@st.composite
def days(draw: st.DrawFn, flow: Flow, changes: Sequence[str]) -> Schedule:
    """A day of a few deals without a fault."""
    deals = draw(st.sampled_from(DEALS))
    per_minute = draw(st.sampled_from((6, 12, 30)))
    asked = draw(st.lists(st.sampled_from(list(changes)), max_size=2, unique=True)) if changes else []
    within_s = st.sampled_from((5, 20, 60, 150))
    return Schedule(
        flow,
        deals,
        per_minute,
        draw(st.integers(1, 999)),
        (),
        tuple(Change(name, draw(st.sampled_from((40, 100))), draw(within_s)) for name in asked),
        dict.fromkeys(draw(st.lists(st.sampled_from(TRAITS), max_size=2, unique=True)), "0.5"),
    )


@st.composite
def long_outages(draw: st.DrawFn, of_days: st.SearchStrategy[Schedule], known: Sequence[Candidate]) -> Schedule:
    """One of these days on which nothing else happens, with one fault that holds deals up until people have to know.

    ``known`` are candidates that refuse something. Mixed at random, such a day is one of two hundred.
    """
    day = draw(of_days)
    plan = draw(fault_plans(known, 0))
    params = {**plan.params, "times": "0"} if "times" in plan.params else plan.params
    lasts_s = max(plan.duration_s, draw(st.sampled_from([each for each in SPELLS_S if each >= HELD_UP_S])))
    plan = msgspec.structs.replace(plan, duration_s=lasts_s, params=params, times=1, pause_s=0)
    return msgspec.structs.replace(day, faults=(plan,), changes=(), traits={**day.traits, **UNCHANGED})


def refusing(known: Iterable[Candidate]) -> list[Candidate]:
    """The candidates of which `long_outages` makes something."""
    return [each for each in known if refuses(each.fault)]


@st.composite
def schedules(draw: st.DrawFn, of_days: st.SearchStrategy[Schedule], known: Sequence[Candidate]) -> Schedule:
    """One of these days with one to four faults, one in five with a long one alone; without candidates, with none."""
    outages = refusing(known)
    if outages and not draw(st.integers(0, 4)):
        return draw(long_outages(of_days, outages))
    day = draw(of_days)
    until_s = day.deals * 60 // day.per_minute
    count = draw(st.sampled_from((1, 1, 1, 2, 2, 2, 3, 4))) if known else 0
    return msgspec.structs.replace(day, faults=tuple(draw(fault_plans(known, until_s)) for _ in range(count)))


def places(plan: FaultPlan) -> list[Place]:
    """What is idle if a fault has no effect: the fault at its target, with each value that names something there."""
    named = [plan.params[name] for name in NAMING if name in plan.params]
    return [(plan.fault, plan.target, value) for value in named or [""]]


def drawn(strategy: st.SearchStrategy[Schedule], first_seed: int, count: int) -> list[Schedule]:
    """So many schedules at most, the same ones for the same seed."""
    found: list[Schedule] = []

    @seed(first_seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(schedule: Schedule) -> None:
        found.append(schedule)

    collect()
    return found
