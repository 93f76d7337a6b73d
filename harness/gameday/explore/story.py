"""A story from which a search starts: a feature, as `gameday contract drift` writes one, or an incident's timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.durations import parse_duration, words
from gameday.base.errors import GamedayError
from gameday.base.tables import read_table, shown
from gameday.explore.days import MOST_DEALS
from gameday.explore.people import of_day
from gameday.explore.schedule import Change, FaultPlan, Schedule
from gameday.model.fault import faults, make_fault
from gameday.model.scenario import Flow, Injection, PlannedOperation, Scenario
from gameday.model.settings import Settings, Target
from gameday.model.workload import operations
from gameday.steps.candidates import ASKED_S
from gameday.steps.feasible import PlannedEnvironment
from gameday.steps.people import read_operation
from gameday.steps.planning import plan_scenarios

#: How long an incident lasts at most (seconds): a schedule of more takes minutes to simulate, and is tried often.
LONGEST_S = 86_400
#: How many deals a story has that says nothing of them, or has more.
USUAL_DEALS = 6
#: How many it has at most so that those are among them to which people do something.
MOST_NAMED = 40


class _Event(msgspec.Struct, frozen=True):
    """What happened: a ``fault`` at a ``target``, an operation on deals (``changed``), or one by ``people``."""

    at: str = "0 s"
    fault: str = ""
    target: str = ""
    lasts: str = "2 minutes"
    set: dict[str, Any] = {}
    people: str = ""
    deals: list[int] = []
    key: str = ""
    changed: str = ""
    percent: int = 40


class _Incident(msgspec.Struct, frozen=True):
    """An incident as people write it down. Times are from its beginning."""

    timeline: list[dict[str, Any]]
    title: str = ""
    deals: int = USUAL_DEALS
    per_minute: int = 12
    seed: int = 1


def read_story(
    path: Path, flow: Flow, environment: PlannedEnvironment, settings: Settings, stack: str
) -> list[Schedule]:
    """The schedules of a file, one for each scenario of a feature. Raises GamedayError."""
    if path.suffix == ".feature":
        asked = msgspec.structs.replace(settings, targets=(Target(stack, 1),), crm=flow.crm, erp=flow.erp)
        planned = plan_scenarios([path], asked)
        found = [_of_scenario(outcome.planned) for outcome in planned if outcome.planned is not None]
    else:
        found = [_of_incident(path, flow)]
    for schedule in found:
        for injection in schedule.injections:
            for problem in environment.injection_mistakes(injection, schedule.flow):
                raise GamedayError(f"{path}: {problem}")
        for act in of_day(schedule.people, schedule.deals):
            for problem in environment.operation_mistakes(act, schedule.flow):
                raise GamedayError(f"{path}: {problem}")
    return found


def _of_scenario(scenario: Scenario) -> Schedule:
    """A scenario with few deals: its faults begin at the same part of the workload.

    Where people do something it is as long as it was: what they do to a deal comes after it was won.
    """
    named = [number for planned in scenario.by_people for number in planned.deals]
    deals = min(scenario.workload.count, max(USUAL_DEALS, min(MOST_NAMED, max(named, default=0))))
    per_minute = max(1, round(scenario.workload.per_minute))
    shorter = 1.0 if scenario.by_people else deals / per_minute * 60 / scenario.workload_s
    plans = tuple(_plan(each, round(each.at_s * shorter)) for each in scenario.injections)
    schedule = Schedule(scenario.flow, deals, per_minute, max(1, scenario.seed), plans)
    return msgspec.structs.replace(schedule, people=scenario.operations)


def _plan(injection: Injection, at_s: int) -> FaultPlan:
    params = {name: str(value) for name, value in injection.params.items()}
    return FaultPlan(injection.fault, injection.target, at_s, round(injection.duration_s or ASKED_S), params)


def _of_incident(path: Path, flow: Flow) -> Schedule:
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    incident = read_table(_Incident, read_yaml(data, where=str(path), what="an incident"), where=str(path))
    if not incident.timeline:
        hint = "give it entries with a fault, changed, or people"
        raise GamedayError(f"{path}: nothing happened in its timeline", hint=hint)
    plans: list[FaultPlan] = []
    changes: list[Change] = []
    people: list[PlannedOperation] = []
    for number, entry in enumerate(incident.timeline, start=1):
        where = f"{path}: entry {number} of the timeline"
        event = read_table(_Event, entry, where=where)
        try:
            happened = _happened(event)
        except GamedayError as problem:
            raise GamedayError(f"{where}: {problem.problem}", hint=problem.hint) from None
        if isinstance(happened, PlannedOperation):
            people.append(happened)
        elif isinstance(happened, Change):
            changes.append(happened)
        else:
            plans.append(happened)
    if not 1 <= incident.deals <= MOST_DEALS or not 1 <= incident.per_minute <= 60 or incident.seed < 0:
        raise GamedayError(
            f"{path}: {incident.deals} deals at {incident.per_minute} per minute is not possible",
            hint=f"1 to {MOST_DEALS} deals, at 1 to 60 per minute",
        )
    schedule = Schedule(flow, incident.deals, incident.per_minute, incident.seed, tuple(plans), tuple(changes))
    return msgspec.structs.replace(schedule, people=tuple(people) or msgspec.UNSET)


def _happened(event: _Event) -> FaultPlan | Change | PlannedOperation:
    """What an entry says. Raises GamedayError."""
    if event.people:
        about = {"deal": ", ".join(map(str, event.deals)), "key": event.key}
        given = {**about, **{name: str(value) for name, value in event.set.items()}}
        return read_operation(parse_duration(event.at), event.people, event.target or "crm", given)
    if event.changed:
        return _change(event)
    if event.fault:
        return _fault_plan(event)
    raise GamedayError("it says nothing that happened", hint="give it a fault, changed, or people")


def _change(event: _Event) -> Change:
    operations[event.changed]
    if not 1 <= event.percent <= 100:
        raise GamedayError(f"{event.percent} percent of the deals is not possible", hint="1 to 100")
    return Change(event.changed, event.percent, _lasts_s(event))


def _fault_plan(event: _Event) -> FaultPlan:
    target = event.target.lower() or faults[event.fault].targets[0]
    if target not in faults[event.fault].targets:
        known = ", ".join(faults[event.fault].targets)
        raise GamedayError(f"{event.fault!r} cannot affect {shown(target)}", hint=f"its targets: {known}")
    params = {name.replace("_", " "): str(value) for name, value in event.set.items()}
    make_fault(event.fault, dict(params))
    at_s, lasts_s = round(parse_duration(event.at)), _lasts_s(event)
    if at_s + lasts_s > LONGEST_S:
        raise GamedayError(
            f"it ends {words(at_s + lasts_s)} after the beginning of the incident", hint="a day is the most"
        )
    return FaultPlan(event.fault, target, at_s, lasts_s, params)


def _lasts_s(event: _Event) -> int:
    lasts_s = round(parse_duration(event.lasts))
    if not 1 <= lasts_s <= LONGEST_S:
        raise GamedayError(f"it lasts {event.lasts!r}", hint="between a second and a day")
    return lasts_s
