"""What a vendor cannot have: by its manifest, or because only other vendors' fakes know the fault or the operation.

Or the organisation lacks a field that the bundled one has, or other vendors' do.

A scenario that needs it is not applicable, and no mistake.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.organisation import kinds_of
from gameday.model.fault import FakeRule, Fault, make_fault, parameter_name
from gameday.model.scenario import Flow, Injection, PlannedOperation, Scenario, WorkloadSpec
from gameday.model.workload import operation_key, operations, operations_in
from gameday.workloads.arrivals import traits_asked
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.manifest import FLOW_ROLES
from gameday_fakes.manifests import manifests
from gameday_fakes.registry import fake_kinds


@functools.cache
def vendors() -> Mapping[str, type[Fake]]:
    """All fakes by name, with those of plug-ins. Raises GamedayError if one cannot be loaded."""
    try:
        return fake_kinds()
    except Exception as problem:
        raise GamedayError(
            f"the fake of a plug-in cannot be loaded: {type(problem).__name__}: {problem}",
            hint="uninstall its package, or install a version that fits this one",
        ) from problem


def cannot(flow: Flow, role: str) -> Mapping[str, str]:
    """The kinds of faults, settings, operations and traits that the vendor of a role cannot have, with the reasons."""
    vendor = manifests().get(_vendor(flow, role))
    return vendor.cannot if vendor is not None else {}


def possible_settings(role: str, settings: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
    """The settings without those that the vendor cannot have."""
    return {name: value for name, value in settings.items() if not _why_not_set(flow, role, (name,))}


def possible_changes(workload: WorkloadSpec, flow: Flow) -> WorkloadSpec:
    """The workload without the operations that the CRM cannot carry out."""
    impossible = {operation_key(name) for name in operations_in(workload.params) if _why_not_changed(flow, name)}
    gone = {f"{key}{end}" for key in impossible for end in ("", "_after_s")}
    params = {name: value for name, value in workload.params.items() if name not in gone}
    return msgspec.structs.replace(workload, params=params)


def in_words_of_the_vendor(flow: Flow | None, role: str, made: Fault, params: dict[str, Any]) -> dict[str, Any]:
    """A fault's parameters with the vendor's names of records and fields, where words for all vendors stand."""
    vendor = _vendor(flow, role) if flow is not None else ""
    if vendor not in manifests():
        return params
    words = {name: str(getattr(made, name)).strip().lower() for name in made.record_names}
    named = {name: manifests()[vendor].known_as.get(word, "") for name, word in words.items()}
    return {key: named.get(parameter_name(key), "") or value for key, value in params.items()}


def is_possible(injection: Injection, flow: Flow) -> bool:
    """Whether the vendor that a fault is injected into can have it."""
    return not _why_not(injection, flow)


def why_impossible(scenario: Scenario) -> str:
    """Why the vendors of a scenario cannot have what it needs, as a clause; empty if they can."""
    flow = scenario.flow
    for role, settings in scenario.settings.items():
        if why := _why_not_set(flow, role, settings):
            return why
    for name in operations_in(scenario.workload.params):
        if why := _why_not_changed(flow, name):
            return why
    traits = traits_asked(scenario.workload)
    if why := next(filter(None, (_reason(flow, role, traits) for role in FLOW_ROLES)), ""):
        return why
    if why := next(filter(None, (why_not_done(flow, planned) for planned in scenario.by_people)), ""):
        return why
    return next(filter(None, (_why_not(injection, flow) for injection in scenario.injections)), "")


def refusal(vendor: str, settings: Mapping[str, Any], organisation: Path | None) -> str:
    """Why a fake would refuse these settings when the run starts, by its own rules; empty if it would not.

    ``organisation`` is the folder of what it serves; None for the bundled one.
    """
    clock = Clock()
    try:
        kinds_of(organisation)[vendor](clock, EventLog(clock)).configure(dict(settings))
    except ControlError as problem:
        return str(problem).removeprefix(f"settings of {vendor}: ")
    return ""


def why_lacked(vendor: str, settings: Mapping[str, Any], organisation: Path | None) -> str:
    """Why an organisation cannot have settings that the bundled one, or another vendor's, can; empty for mistakes."""
    why = refusal(vendor, settings, organisation).partition("; known: ")[0]
    if not why:
        return ""
    if organisation is not None and not refusal(vendor, settings, None):
        return f"not in this organisation: {why}"
    own = vendors()[vendor]
    others = (name for name, kind in vendors().items() if kind.role == own.role and name != vendor)
    takes = any(not refusal(name, settings, None) for name in others)
    return f"not with {own.manifest.words}: {why}" if takes else ""


def _why_not(injection: Injection, flow: Flow) -> str:
    role, rules = injection.target, _rules(injection)
    kinds = {str(rule.get("kind", "")) for rule in rules}
    operations = {str(rule.get("operation", "*")) for rule in rules}
    return (
        _reason(flow, role, (*kinds, *operations))
        or _of_others(flow, role, kinds, "it is a fault", lambda fake, kind: kind in fake.all_fault_kinds())
        or _of_others(
            flow, role, operations, "{!r} is an operation", lambda fake, name: fake.catalogue().knows_operation(name)
        )
    )


def _why_not_set(flow: Flow, role: str, names: Iterable[str]) -> str:
    def has(fake: type[Fake], name: str) -> bool:
        return name in fake.settings_type.__struct_fields__

    return _reason(flow, role, names) or _of_others(flow, role, names, "it is a setting", has)


def _why_not_changed(flow: Flow, name: str) -> str:
    """Why deals cannot change by an operation, as a clause; empty if they can, or if no CRM knows it."""
    act = operations[name].act
    return _reason(flow, "crm", (act,)) or _of_others(flow, "crm", (act,), f"{name!r} is an operation", _has_operation)


def why_not_done(flow: Flow, planned: PlannedOperation) -> str:
    """Why people cannot do something in a vendor's system, as a clause; empty if they can, or if no vendor knows it."""
    acts, clause = (planned.operation,), f"{planned.operation.replace('_', ' ')!r} is an operation"
    return _reason(flow, planned.target, acts) or _of_others(flow, planned.target, acts, clause, _has_operation)


def _has_operation(fake: type[Fake], act: str) -> bool:
    return any(entry.name == act for entry in fake.catalogue().business_operations)


def _reason(flow: Flow, role: str, needed: Iterable[str]) -> str:
    reasons = cannot(flow, role)
    vendor = manifests()[_vendor(flow, role)].words if reasons else ""
    return next((f"not with {vendor}: {reasons[name]}" for name in needed if name in reasons), "")


def _of_others(
    flow: Flow, role: str, needed: Iterable[str], clause: str, has: Callable[[type[Fake], str], bool]
) -> str:
    """Why a flow is without what only other vendors of the role have. Empty for what nobody has: it is a mistake."""
    own = vendors().get(_vendor(flow, role))
    if own is None:
        return ""
    for name in needed:
        if has(own, name):
            continue
        others = [each for each in vendors().values() if each.role == own.role and has(each, name)]
        if others:
            words = " and ".join(sorted(each.manifest.words for each in others))
            return f"not with {own.manifest.words}: {clause.format(name)} of {words}"
    return ""


def _vendor(flow: Flow, role: str) -> str:
    return {"crm": flow.crm, "erp": flow.erp}.get(role, "")


def _rules(injection: Injection) -> list[Mapping[str, Any]]:
    actions = make_fault(injection.fault, injection.params).actions(injection.target)
    return [action.rule for action in actions if isinstance(action, FakeRule)]
