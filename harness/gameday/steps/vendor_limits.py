"""What a vendor cannot have, by its manifest: a scenario that needs it is not applicable, and no mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gameday.model.fault import FakeRule, make_fault
from gameday.model.scenario import Flow, Injection, Scenario
from gameday_fakes.manifests import manifests


def cannot(flow: Flow, role: str) -> Mapping[str, str]:
    """The kinds of faults and the settings that the vendor of a role cannot have, each with the reason."""
    vendor = manifests().get({"crm": flow.crm, "erp": flow.erp}.get(role, ""))
    return vendor.cannot if vendor is not None else {}


def possible_settings(role: str, settings: Mapping[str, Any], flow: Flow) -> dict[str, Any]:
    """The settings without those that the vendor cannot have."""
    return {name: value for name, value in settings.items() if name not in cannot(flow, role)}


def is_possible(injection: Injection, flow: Flow) -> bool:
    """Whether the vendor that a fault is injected into can have it."""
    return not any(_kinds(injection) & cannot(flow, injection.target).keys())


def why_impossible(scenario: Scenario) -> str:
    """Why the vendors of a scenario cannot have what it needs, as a clause; empty if they can."""
    flow = scenario.flow
    for role, settings in scenario.settings.items():
        if why := _reason(flow, role, settings):
            return why
    for injection in scenario.injections:
        if why := _reason(flow, injection.target, _kinds(injection)):
            return why
    return ""


def _reason(flow: Flow, role: str, needed: Iterable[str]) -> str:
    reasons = cannot(flow, role)
    vendor = manifests()[{"crm": flow.crm, "erp": flow.erp}[role]].words if reasons else ""
    return next((f"not with {vendor}: {reasons[name]}" for name in needed if name in reasons), "")


def _kinds(injection: Injection) -> set[str]:
    actions = make_fault(injection.fault, injection.params).actions(injection.target)
    return {str(action.rule.get("kind", "")) for action in actions if isinstance(action, FakeRule)}
