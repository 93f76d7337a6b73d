"""Draws schedules with Hypothesis, from the faults that are possible and the values that they can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gameday.explore.crowds import MANY, VERY_LARGE, WHALES
from gameday.explore.days import MOST_DEALS, operation_times
from gameday.explore.schedule import (
    EVERY,
    HELD_UP_S,
    UNANSWERED_S,
    UNCHANGED,
    WITH_AMOUNTS,
    FaultPlan,
    Schedule,
    default_operation,
    is_of_some,
    refuses,
)
from gameday.model.fault import FakeRule, faults, make_fault
from gameday.model.workload import operations
from gameday.steps.candidates import NAMING, SHARES, Candidate, Place

#: How long a fault lasts (seconds).
SPELLS_S = (60, 20, 40, 90, 150, 240)
#: How long one lasts that holds deals up: longer than people may wait to hear of it, and sometimes than a stack tries.
OUTAGES_S = (HELD_UP_S, 240, 420)
EACH_OF_TWO_S = 240
#: What becomes of an outage; the ways that take long to simulate are seldom drawn.
ONCE, TWICE, UNANSWERED, CROWD, SOME_OF_MANY = "once", "twice", "unanswered", "crowd", "some of many"
HOW = (*[ONCE] * 8, TWICE, TWICE, TWICE, UNANSWERED, CROWD)
OF_SOME = (*[ONCE] * 4, SOME_OF_MANY)
#: The ways of which not every fault is capable: a search begins with one of each.
LONG_WAYS = (TWICE, UNANSWERED, CROWD, SOME_OF_MANY)
#: What comes again and again: how long each time, and how long not (seconds). The first is half of both at least, so
#: that the deals that come once in that time come in it.
FLAPS_S = ((20, 10), (30, 30), (40, 20))
#: How long after a deal is won a fault may begin that is to meet it on its way (seconds).
MEANWHILE_S = (0, 0, 1, 3, 8)
#: How long a system works between two outages: long enough for the first one to be over (seconds).
BETWEEN_S = 120
#: How long what a stack calls only in trouble is still broken when the trouble is over (seconds).
AFTERWARDS_S = 60
#: How long nobody answers: when a stack looks again may depend on how long it has waited (seconds).
UNANSWERED_FOR_S = (UNANSWERED_S, 2_700)
#: When an outage begins that is to meet a stack that has done something already (seconds).
AFTER_THE_FIRST_S = 12
#: A stack that is dead or stopped cannot alert, so it is so for no longer than a deal may take.
PROCESS_SPELLS_S = (20, 40, 60)
#: How many wait in a crowd, and of how many some are hit and some are not.
CROWD_DEALS, SOME_PER_MINUTE, SOME_DEALS = 30, 12, 6
#: Of so many deals or fewer, a fault hits such a share at least: a smaller one often selects none.
OF_FEW = ((4, "1"), (6, "0.6"))
#: The events that there are only where this happens to deals.
EVENTS = {"amendment": "amend_deal", "void": "void_deal"}
#: How much longer than until it first acts a fault lasts at least (seconds).
ACTS_S = 10
#: How many are drawn together, at most.
TOGETHER = 16

T = TypeVar("T")


@st.composite
def fault_plans(draw: st.DrawFn, known: Sequence[Candidate], day: Schedule) -> FaultPlan:
    """One of the candidates with values, from before some deal of the day comes, sometimes flapping."""
    layer = draw(st.sampled_from(sorted({each.layer for each in known})))
    candidate = draw(st.sampled_from([each for each in known if each.layer == layer]))
    chosen = {name: draw(st.sampled_from(given)) for name, given in candidate.values.items()}
    params = {name: value for name, value in chosen.items() if value}
    onset_s = int(make_fault(candidate.fault, params).onset_s)
    times = draw(st.sampled_from((1, 1, 1, 2, 3)))
    lasts_s, pause_s = draw(st.sampled_from(FLAPS_S))
    if times > 1 and onset_s + ACTS_S <= lasts_s:
        return FaultPlan(candidate.fault, candidate.target, 0, lasts_s, params, times, pause_s)
    times_s = operation_times(day) or (0.0,)
    before = draw(st.integers(0, len(times_s) - 1)) if draw(st.booleans()) else 0
    # Some begin while that deal is on its way, if something else follows.
    later_s = draw(st.sampled_from(MEANWHILE_S)) if before < len(times_s) - 1 else 0
    at_s = int(times_s[before]) + later_s
    next_s = next((each - at_s for each in times_s if each >= at_s), 0.0)
    lasts_s = draw(st.sampled_from(PROCESS_SPELLS_S if layer == "process" else SPELLS_S))
    least_s = onset_s + int(next_s) + ACTS_S
    return FaultPlan(candidate.fault, candidate.target, at_s, max(lasts_s, least_s), params)


def fitting(day: Schedule, plans: Sequence[FaultPlan]) -> Schedule:
    """The day with these faults, changed so that they can meet something.

    A share of a few deals is often none of them; on a day without changes no event tells of one; and what comes again
    and again meets nothing once the last deal is through, so at least one deal comes each time.
    """
    acts = {operations[change.operation].act for change in day.changes}
    fitted = []
    for plan in plans:
        params = dict(plan.params)
        if "share" in params:
            # What is no deal's own, such as a query for many, is one of few things of which a share is often none.
            own = params.get("operation", EVERY) in (EVERY, default_operation(plan.fault))
            params["share"] = _of_few(day.deals, params["share"]) if own else "1"
        if "toxicity" in params and day.deals <= MOST_DEALS:
            params["toxicity"] = "1"
        if params.get("events") in EVENTS and EVENTS[params["events"]] not in acts:
            params["events"] = "all"
        fitted.append(msgspec.structs.replace(plan, params=params))
    if any(faults[plan.fault].hides_rows for plan in fitted):
        day = msgspec.structs.replace(day, traits={**day.traits, **WITH_AMOUNTS})
    again = [plan for plan in fitted if plan.times > 1]
    if again:
        period_s = max(plan.duration_s + plan.pause_s for plan in again)
        day = msgspec.structs.replace(
            day,
            deals=max(day.deals, *(plan.times + 1 for plan in again)),
            per_minute=max(1, min(day.per_minute, 60 // period_s)),
        )
        times_s = operation_times(day)
        fitted = [plan if _meets_each_time(plan, times_s) else once(plan) for plan in fitted]
    return msgspec.structs.replace(day, faults=tuple(fitted))


def _meets_each_time(plan: FaultPlan, times_s: Sequence[float]) -> bool:
    """Whether something happens each time that a fault is there."""
    return all(
        any(each.at_s <= time_s < each.at_s + plan.duration_s for time_s in times_s) for each in plan.injections()
    )


def once(plan: FaultPlan) -> FaultPlan:
    """The fault once, for as long as it lasts altogether."""
    lasts_s = plan.times * (plan.duration_s + plan.pause_s) - plan.pause_s
    return msgspec.structs.replace(plan, duration_s=lasts_s, times=1, pause_s=0)


def _of_few(deals: int, share: str) -> str:
    """A share of so many deals that is at least one of them, nearly always."""
    least = next((share for most, share in OF_FEW if deals <= most), share)
    return max(share, least, key=float)


@st.composite
def long_outages(draw: st.DrawFn, day: Schedule, known: Sequence[Candidate], how: str = "") -> Schedule:
    """The day on which nothing else happens, with one fault that holds deals up until people have to know.

    Sometimes it comes back, sometimes nobody answers, sometimes a crowd of deals waits for the end of it, and sometimes
    some of many deals are refused (``how``, else by chance). ``known`` are candidates that refuse something; if ``how``
    is given, they have to be capable of it. Mixed at random, such a day is one of two hundred.
    """
    systems, of_some = (capable(known, each) for each in (UNANSWERED, SOME_OF_MANY))
    if not how:
        ways = HOW if systems else OF_SOME if of_some else (ONCE,)
        how = draw(st.sampled_from((*ways, SOME_OF_MANY) if of_some else ways))
    plan = draw(fault_plans(capable(known, how), day))
    params = {**plan.params, "times": "0"} if "times" in plan.params else dict(plan.params)
    if how in (CROWD, UNANSWERED):
        params = {name: value for name, value in params.items() if name != "error"}
        params |= {"operation": EVERY, "share": "1"}
    if how == SOME_OF_MANY:
        params = {name: value for name, value in params.items() if name != "error"} | {"share": SHARES[-1]}
    if how == SOME_OF_MANY or (how in (ONCE, TWICE) and draw(st.booleans())):
        # What it affects unless it is told otherwise is what it is about.
        params |= next(({"operation": name} for each in known if is_of(each, plan) for name in usual(each)), {})
    lengths_s = {TWICE: EACH_OF_TWO_S, CROWD: HELD_UP_S, SOME_OF_MANY: EACH_OF_TWO_S}
    lasts_s = (
        draw(st.sampled_from(UNANSWERED_FOR_S))
        if how == UNANSWERED
        else lengths_s.get(how) or max(plan.duration_s, draw(st.sampled_from(OUTAGES_S)))
    )
    times, pause_s = (2, BETWEEN_S) if how == TWICE else (1, 0)
    # What ends sessions or subscriptions meets none before the first deal is through.
    at_s = draw(st.sampled_from((0, AFTER_THE_FIRST_S)))
    plan = msgspec.structs.replace(plan, at_s=at_s, duration_s=lasts_s, params=params, times=times, pause_s=pause_s)
    if "share" in params and not is_of_some(plan):
        plan = msgspec.structs.replace(plan, params={**params, "share": "1"})
    day = msgspec.structs.replace(day, changes=(), traits={**day.traits, **UNCHANGED})
    if how == CROWD:
        traits = {**UNCHANGED, "whales": MANY, "size": VERY_LARGE, "new customers": "0"}
        day = msgspec.structs.replace(day, workload=WHALES, deals=CROWD_DEALS, per_minute=30, traits=traits)
    if how == SOME_OF_MANY:
        day = msgspec.structs.replace(day, deals=CROWD_DEALS, per_minute=SOME_PER_MINUTE)
    # Of a fault that hits some of the deals, the others have to be seen too; and some belong to each outage.
    some = SOME_DEALS if plan.params.get("share", "1") != "1" else 0
    deals = MOST_DEALS if how == TWICE else some
    day = msgspec.structs.replace(day, deals=max(day.deals, deals))
    if how in (CROWD, UNANSWERED) or not any(time_s > at_s for time_s in operation_times(day)):
        # It would be too late for all of them, or for most of the crowd.
        plan = msgspec.structs.replace(plan, at_s=0)
    return fitting(day, (plan,))


def capable(known: Iterable[Candidate], how: str) -> list[Candidate]:
    """The candidates whose faults can make such a day: of the whole ERP, or of some deals for themselves."""
    if how in (CROWD, UNANSWERED):
        return [each for each in known if each.target == "erp" and EVERY in usual(each)]
    if how == SOME_OF_MANY:
        return [
            each
            for each in known
            if each.target == "erp" and "share" in each.values and default_operation(each.fault) != EVERY
        ]
    return list(known)


def usual(candidate: Candidate) -> set[str]:
    """The operation that its fault affects unless it is told otherwise, if it is possible."""
    return {default_operation(candidate.fault)} & set(candidate.values.get("operation", ()))


def is_of(candidate: Candidate, plan: FaultPlan) -> bool:
    """Whether a plan is one of a candidate."""
    return (candidate.fault, candidate.target) == (plan.fault, plan.target)


def refusing(known: Iterable[Candidate]) -> list[Candidate]:
    """The candidates of which `long_outages` makes something: what refuses, for as long as it lasts."""
    return [each for each in known if refuses(each.fault) and _goes_on(each)]


def _goes_on(candidate: Candidate) -> bool:
    """Whether a fault can act for as long as it lasts, and not a number of times only."""
    if "times" not in candidate.values:
        return True
    params = {name: given[0] for name, given in candidate.values.items() if given[0]}
    actions = make_fault(candidate.fault, {**params, "times": "0"}).actions(candidate.target)
    return not any(isinstance(each, FakeRule) and each.rule.get("times") == 0 for each in actions)


class Meets(msgspec.Struct, frozen=True):
    """A day, and what can meet something on it: without anything else, and where something else is wrong already."""

    day: Schedule
    alone: Sequence[Candidate]
    beside: Sequence[Candidate] = ()


@st.composite
def schedules(draw: st.DrawFn, days: Sequence[Meets]) -> Schedule:
    """One of these days with one to four faults, one in five with a long one alone; without candidates, with none."""
    on = draw(st.sampled_from(list(days)))
    outages = refusing(on.alone)
    if outages and not draw(st.integers(0, 4)):
        return draw(long_outages(on.day, outages))
    if outages and on.beside and not draw(st.integers(0, 7)):
        return draw(troubles_in_trouble(on.day, outages, on.beside))
    count = draw(st.sampled_from((1, 1, 1, 2, 2, 2, 3, 4))) if on.alone else 0
    return fitting(on.day, [draw(fault_plans(on.alone, on.day)) for _ in range(count)])


@st.composite
def troubles_in_trouble(
    draw: st.DrawFn, day: Schedule, outages: Sequence[Candidate], beside: Sequence[Candidate]
) -> Schedule:
    """The day with an outage, and a fault of what a stack calls only meanwhile, or after it: where it alerts, say."""
    outage = draw(long_outages(day, outages))
    other = draw(fault_plans(beside, outage))
    until_s = round(outage.length_s) + AFTERWARDS_S
    other = msgspec.structs.replace(other, at_s=0, duration_s=until_s, times=1, pause_s=0)
    return fitting(outage, (*outage.faults, other))


def places(plan: FaultPlan) -> list[Place]:
    """What is idle if a fault has no effect: it at its target, and with each value that names something there."""
    named = [plan.params[name] for name in NAMING if name in plan.params]
    return [(plan.fault, plan.target, value) for value in ["", *named]]


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
