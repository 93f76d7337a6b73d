"""The course of a day: what a scenario has happen beside its workload, in order; every list of it is made from this.

What really happened is in the history, and ``gameday.analysis.acts`` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from gameday.model.roles import role_name, the
from gameday.model.scenario import Injection, PlannedOperation, Scenario


class Turn(NamedTuple):
    """Something that a scenario has happen at a scenario second; ``what`` says it in words, without a full stop."""

    at_s: float
    act: Literal["inject", "heal", "people"]
    what: str


def course(scenario: Scenario) -> tuple[Turn, ...]:
    """Every fault, when it is healed, and what people do, in order of time."""
    return tuple(sorted(_turns(scenario), key=lambda turn: turn.at_s))


def _turns(scenario: Scenario) -> Iterator[Turn]:
    for injection in scenario.injections:
        yield Turn(injection.at_s, "inject", f"{injection.fault} at {the(injection.target)}")
        yield Turn(_until_s(injection, scenario), "heal", f"{injection.fault} at {the(injection.target)}")
    for planned in scenario.by_people:
        yield Turn(planned.at_s, "people", planned_words(planned))


def _until_s(injection: Injection, scenario: Scenario) -> float:
    return scenario.healed_s if injection.duration_s is None else injection.at_s + injection.duration_s


def planned_words(planned: PlannedOperation) -> str:
    """What people do, in one line.

    >>> planned_words(PlannedOperation(60.0, "bill", "erp", (3,), params={"date": "2026-07-01"}))
    'people in the ERP carry out "bill" (deal 3, date 2026-07-01)'
    """
    return people_words("carry out", planned.operation, planned.target, planned_about(planned))


def planned_about(planned: PlannedOperation) -> list[str]:
    """What it is done to and with, each in words."""
    deals = [f"deal {number}" for number in planned.deals] or ([planned.key] if planned.key else [])
    return [*deals, *given(planned.params)]


def given(params: Mapping[str, Any]) -> list[str]:
    """The parameters of an operation, each in words."""
    return [f"{name.replace('_', ' ')} {value}" for name, value in params.items()]


def people_words(do: str, operation: str, role: str, about: Sequence[str] = ()) -> str:
    """What people do with what, in the words for planned and for recorded operations alike."""
    more = f" ({', '.join(about)})" if about else ""
    return f'people in the {role_name(role)} {do} "{operation.replace("_", " ")}"{more}'
