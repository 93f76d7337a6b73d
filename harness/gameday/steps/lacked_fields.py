"""What an organisation lacks of the fields that a workload gives to deals, though the bundled one has them.

A scenario about tax codes says nothing about a sync whose organisation has none, and is no mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.organisation import kinds_of
from gameday.model.scenario import Scenario
from gameday.model.workload import Workload
from gameday.run.plan import make_workload
from gameday_fakes.clock import Clock
from gameday_fakes.declared import UnknownField
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError


def why_deals_lacked(scenario: Scenario, organisation: Path | None) -> str:
    """Why the deals of a workload cannot be in an organisation, as a clause; empty if they can, and for mistakes."""
    if organisation is None:
        return ""
    try:
        workload = make_workload(scenario)
    except GamedayError:
        # A mistake, which is said where it is looked for.
        return ""
    why = _lacked(scenario, workload, organisation)
    return f"not in this organisation: {why}" if why and not _lacked(scenario, workload, None) else ""


def _lacked(scenario: Scenario, workload: Workload, organisation: Path | None) -> str:
    """The field that the CRM lacks; empty if it takes all, or refuses something for another reason."""
    kind = kinds_of(organisation).get(scenario.flow.crm)
    if kind is None:
        return ""
    clock = Clock()
    crm = kind(clock, EventLog(clock))
    crm.start_again(scenario.seed)
    try:
        crm.operate("seed", "", msgspec.to_builtins(workload.catalog, str_keys=True))
        for key, value in _kinds_of_deals(workload):
            crm.operate("close_deal", key, value)
    except UnknownField as problem:
        return str(problem).partition("; known: ")[0]
    except ControlError:
        return ""
    return ""


def _kinds_of_deals(workload: Workload) -> Iterator[tuple[str, dict[str, Any]]]:
    """A deal of each kind: those with the same fields, and the same fields of lines, are alike."""
    seen: set[frozenset[str]] = set()
    for operation in workload.operations:
        if operation.f != "close_deal" or operation.system != "crm":
            continue
        shape = frozenset(_named(operation.value))
        if shape not in seen:
            seen.add(shape)
            yield operation.key, operation.value


def _named(value: Any, path: str = "") -> Iterator[str]:
    """The paths of what a value gives, without those that are empty."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _named(each, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _named(each, path)
    elif value not in (None, ""):
        yield path
