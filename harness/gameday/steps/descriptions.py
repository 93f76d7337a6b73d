"""What a feature can say, in full: each fault, expectation, workload, operation and step with its parameters.

Everything is read from what the parts declare; the values that a fault takes come from the vendors' catalogues.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from gameday.config.organisation import kinds_of
from gameday.contracts.pair import bundled_pair
from gameday.model.checker import checkers
from gameday.model.fault import Fault, faults
from gameday.model.scenario import Flow
from gameday.model.workload import operations, workloads
from gameday.steps.candidates import NAMING, candidates
from gameday.steps.described_steps import described_steps, sentences
from gameday.steps.description import Described, Description, blanks, first_line, table_lines, target_word
from gameday.steps.feasible import PlannedEnvironment
from gameday.steps.people import DEAL, KEY, PLACES, can_be_said
from gameday.workloads.arrivals import Part
from gameday_fakes.catalogue import Catalogue, OperationEntry
from gameday_fakes.parameters import parameters_of

Kind = Literal["faults", "expectations", "workloads", "operations", "steps"]

#: Parameters of faults whose values are looked up in the vendors' catalogues.
_NAMING = (*NAMING, "access", "error")
_SHARE = "0 to 1, or a percentage"
#: The units of parameters by the ends of their names.
_UNITS = {
    "_rate_kib_s": "KiB per second",
    "_s": "seconds, or a duration such as 2 min",
    "_share": _SHARE,
    "_toxicity": _SHARE,
    "_percent": "percent",
    "_bytes": "bytes",
    "_per_minute": "deals per minute",
}


def descriptions(kind: Kind, organisation: Path | None = None) -> list[Description]:
    """Everything of a kind. ``organisation`` is the folder of what the CRM and the ERP serve, None for the bundled."""
    make: dict[Kind, Callable[[], Iterator[Description]]] = {
        "faults": lambda: _faults(organisation),
        "expectations": _expectations,
        "workloads": _workloads,
        "operations": lambda: _operations(organisation),
        "steps": described_steps,
    }
    return list(make[kind]())


def _unit(name: str) -> str:
    return next((unit for end, unit in _UNITS.items() if f"_{name}".endswith(end)), "")


# -- Faults ------------------------------------------------------------------------------------------


def _faults(organisation: Path | None) -> Iterator[Description]:
    allowed = _allowed(organisation)
    for name, kind in faults.items():
        parameters = tuple(_of_fault(name, field, allowed) for field in dataclasses.fields(kind))
        what = f"{first_line(sys.modules[kind.__module__])} {' '.join((kind.__doc__ or '').split())}"
        yield Description(
            name,
            what.replace("``", "`"),
            _fault_example(name, kind, parameters, organisation),
            parameters,
            kind.layer,
            kind.targets,
        )


def _allowed(organisation: Path | None) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    """The values that parameters can have which name something of a vendor, by fault and parameter, and by vendor."""
    found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    environment = PlannedEnvironment(organisation=organisation)
    kinds = kinds_of(organisation)
    usual = {role: next(name for name, kind in sorted(kinds.items()) if kind.role == role) for role in ("crm", "erp")}
    for vendor, fake in sorted(kinds.items()):
        roles = usual | ({fake.role: vendor} if fake.role in usual else {})
        flow = Flow(roles["crm"], roles["erp"], "")
        known: dict[str, Catalogue] = {fake.role: fake.catalogue()}
        meant = [name for name, kind in faults.items() if fake.role in kind.targets]
        for candidate in candidates(flow, environment, known, layers=meant):
            if candidate.target != fake.role:
                continue
            for parameter, values in candidate.values.items():
                if parameter in _NAMING:
                    found.setdefault((candidate.fault, parameter), {})[vendor] = values
    return found


def _of_fault(
    fault: str, field: dataclasses.Field[Any], allowed: Mapping[tuple[str, str], dict[str, tuple[str, ...]]]
) -> Described:
    name = blanks(field.name)
    kind = {"int": "whole number", "float": "number"}.get(getattr(field.type, "__name__", str(field.type)), "text")
    required = field.default is dataclasses.MISSING
    share = field.name in ("share", "toxicity")
    return Described(
        name,
        kind,
        required,
        None if required else field.default,
        _unit(field.name),
        0.0 if kind != "text" else None,
        1.0 if share else None,
        allowed=allowed.get((fault, name), {}),
    )


def _fault_example(
    name: str, kind: type[Fault], parameters: tuple[Described, ...], organisation: Path | None
) -> tuple[str, ...]:
    values = {}
    kinds = kinds_of(organisation)
    for each in parameters:
        able = [vendor for vendor in each.allowed if kinds[vendor].role == kind.targets[0]]
        # A feature that names no vendors is about those of the bundled contract.
        usual = [vendor for vendor in able if vendor in (bundled_pair().crm, bundled_pair().erp)]
        known = next((each.allowed[vendor] for vendor in (*usual, *able)), ())
        if each.required and each.name == "new name":
            values[each.name] = "renamed__c"
        elif each.required and known:
            values[each.name] = known[0]
        elif each.default not in (None, ""):
            values[each.name] = f"{each.default:g}" if isinstance(each.default, float) else str(each.default)
    step = f'When after 2 minutes the {target_word(kind.targets[0])} suffers "{name}" for 4 minutes'
    return (step, *table_lines(values))


# -- Expectations ------------------------------------------------------------------------------------


def _expectations() -> Iterator[Description]:
    asked = sentences()
    for name, checker in checkers.items():
        hints = get_type_hints(checker)
        parameters = tuple(
            _of_checker(each, hints.get(each.name)) for each in list(inspect.signature(checker).parameters.values())[1:]
        )
        example = asked.get(name) or (
            f'Then the expectation "{name}" holds',
            *table_lines({each.name: "300" for each in parameters if each.required}),
        )
        yield Description(name, first_line(checker), example, parameters)


def _of_checker(parameter: inspect.Parameter, hint: Any) -> Described:
    kinds = {each for each in get_args(hint) or (hint,) if isinstance(each, type)}
    choices = tuple(map(str, get_args(hint))) if hint is not None and not kinds else ()
    required = parameter.default is inspect.Parameter.empty
    kind = "number" if float in kinds else "whole number" if int in kinds else "text"
    return Described(
        blanks(parameter.name),
        kind,
        required,
        None if required else parameter.default,
        _unit(parameter.name),
        None if kind == "text" else 0.0,
        choices=choices,
    )


# -- Workloads and operations ------------------------------------------------------------------------


def _workloads() -> Iterator[Description]:
    for name, kind in workloads.items():
        parameters = tuple(_of_workload(kind.params)) if kind.params is not None else ()
        table = {"count": "100", "per minute": "20"}
        table |= {each.name: "superstore-sample.csv" for each in parameters if each.name == "file"}
        yield Description(name, kind.description, (f'And the workload "{name}"', *table_lines(table)), parameters)


def _of_workload(params: type[msgspec.Struct]) -> Iterator[Described]:
    hints = get_type_hints(params, include_extras=True)
    # A kind that has another default than the one that it derives from means the same.
    kinds = [kind for kind in params.__mro__ if issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct]
    said = {each.name: each.description for kind in reversed(kinds) for each in parameters_of(kind) if each.description}
    for parameter in parameters_of(params):
        if parameter.name == "later":
            # Its operations are parameters of their own: each by its name.
            continue
        part, share = hints.get(parameter.name) == Part, (parameter.minimum, parameter.maximum) == (0.0, 1.0)
        yield Described(
            blanks(parameter.name),
            "number" if part else parameter.type,
            parameter.required,
            parameter.default,
            "0 to 1, a percentage, or a number of deals" if part else _SHARE if share else _unit(parameter.name),
            parameter.minimum,
            parameter.maximum,
            parameter.choices,
            description=said.get(parameter.name, ""),
        )


def _operations(organisation: Path | None) -> Iterator[Description]:
    crms = {
        crm: {each.name for each in kind.catalogue().business_operations}
        for crm, kind in kinds_of(organisation).items()
        if kind.role == "crm"
    }
    for name, operation in operations.items():
        able = [crm for crm, acts in crms.items() if operation.act in acts]
        parameters = (
            Described("percent", "number", True, unit="percent of the deals", minimum=0.0, maximum=100.0),
            Described("within", "duration", True, unit="a duration such as 5 minutes, from the closing of the deal"),
        )
        where = f"CRMs: {', '.join(able)}." if able else "No installed CRM can carry it out."
        what = f"{operation.description} Business operation {operation.act}. {where}"
        yield Description(name, what, (f"And 20% of them are {name} within 5 minutes",), parameters)
    yield from by_people(organisation)


#: Examples of parameters that have no default.
_EXAMPLES = {
    "sku": "SKU-0001",
    "currency": "EUR",
    "price": "99.50",
    "winner": "account-00001",
    "loser": "account-00002",
    "period": "2026-06",
}
#: What names a record: the column of the table, an example, and what it means.
_NAMED = {
    "deal": (DEAL, "3", "The number of the deal, 1 for the first that is won; several with commas."),
    "order": (DEAL, "3", "The number of the order's deal, 1 for the first that is won; several with commas."),
    "alert": (KEY, "sync-late", "The key that the sync gives its alert."),
    "ticket": (KEY, "SYNC-1", "The key of the ticket."),
}


def by_people(organisation: Path | None) -> Iterator[Description]:
    """What people do at a time, in any system."""
    able: dict[str, dict[str, list[str]]] = {}
    entries: dict[str, OperationEntry] = {}
    for vendor, kind in kinds_of(organisation).items():
        for entry in filter(can_be_said, kind.catalogue().business_operations):
            if kind.role in PLACES:
                entries.setdefault(entry.name, entry)
                able.setdefault(entry.name, {}).setdefault(kind.role, []).append(vendor)
    for act, entry in sorted(entries.items()):
        name = act.replace("_", " ")
        parameters = [Described("after", "duration", True, unit="a duration such as 2 minutes")]
        parameters += [
            Described(
                blanks(each.name), each.type, each.required, each.default, choices=each.choices,
                description=each.description,
            )
            for each in entry.parameters
        ]  # fmt: skip
        values = {blanks(each.name): _EXAMPLES[each.name] for each in entry.parameters if each.name in _EXAMPLES}
        if entry.about:
            column, value, what = _NAMED[entry.about]
            parameters.append(Described(column, "text", description=what))
            values[column] = value
        role, *_ = roles = [each for each in PLACES if each in able[act]]
        where = "; ".join(
            f"{PLACES[each]}: {', '.join(sorted(vendors))}" for each, vendors in sorted(able[act].items())
        )
        step = f'When after 2 minutes people in the {target_word(role)} carry out "{name}"'
        yield Description(
            name,
            f"{entry.description} {where}.",
            (step, *table_lines(values)),
            tuple(parameters),
            targets=tuple(roles),
        )
