"""A new feature from a fault, from what happens to the deals, or from both."""

from __future__ import annotations

import dataclasses

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.odcs import load_contract
from gameday.explore.exploring import catalogues_of, contract_objects
from gameday.explore.feature import feature_text
from gameday.explore.schedule import ALWAYS, Change, FaultPlan, Schedule
from gameday.model.fault import faults, make_fault
from gameday.model.scenario import Expectation, Flow
from gameday.model.workload import operations
from gameday.steps.candidates import candidates
from gameday.steps.description import target_word
from gameday.steps.feasible import PlannedEnvironment

#: What happens to the deals of a feature that names an operation.
CHANGED_PERCENT = 30
CHANGED_WITHIN_S = 120


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the feature is to be about; times in whole scenario seconds.

    ``target`` may be empty: the fault's first one. ``params`` are the fault's, as in a feature's table; those that it
    needs and that are not given are taken from the vendor's catalogue. ``title`` may be empty too.
    """

    flow: Flow
    fault: str = ""
    target: str = ""
    params: dict[str, str] = {}
    at_s: int = 60
    duration_s: int = 180
    workload: str = "closed won"
    deals: int = 80
    per_minute: int = 20
    changes: tuple[str, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def new_feature(wish: Wish, environment: PlannedEnvironment) -> str:
    """The text of a feature that `gameday run` can run. Raises GamedayError for what no run could do."""
    for problem in environment.flow_mistakes(wish.flow):
        raise problem
    for change in wish.changes:
        operations[change]
    plans = (_plan(wish, environment),) if wish.fault else ()
    changes = tuple(Change(name, CHANGED_PERCENT, CHANGED_WITHIN_S) for name in wish.changes)
    schedule = Schedule(wish.flow, wish.deals, wish.per_minute, 1, plans, changes, workload=wish.workload)
    for problem in environment.workload_mistakes(schedule.workload_spec(), wish.flow.crm):
        raise problem
    own = faults[wish.fault].judged_by if wish.fault else None
    judged = schedule.expected
    if own is not None:
        reported = (each for each in ALWAYS if each.checker == "nothing unreported")
        judged = (Expectation(own[0], dict(own[2]), own[1]), *reported)
    return feature_text(
        schedule,
        judged,
        title=wish.title or _title(plans, wish.changes),
        notes=wish.notes,
        tags=wish.tags,
    )


def _plan(wish: Wish, environment: PlannedEnvironment) -> FaultPlan:
    kind = faults[wish.fault]
    target = wish.target or kind.targets[0]
    if target not in kind.targets:
        raise unknown(f"target of {wish.fault!r}", target, kind.targets)
    plan = FaultPlan(
        wish.fault, target, wish.at_s, wish.duration_s, {**_needed(wish, target, environment), **wish.params}
    )
    fault = make_fault(wish.fault, dict(plan.params))
    if wish.duration_s <= fault.onset_s:
        raise GamedayError(f"{wish.fault!r} for {wish.duration_s} s changes nothing", hint="let it last longer")
    for injection in plan.injections():
        for problem in environment.injection_mistakes(injection, wish.flow):
            raise problem
    return plan


def _needed(wish: Wish, target: str, environment: PlannedEnvironment) -> dict[str, str]:
    """The parameters that a fault cannot do without, each with a possible value: if it can, one of the contract's."""
    contract = load_contract(wish.flow.contract, environment.contract_folders)
    named = {field.physical_name for field in (*contract.crm_fields, *contract.erp_fields) if field.required}
    objects = contract_objects(wish.flow, environment)
    catalogues = catalogues_of(wish.flow, environment)
    found = candidates(wish.flow, environment, catalogues, objects=objects, layers=[wish.fault])
    values = next((each.values for each in found if each.target == target), {})
    return {
        name: next((value for value in values[name] if value in named), values[name][0])
        for name in _required(wish.fault)
        if name in values
    }


def _required(fault: str) -> list[str]:
    """The parameters without which a fault cannot be made, by their names in a table."""
    return [
        field.name.replace("_", " ")
        for field in dataclasses.fields(faults[fault])
        if field.default is dataclasses.MISSING
    ]


def _title(plans: tuple[FaultPlan, ...], changes: tuple[str, ...]) -> str:
    """A title of what happens; the author knows the consequence."""
    parts = [f"{plan.fault} at the {target_word(plan.target)}" for plan in plans]
    parts += [f"deals are {change}" for change in changes]
    title = ", ".join(parts) or "a day without a fault"
    return title[0].upper() + title[1:]
