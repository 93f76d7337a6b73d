"""An abort condition: what ends a run before its time, because it shows more harm than was agreed.

The harness evaluates it from what it observes itself: the history with the ERP's writes, and the signals. A kind of
condition is a frozen struct, registered by its name; its fields are what people set, in ``[safety]`` of gameday.toml or
in a step. A condition inside looks at the run (``measure``); one outside asks a file or an address (``look``), from the
process that started the run, for the run itself may be off all networks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.registry import Registry
from gameday.base.tables import read_table
from gameday.model.rates import Rates
from gameday.model.scenario import AbortSpec, Scenario
from gameday.model.signal import Signal

#: What is left of a condition outside before a run asks it.
NOT_ASKED = "it is asked when the run begins"


class Observed(msgspec.Struct, frozen=True):
    """What a run shows at a moment.

    ``time_s`` is the scenario second, ``real_s`` how long the run has lasted (real seconds), ``now`` the wall clock.
    ``affected`` deals so far; ``not_booked`` is what affected deals come to beyond what is booked of them, by currency;
    ``oldest_s`` how long the oldest deal has waited for its correct order (scenario seconds), ``oldest`` its id.
    ``raised`` are the alerts and tickets raised since the last time. ``rates`` lead to the reporting currency.
    ``confirmed_s`` is how long ago an operator last said something (real seconds), from the run's start on.
    """

    time_s: float
    real_s: float
    now: datetime.datetime
    affected: int = 0
    not_booked: Mapping[str, Decimal] = {}
    oldest_s: float = 0.0
    oldest: str = ""
    raised: tuple[Signal, ...] = ()
    rates: Rates = Rates()
    confirmed_s: float = 0.0


def at_start(now: datetime.datetime, rates: Rates) -> Observed:
    """What a run shows before anything has happened."""
    return Observed(0.0, 0.0, now, rates=rates)


class Measure(msgspec.Struct, frozen=True):
    """What a condition found: its ``value``, and what is ``left`` until it aborts the run, both in words.

    ``used`` is the share of the limit that is used up, from 0; ``fired``: the run has to end.
    """

    value: str
    left: str
    fired: bool = False
    used: float = 0.0


class AbortCondition(msgspec.Struct, frozen=True):
    """The base of all kinds. Raises GamedayError if its settings make no sense.

    ``outside``: it is asked from the process that started the run, every ``every_s`` real seconds, and an answer takes
    at most ``answer_s``.
    """

    name: ClassVar[str] = ""

    @property
    def limit(self) -> str:
        """When it aborts the run, in words that follow "aborts": "above 10 affected deals"."""
        raise NotImplementedError

    @property
    def outside(self) -> bool:
        """Whether it looks at something outside of the run."""
        return False

    @property
    def every_s(self) -> float:
        """How often it is asked, if it is outside (real seconds)."""
        return 1.0

    @property
    def answer_s(self) -> float:
        """How long an answer may take, if it is outside (real seconds)."""
        return 0.0

    def beside(self, folder: Path) -> AbortCondition:
        """The same with the paths of a settings file in this folder made absolute."""
        return self

    def check(self, rates: Rates) -> None:
        """Raise GamedayError if it cannot be evaluated with these rates."""

    def measure(self, seen: Observed) -> Measure:
        """Evaluate it, if it is inside."""
        raise NotImplementedError

    def look(self, memory: dict[str, Any]) -> Measure:
        """Evaluate it, if it is outside. ``memory`` is empty at first and the same each time."""
        raise NotImplementedError

    def refuse(self, begins: datetime.datetime, longest_s: float) -> str:
        """Why a run may not begin now that may last so long (real seconds), in one clause; empty if it may."""
        return ""


conditions: Registry[type[AbortCondition]] = Registry(
    "abort condition", package="gameday.aborts", group="gameday.aborts"
)


def register(name: str) -> Any:
    """Register the decorated subclass of AbortCondition under a name."""

    def enter(kind: type[AbortCondition]) -> type[AbortCondition]:
        kind.name = name
        return conditions.register(name)(kind)

    return enter


def read_condition(name: str, value: object, *, where: str, strict: bool = True) -> AbortCondition:
    """One condition from its settings: a table, or the value of the first of them.

    Unless ``strict``, numbers may be written as text. Raises GamedayError for an unknown key and for a bad value.
    """
    kind = conditions[name]
    if not isinstance(value, dict):
        value = {kind.__struct_fields__[0]: value}
    try:
        return read_table(kind, value, where=where, strict=strict)
    except GamedayError as problem:
        if where in problem.problem:
            raise
        # What its own checks find says nothing about the place.
        raise GamedayError(f"{problem.problem}, in {where}", hint=problem.hint) from None


def read_conditions(table: Mapping[str, object], where: str) -> Iterator[AbortCondition]:
    """The conditions of a settings table: by name, each one, or a list of several. Raises GamedayError."""
    for key, value in table.items():
        name = key.replace("_", " ")
        if name not in conditions:
            raise unknown("key", key[:80], (known.replace(" ", "_") for known in conditions), where=where)
        for each in value if isinstance(value, list) else [value]:
            yield read_condition(name, each, where=f"{key!r} of {where}")


def planned(conditions: Iterable[AbortCondition], rates: Rates, now: datetime.datetime) -> list[str]:
    """Each condition in a line, with what is left until it aborts a run that begins now."""
    lines = []
    for condition in conditions:
        left = NOT_ASKED if condition.outside else condition.measure(at_start(now, rates)).left
        lines.append(f"{condition.limit} (left: {left})")
    return lines


def conditions_of(scenario: Scenario) -> tuple[AbortCondition, ...]:
    """The abort conditions that a feature sets. Raises GamedayError."""
    if isinstance(scenario.aborts, msgspec.UnsetType):
        return ()
    return tuple(read_spec(spec) for spec in scenario.aborts)


def read_spec(spec: AbortSpec) -> AbortCondition:
    """The condition that a feature sets. Raises GamedayError."""
    where = f"the abort condition {spec.condition!r}"
    return read_condition(spec.condition, dict(spec.params), where=where, strict=False)
