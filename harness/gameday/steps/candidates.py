"""What is possible at which target: each registered fault with values for its parameters, by the fakes' catalogues.

A fault that is added needs no change here: the type and the name of each parameter say which values it can have, and
what the catalogue refuses is left out.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.fault import Fault, faults, make_fault, needs_of
from gameday.model.scenario import Flow, Injection
from gameday.model.workload import operations
from gameday.steps.feasible import PlannedEnvironment
from gameday_fakes.catalogue import Catalogue
from gameday_fakes.changed_types import NewType

#: What is tried of a parameter in seconds.
PARAMETER_S = ("2", "5", "20", "60", "120", "300")
SHARES = ("1", "0.6", "0.3")
#: How long a fault lasts about which it is asked whether it is possible (seconds).
ASKED_S = 240.0
#: What is tried of a parameter by its name, wherever it stands.
_BY_NAME: Mapping[str, Sequence[str]] = {
    "copies": ("1", "2"),
    "times": ("1", "2", "4"),
    "events": ("first", "amendment", "void"),
    "percent": ("6", "12", "-12", "40"),
    "bytes": ("10", "100", "1000"),
    "rate_kib_s": ("1", "4"),
    "type": get_args(NewType),
}
#: A parameter of which each value is a candidate of its own: which others are possible depends on it.
_APART = "type"
#: Parameters that name something of the target's catalogue.
NAMING = ("operation", "field", "record")

Place = tuple[str, str, str]
"""A fault, its target, and what it names there, or nothing."""


class Candidate(msgspec.Struct, frozen=True):
    """One fault at one target, with the values that each of its parameters may have."""

    fault: str
    target: str
    layer: str
    values: dict[str, tuple[str, ...]]


def candidates(
    flow: Flow,
    environment: PlannedEnvironment,
    catalogues: Mapping[str, Catalogue],
    *,
    objects: Collection[str] = (),
    layers: Iterable[str] = (),
) -> list[Candidate]:
    """Every fault at every target where it is possible, by its target's catalogue and what the stack can do.

    ``objects`` are the types of records that the contract is about; without any, all are meant. ``layers`` are layers,
    or names of faults; without any, all are meant. Raises GamedayError for an unknown one.
    """
    wanted = set(layers)
    known = {name: kind.layer for name, kind in faults.items()}
    for name in wanted - known.keys() - set(known.values()):
        hint = f"layers: {', '.join(sorted(set(known.values())))}; faults: {', '.join(sorted(known))}"
        raise GamedayError(f"unknown faults {name!r}", hint=hint)
    absent = environment.stack.absent if environment.stack is not None else ()
    found = []
    for name, kind in faults.items():
        if wanted and not {name, kind.layer} & wanted:
            continue
        for target in kind.targets:
            whole = Candidate(name, target, kind.layer, _values(kind, catalogues.get(target), objects))
            for candidate in _apart(whole):
                possible = _possible(candidate, flow, environment, absent)
                if all(possible.values.values()):
                    found.append(possible)
    return [each for each in found if _example(each, flow, environment, absent)]


def _apart(candidate: Candidate) -> Iterator[Candidate]:
    for value in candidate.values.get(_APART, ()):
        yield msgspec.structs.replace(candidate, values={**candidate.values, _APART: (value,)})
    if _APART not in candidate.values:
        yield candidate


def _values(kind: type[Fault], catalogue: Catalogue | None, objects: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The values to try for each parameter of a fault, as texts of a feature's table."""
    return {
        field.name.replace("_", " "): tuple(dict.fromkeys(_of_field(field, catalogue, objects)))
        for field in dataclasses.fields(kind)
    }


def _of_field(field: dataclasses.Field[Any], catalogue: Catalogue | None, objects: Collection[str]) -> Iterator[str]:
    name, default = field.name, field.default
    if name in ("share", "toxicity"):
        # Of a few deals a small share often selects none.
        yield from SHARES
        return
    if default is not dataclasses.MISSING and default != "":
        yield f"{default:g}" if isinstance(default, float) else str(default)
    if name in _BY_NAME:
        yield from _BY_NAME[name]
    elif name.endswith("_s"):
        yield from PARAMETER_S
    elif catalogue is not None:
        yield from _named(name, catalogue, objects)
    if name == "new_name":
        yield "renamed__c"
    if default == "":
        # A text that may be left out.
        yield ""


def _named(name: str, catalogue: Catalogue, objects: Collection[str]) -> Iterator[str]:
    """What a parameter can name in a catalogue, by the parameter's own name."""
    types = [each for each in catalogue.objects if not objects or each.name in objects]
    match name:
        case "operation":
            yield "*"
            yield from sorted({part for each in catalogue.operations for part in (each, *each.split("."))})
        case "error":
            yield from (error.name for error in catalogue.errors)
        case "record":
            yield from (each.name for each in types)
        case "access":
            yield from ("read", "edit")
        case "field":
            yield from (f"{each.name}.{field.name}" for each in types for field in each.fields)


def _possible(candidate: Candidate, flow: Flow, environment: PlannedEnvironment, absent: Iterable[str]) -> Candidate:
    """The candidate without the values that are refused while the others have their first value."""
    values: dict[str, tuple[str, ...]] = {}
    for name, offered in candidate.values.items():
        first = {other: given[0] for other, given in (candidate.values | values).items() if given}
        values[name] = tuple(
            value for value in offered if _is_possible(candidate, {**first, name: value}, flow, environment, absent)
        )
    return msgspec.structs.replace(candidate, values=values)


def _example(candidate: Candidate, flow: Flow, environment: PlannedEnvironment, absent: Iterable[str]) -> bool:
    first = {name: given[0] for name, given in candidate.values.items()}
    return _is_possible(candidate, first, flow, environment, absent)


def _is_possible(
    candidate: Candidate,
    params: Mapping[str, str],
    flow: Flow,
    environment: PlannedEnvironment,
    absent: Iterable[str],
) -> bool:
    given = {name: value for name, value in params.items() if value}
    try:
        fault = make_fault(candidate.fault, given)
        if set(needs_of(fault, candidate.target)) & set(absent):
            return False
        if environment.cannot_roll_out(fault, candidate.target):
            return False
        injection = Injection(0.0, candidate.fault, candidate.target, ASKED_S, given)
        return not any(environment.injection_mistakes(injection, flow))
    except GamedayError:
        return False


def searched(known: Iterable[Candidate]) -> list[Candidate]:
    """The candidates that a search draws from, without the parameters that it leaves as they are by default.

    Those of a fault that is judged by its own expectation are none: what it does is what it does by default.
    """
    return [
        msgspec.structs.replace(
            each,
            values={
                name: given
                for name, given in each.values.items()
                if name not in faults[each.fault].fixed and faults[each.fault].judged_by is None
            },
        )
        for each in known
    ]


def narrowed(known: Iterable[Candidate], used: Mapping[str, Iterable[str]], idle: Collection[Place]) -> list[Candidate]:
    """The candidates without what can have no effect: what the stack never calls, and what was ``idle`` so far.

    ``used`` are the operations that the stack calls, by target; of a target that is not in it nothing is known.
    """
    found = []
    for candidate in known:
        values = {
            name: tuple(
                value
                for value in given
                if (candidate.fault, candidate.target, value) not in idle
                and not (name == "operation" and candidate.target in used and not _calls(used[candidate.target], value))
            )
            if name in NAMING
            else given
            for name, given in candidate.values.items()
        }
        called = used.get(candidate.target, True)
        if called and all(values.values()) and (candidate.fault, candidate.target, "") not in idle:
            found.append(msgspec.structs.replace(candidate, values=values))
    return found


def weighted(candidate: Candidate, named: Collection[str]) -> Candidate:
    """The candidate with the fields that are ``named``, such as those of a contract, in three of four draws.

    A type has many more fields than any sync reads.
    """
    fields = candidate.values.get("field", ())
    first = tuple(name for name in fields if name in named)
    if not first or len(first) == len(fields):
        return candidate
    times = max(1, round(3 * (len(fields) - len(first)) / len(first)))
    others = tuple(name for name in fields if name not in named)
    return msgspec.structs.replace(candidate, values={**candidate.values, "field": first * times + others})


def one_by_one(candidate: Candidate) -> list[Candidate]:
    """The candidate with one value of each parameter that names something: of fields, those with the most weight."""
    found = [candidate]
    for name in (name for name in NAMING if len(set(candidate.values.get(name, ()))) > 1):
        counts = Counter(candidate.values[name])
        most = max(counts.values())
        found = [
            msgspec.structs.replace(each, values={**each.values, name: (value,)})
            for each in found
            for value, count in counts.items()
            if count == most
        ]
    return found if len(found) > 1 else []


def _calls(used: Iterable[str], operation: str) -> bool:
    """Whether an operation, or a class of them, is among those that a stack calls."""
    return operation == "*" or any(operation == name or operation in name.split(".") for name in used)


def operations_of(catalogue: Catalogue) -> list[str]:
    """The registered operations that a CRM can carry out."""
    possible = {entry.name for entry in catalogue.business_operations}
    return [name for name, operation in operations.items() if operation.act in possible]
