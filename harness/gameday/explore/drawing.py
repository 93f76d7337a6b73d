"""Draws schedules with Hypothesis, from the faults that are possible and the values that they can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gameday.explore.schedule import (
    EVERY,
    HELD_UP_S,
    UNANSWERED_S,
    UNCHANGED,
    WHALES,
    Change,
    FaultPlan,
    Schedule,
    default_operation,
    is_of_some,
    refuses,
)
from gameday.model.fault import make_fault
from gameday.model.scenario import Flow
from gameday.steps.candidates import NAMING, SHARES, Candidate, Place

#: How long a fault lasts (seconds).
SPELLS_S = (60, 20, 40, 90, 150, 240)
#: How long one lasts that holds deals up: longer than people may wait to hear of it, and sometimes than a stack tries.
OUTAGES_S = (HELD_UP_S, 240, 420)
EACH_OF_TWO_S = 240
#: What becomes of an outage; the ways that take long to simulate are seldom drawn.
ONCE, TWICE, UNANSWERED, CROWD = "once", "twice", "unanswered", "crowd"
HOW = (*[ONCE] * 8, TWICE, TWICE, TWICE, UNANSWERED, CROWD)
#: How long a system works between two outages: long enough for the first one to be over (seconds).
BETWEEN_S = 120
#: A stack that is dead or stopped cannot alert, so it is so for no longer than a deal may take.
PROCESS_SPELLS_S = (20, 40, 60)
#: The parameters of the workload that a search varies; the seed decides the rest.
TRAITS = ("new customers", "taxed", "same names", "case twins", "repeated products", "free lines", "parts")
#: How many deals a day has: mostly few, which are run sooner; some bugs need more at a time.
DEALS = (2, 2, 2, 2, 3, 3, 3, 4, 6, 8)
MOST_DEALS = max(DEALS)
#: How many wait in a crowd, and of how many some are hit and some are not.
CROWD_DEALS = 30
SOME_DEALS = 6
#: Of so many deals or fewer, the smallest share often selects none.
FEW_DEALS = 3
#: How much longer than until it first acts a fault lasts at least (seconds).
ACTS_S = 10


#: How many are drawn together, at most.
TOGETHER = 16

T = TypeVar("T")


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


def fitting(day: Schedule, plans: Sequence[FaultPlan]) -> Schedule:
    """The day with these faults, changed so that they can meet something.

    A share of a few deals is often none of them; on a day without changes no event tells of one; and what comes again
    and again meets nothing once the last deal is through, so the deals come as slowly as it lasts.
    """
    fitted = []
    for plan in plans:
        params = dict(plan.params)
        if day.deals <= FEW_DEALS and params.get("share") == SHARES[-1]:
            params["share"] = SHARES[-2]
        if not day.changes and "events" in params:
            params["events"] = "all"
        fitted.append(msgspec.structs.replace(plan, params=params))
    over_s = max((plan.injections()[-1].at_s + plan.duration_s for plan in fitted if plan.times > 1), default=0.0)
    per_minute = max(1, min(day.per_minute, int(day.deals * 60 / over_s))) if over_s else day.per_minute
    return msgspec.structs.replace(day, faults=tuple(fitted), per_minute=per_minute)


@st.composite
def long_outages(draw: st.DrawFn, of_days: st.SearchStrategy[Schedule], known: Sequence[Candidate]) -> Schedule:
    """One of these days on which nothing else happens, with one fault that holds deals up until people have to know.

    Sometimes it comes back, sometimes nobody answers, and sometimes a crowd of deals waits for the end of it. ``known``
    are candidates that refuse something. Mixed at random, such a day is one of two hundred.
    """
    systems = [each for each in known if each.target == "erp" and EVERY in usual(each)]
    how = draw(st.sampled_from(HOW)) if systems else ONCE
    plan = draw(fault_plans(systems if how in (CROWD, UNANSWERED) else known, 0))
    params = {**plan.params, "times": "0"} if "times" in plan.params else dict(plan.params)
    if how in (CROWD, UNANSWERED):
        params = {name: value for name, value in params.items() if name != "error"}
        params |= {"operation": EVERY, "share": "1"}
    if how in (ONCE, TWICE) and draw(st.booleans()):
        # What it affects unless it is told otherwise is what it is about.
        params |= next(({"operation": name} for each in known if is_of(each, plan) for name in usual(each)), {})
    lasts_s = {UNANSWERED: UNANSWERED_S, TWICE: EACH_OF_TWO_S, CROWD: HELD_UP_S}.get(how) or max(
        plan.duration_s, draw(st.sampled_from(OUTAGES_S))
    )
    times, pause_s = (2, BETWEEN_S) if how == TWICE else (1, 0)
    plan = msgspec.structs.replace(plan, duration_s=lasts_s, params=params, times=times, pause_s=pause_s)
    if "share" in params and not is_of_some(plan):
        plan = msgspec.structs.replace(plan, params={**params, "share": "1"})
    day = draw(of_days)
    day = msgspec.structs.replace(day, changes=(), traits={**day.traits, **UNCHANGED})
    if how == CROWD:
        traits = {**UNCHANGED, "whales": "0.5", "new customers": "0"}
        day = msgspec.structs.replace(day, workload=WHALES, deals=CROWD_DEALS, per_minute=30, traits=traits)
    # Of a fault that hits some of the deals, the others have to be seen too; and some belong to each outage.
    some = SOME_DEALS if plan.params.get("share", "1") != "1" else 0
    deals = MOST_DEALS if how == TWICE else some
    return fitting(msgspec.structs.replace(day, deals=max(day.deals, deals)), (plan,))


def usual(candidate: Candidate) -> set[str]:
    """The operation that its fault affects unless it is told otherwise, if it is possible."""
    return {default_operation(candidate.fault)} & set(candidate.values.get("operation", ()))


def is_of(candidate: Candidate, plan: FaultPlan) -> bool:
    """Whether a plan is one of a candidate."""
    return (candidate.fault, candidate.target) == (plan.fault, plan.target)


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
    return fitting(day, [draw(fault_plans(known, until_s)) for _ in range(count)])


def places(plan: FaultPlan) -> list[Place]:
    """What is idle if a fault has no effect: the fault at its target, with each value that names something there."""
    named = [plan.params[name] for name in NAMING if name in plan.params]
    return [(plan.fault, plan.target, value) for value in named or [""]]


def one_of_each(strategies: Sequence[st.SearchStrategy[Schedule]], first_seed: int) -> list[Schedule]:
    """A schedule of each of these, the same ones for the same seed.

    Several are drawn together, for to begin takes Hypothesis longer than to draw. The first that it draws is always the
    smallest one.
    """
    chunks = [strategies[at : at + TOGETHER] for at in range(0, len(strategies), TOGETHER)]
    return [each for n, chunk in enumerate(chunks) for each in drawn(st.tuples(*chunk), first_seed + n, 2)[-1]]


def drawn(strategy: st.SearchStrategy[T], first_seed: int, count: int) -> list[T]:
    """So many examples at most, such as schedules, the same ones for the same seed."""
    found: list[T] = []

    @seed(first_seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found
