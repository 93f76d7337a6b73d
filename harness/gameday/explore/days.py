"""What a day can be: how many deals, of which kind, what happens to them, and how the systems are set up.

All of it comes from the registries and the fakes' catalogues, so a workload, an operation or a setting that is added
is drawn without a change here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from hypothesis import strategies as st

from gameday.explore.schedule import UNCHANGED, USUAL, Change, FaultPlan, Schedule
from gameday.model.capability import CHANGES_AFTER_WINNING
from gameday.model.scenario import Flow
from gameday.model.workload import operations, workloads
from gameday.steps.candidates import Candidate, operations_of
from gameday.steps.vendor_limits import cannot
from gameday.workloads.closed_won import ClosedWonParams
from gameday.workloads.further_fields import read_choices
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.manifest import FLOW_ROLES
from gameday_fakes.parameters import parameters_of

#: How many deals a day has: mostly few, which are run sooner; some bugs need more at a time.
DEALS = (2, 2, 2, 2, 3, 3, 3, 4, 6, 8)
MOST_DEALS = max(DEALS)
PER_MINUTE = (6, 12, 30)
#: How many deals the one large day has that a search begins with.
LARGE_DEALS = 40
#: On how many different days the schedules happen that are drawn together, and how many of the first ones have the most
#: deals. Later one day has many deals, which half of the schedules happen on.
DAYS = 8
FULL_DAYS = 2
MANY_DEALS = 6
#: Of so many days one has another workload than the usual one, and one has settings of the systems.
ONE_OF = 4
#: How many of the deals something happens to (percent), within how long of their closing (seconds).
PERCENT = (40, 100)
WITHIN_S = (5, 20, 60, 150)
#: What ends a deal.
ENDS = ("void_deal", "delete_deal")
#: How often a trait of the workload is met, as in a feature's table.
OFTEN = "0.5"
#: At most so many changes, and traits of the workload, make up a day.
MOST_CHANGES = 2
MOST_TRAITS = 2

#: What does harm in any stack: when it begins, how long it lasts (seconds), and how many deals come meanwhile. It takes
#: minutes until a stack that does not stop it differs from one that does.
HARM_AT_S, HARM_S, HARM_PER_MINUTE = 30, 360, 10

T = TypeVar("T")
Setting = tuple[str, str, str]
"""The role of a system, a setting of it, and a value that it can have, as in a feature's tables."""


class Choices(msgspec.Struct, frozen=True):
    """What days are made of. ``traits`` are those of each workload; ``fields`` are in every day's table, if any."""

    flow: Flow
    changes: tuple[str, ...] = ()
    traits: Mapping[str, tuple[str, ...]] = {}
    settings: tuple[Setting, ...] = ()
    fields: str = ""


def choices_of(
    flow: Flow, catalogues: Mapping[str, Catalogue], fields: str = "", absent: Collection[str] = ()
) -> Choices:
    """What the days of a flow are made of. ``fields`` are further ones of its deals, as ``read_choices`` reads them.

    Nothing happens to won deals if that is ``absent``, a capability which the stack does without.
    """
    read_choices(fields)
    generated = {
        name: kind.params
        for name, kind in workloads.items()
        if kind.params is not None and issubclass(kind.params, ClosedWonParams)
    }
    return Choices(
        flow,
        () if CHANGES_AFTER_WINNING in absent else tuple(operations_of(catalogues["crm"])),
        {name: tuple(_shares(params, flow)) for name, params in generated.items()},
        tuple(
            (role, setting.name.replace("_", " "), value)
            for role in ("crm", "erp")
            if role in catalogues
            for setting in catalogues[role].settings
            for value in setting.tried
        ),
        fields,
    )


def _shares(params: type[ClosedWonParams], flow: Flow) -> Iterator[str]:
    """The traits of a workload that are a share of its deals or of parts of them, and that the vendors can have."""
    impossible = {name for role in FLOW_ROLES for name in cannot(flow, role)}
    for each in parameters_of(params):
        is_share = each.type == "number" and each.maximum is not None and each.maximum <= 1 and not each.nullable
        if is_share and each.name not in impossible:
            yield each.name.replace("_", " ")


@st.composite
def days(draw: st.DrawFn, choices: Choices) -> Schedule:
    """A day of a few deals without a fault."""
    others = sorted(choices.traits.keys() - {USUAL})
    workload = draw(st.sampled_from(others)) if others and not draw(st.integers(0, ONE_OF - 1)) else USUAL
    traits = choices.traits.get(workload, ())
    some = choices.settings and not draw(st.integers(0, ONE_OF - 1))
    return a_day(
        choices,
        deals=draw(st.sampled_from(DEALS)),
        per_minute=draw(st.sampled_from(PER_MINUTE)),
        seed=draw(st.integers(1, 999)),
        changes=tuple(
            Change(name, draw(st.sampled_from(PERCENT)), draw(st.sampled_from(WITHIN_S)))
            for name in draw(_some(choices.changes, MOST_CHANGES))
        ),
        traits=draw(_some(traits, MOST_TRAITS)),
        settings=draw(_some(choices.settings, 1)) if some else (),
        workload=workload,
    )


def first_days(choices: Choices, of_chance: Sequence[Schedule]) -> list[Schedule]:
    """These days, changed so that together they have each change, trait, workload and setting at least once."""
    count = len(of_chance)
    others = sorted(choices.traits.keys() - {USUAL})
    # What ends deals comes first, so that each of it has a day of its own: of two on one day one is left out.
    in_turn = sorted(choices.changes, key=lambda name: operations[name].act not in ENDS)
    found = []
    for number, day in enumerate(of_chance):
        changes = {each.operation: each for each in day.changes}
        names = in_turn[number::count]
        workload = others[number // 2] if number % 2 and number // 2 < len(others) else USUAL
        found.append(
            a_day(
                choices,
                deals=max(day.deals, MOST_DEALS if number < FULL_DAYS else 3),
                per_minute=day.per_minute,
                seed=day.seed,
                changes=tuple(changes.get(name, Change(name, PERCENT[0], WITHIN_S[1])) for name in names),
                traits=choices.traits.get(workload, ())[number::count],
                settings=choices.settings[number::count],
                workload=workload,
            )
        )
    return found


def a_day(
    choices: Choices,
    *,
    deals: int,
    per_minute: int,
    seed: int,
    changes: Sequence[Change],
    traits: Sequence[str],
    settings: Sequence[Setting],
    workload: str,
) -> Schedule:
    """A day without a fault that is made of these."""
    of_roles: dict[str, dict[str, str]] = {}
    for role, name, value in settings:
        of_roles.setdefault(role, {})[name] = value
    return Schedule(
        choices.flow,
        deals,
        per_minute,
        seed,
        (),
        _leaving_some(changes),
        {**dict.fromkeys(traits, OFTEN), **({"deal fields": choices.fields} if choices.fields else {})},
        workload,
        of_roles,
    )


def judged_by_itself(candidate: Candidate, flow: Flow, seed: int) -> Schedule:
    """The day of a fault that does harm in any stack: many deals, one after the other, before, in and after it."""
    plan = FaultPlan(candidate.fault, candidate.target, HARM_AT_S, HARM_S)
    deals = HARM_PER_MINUTE * (HARM_AT_S + HARM_S) // 60
    return Schedule(flow, deals, HARM_PER_MINUTE, seed, (plan,), (), dict(UNCHANGED))


def _leaving_some(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes without what ends every deal: a day on which nothing stays won shows nothing."""
    ending = [each for each in changes if operations[each.operation].act in ENDS]
    others = tuple(each for each in changes if each not in ending)
    return (*others, *(msgspec.structs.replace(each, percent=PERCENT[0]) for each in ending[:1]))


def operation_times(day: Schedule) -> tuple[float, ...]:
    """When people do something in the CRM on a day (scenario seconds), in order."""
    key = day.day.key
    if key not in _TIMES:
        if len(_TIMES) >= MOST_TIMES:
            _TIMES.clear()
        made = workloads[day.workload](day.workload_spec(), day.seed)
        _TIMES[key] = tuple(each.at_s for each in made.operations)
    return _TIMES[key]


_TIMES: dict[bytes, tuple[float, ...]] = {}
#: The times of so many days are remembered.
MOST_TIMES = 1_000


def _some(of: Sequence[T], most: int) -> st.SearchStrategy[list[T]]:
    return st.lists(st.sampled_from(list(of)), max_size=most, unique=True) if of else st.just([])
