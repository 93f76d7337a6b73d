"""Which cures a run asks for: those of the causes that affected deals, with the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gameday.analysis.cause_list import CAUSES
from gameday.analysis.causes import causes_in
from gameday.analysis.effects import effects
from gameday.base.counts import plural
from gameday.model.checker import Result
from gameday.model.contract import Contract
from gameday.model.fault import faults
from gameday_reports.postmortem.action import Action
from gameday_reports.postmortem.cause.traces import Group, groups_of
from gameday_reports.postmortem.cures.catalogue import BY_CAUSE, CURES
from gameday_reports.recorded import RecordedRun

#: So many refused requests for each affected deal ask for backpressure even if every deal came in the end.
RETRIES = 3
#: How many fields of the contract an action names.
FIELDS = 3


#: The fields that a cause is about although nothing in the run names them.
_MEANT = {"price": re.compile(r"(?i)price|\brate")}


class Known(NamedTuple):
    """What is known of a group of deals: the faults behind it, its causes by name, and the contract's fields."""

    group: Group
    faults: tuple[str, ...]
    targets: tuple[str, ...]
    causes: tuple[str, ...]
    fields: tuple[str, ...]


def known_groups(run: RecordedRun) -> list[Known]:
    """The groups of affected deals with their causes."""
    return [_known(run, group) for group in groups_of(run)]


def cures(run: RecordedRun) -> Iterator[Action]:
    """An action for each cure that a cause asks for."""
    asked: dict[str, list[Known]] = {}
    # What a harm or an expectation asks for is drafted from it.
    elsewhere = {"idempotency", "dead-letter", *(["backpressure"] if _too_many_requests(run) else [])}
    for known in known_groups(run):
        for cause in known.causes:
            slug = BY_CAUSE.get(cause, "")
            if slug and slug not in elsewhere and _asks(slug, known):
                asked.setdefault(slug, []).append(known)
    for slug, found in asked.items():
        cure = CURES[slug]
        fields = list(dict.fromkeys(field for known in found for field in known.fields))[:FIELDS]
        what = cure.what.format(field=", ".join(fields) or "each field", key="")
        deals = sum(len(known.group.outcomes) for known in found)
        causes = dict.fromkeys(fault for known in found for fault in known.faults)
        why = f"{plural(deals, 'deal')} affected by {', '.join(causes) or 'the cause ' + found[0].causes[0]}"
        refused = dict.fromkeys(f"{why.status} {why.error}".strip() for known in found for why in known.group.refusals)
        if refused:
            why += f"; refused with {', '.join(list(refused)[:FIELDS])}"
        yield Action(slug, cure.kind, what, run.shown(why))


def _too_many_requests(run: RecordedRun) -> bool:
    return any(e.checker == "bounded requests" and verdict.result is Result.FAILED for e, verdict in run.expected)


def _asks(slug: str, known: Known) -> bool:
    """Whether the evidence asks for it: deals that only waited for the end of a refusal do not ask for backpressure."""
    if slug != "backpressure" or known.group.state in ("lost", "duplicated"):
        return True
    refused = sum(number for trace in known.group.traces for _, number in trace.refusals.values())
    return refused >= RETRIES * len(known.group.outcomes)


def _known(run: RecordedRun, group: Group) -> Known:
    by_number = {effect.injection: effect for effect in effects(run.case)}
    numbers: Iterable[int] = group.faults
    if not group.faults and any(outcome.touched for outcome in group.outcomes):
        # The faults hit requests that name no deal, or a link or a process.
        numbers = [number for number, effect in by_number.items() if not effect.why_none]
    hit = [by_number[number] for number in numbers if number in by_number]
    names = tuple(dict.fromkeys(effect.fault for effect in hit))
    causes = [cause for name in names if (cause := cause_of_fault(name))]
    if not causes:
        said = causes_in(" ".join(f"{why.status} {why.error}" for why in group.refusals))
        causes = [cause.name for cause in CAUSES if cause.name in said]
    fields = [
        str(run.scenario.injections[effect.injection].params.get("field", ""))
        for effect in hit
        if effect.injection < len(run.scenario.injections)
    ]
    fields += group.fields
    fields += [name for cause in causes if cause in _MEANT for name in _named(run.contract, _MEANT[cause])]
    return Known(
        group,
        names,
        tuple(dict.fromkeys(effect.target for effect in hit)),
        tuple(dict.fromkeys(causes)),
        tuple(contract_fields(run.contract, fields)),
    )


def _named(contract: Contract, words: re.Pattern[str]) -> list[str]:
    """The contract's own names of the fields that mean one of these words."""
    return [field.name for field in (*contract.crm_fields, *contract.erp_fields) if words.search(field.name)]


def cause_of_fault(name: str) -> str:
    """The cause that most of a fault's words mean; empty if they mean none, or the fault is not installed."""
    if name not in faults:
        return ""
    words = {word.casefold() for word in faults[name].reasons}
    best = max(CAUSES, key=lambda cause: len(words & set(cause.words)))
    return best.name if words & set(best.words) else ""


def contract_fields(contract: Contract, names: Iterable[str]) -> list[str]:
    """The fields of the contract that have these names, physical or its own: ``currency (Opportunity.Currency)``."""
    found = []
    for name in names:
        last = name.rpartition(".")[2]
        for field in (*contract.crm_fields, *contract.erp_fields):
            physical = field.physical_name or field.name
            if name and (name in (physical, field.name) or physical.rpartition(".")[2] == last):
                found.append(f"{field.name} ({physical})" if physical != field.name else field.name)
                break
        else:
            found += [name] if name else []
    return list(dict.fromkeys(found))
