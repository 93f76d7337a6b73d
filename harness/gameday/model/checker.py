"""A checker: a pure function from a case (history, ledgers, scenario, contract) to a verdict."""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, GamedayError
from gameday.base.registry import Registry
from gameday.model.contract import Contract
from gameday.model.history import History
from gameday.model.rates import Rates
from gameday.model.scenario import Scenario
from gameday_fakes.ledger import Ledger


class Result(enum.IntEnum):
    """Whether something held. Of several results the worst counts.

    What needs something that the stack or the contract declares absent is NOT_APPLICABLE: it was not checked, and
    counts neither as passed nor as inconclusive.
    """

    NOT_APPLICABLE = -1
    PASSED = 0
    INCONCLUSIVE = 1
    FAILED = 2

    @property
    def word(self) -> str:
        """The word shown to people."""
        return self.name.lower().replace("_", " ")

    @classmethod
    def of(cls, word: str) -> Result:
        """The result with this word. Raises KeyError."""
        return cls[word.upper().replace(" ", "_")]

    @property
    def exit_code(self) -> int:
        """The exit code of a command with this result."""
        return {Result.INCONCLUSIVE: EXIT_INCONCLUSIVE, Result.FAILED: EXIT_FAILED}.get(self, EXIT_PASSED)


class Verdict(msgspec.Struct, frozen=True):
    """What a checker found. If it FAILED, ``orders`` are the ids of the deals concerned.

    ``summary`` is one sentence with the figures; ``evidence`` is the proof, for the report: rows of plain values, and
    indexes of operations in the history under ``operations``.
    """

    name: str
    result: Result
    summary: str
    orders: tuple[str, ...] = ()
    evidence: dict[str, Any] = {}


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that the stack has parked, as its dead-letter hook lists it."""

    order: str
    reason: str = ""
    payload: Any = None
    id: str = ""


class ControlLedgers(msgspec.Struct, frozen=True):
    """What the two systems held at the end of the fault-free control."""

    crm: Ledger
    erp: Ledger


#: How exactly a moment is known: two processes and an event loop take turns (real seconds).
CLOCK_RESOLUTION_REAL_S = 0.05
#: Times in a history are rounded to milliseconds.
ROUNDING_S = 0.001


class Case(msgspec.Struct, frozen=True):
    """Everything that a checker may look at.

    ``control`` is the history of the fault-free control run, ``rates`` turn money into the reporting currency.
    ``accelerated``: the stack lived on a clock as fast as the run, so its time-outs were that much shorter.
    ``by_letter``: ids are the same only letter by letter, as in exports, which have them in one form each.
    ``until_s``: the run did not come to its end, and the ledgers are those of this scenario second.
    """

    scenario: Scenario
    contract: Contract
    history: History
    crm: Ledger
    erp: Ledger
    match: str = ""
    dead_letters: tuple[DeadLetter, ...] = ()
    control: History | None = None
    control_ledgers: ControlLedgers | None = None
    pace: float = 1.0
    rates: Rates = Rates()
    accelerated: bool = False
    until_s: float | None = None
    by_letter: bool = False

    @property
    def margin_s(self) -> float:
        """By how much a time limit may be missed (scenario seconds)."""
        return margin_s(self.contract, self.pace)

    @property
    def absent(self) -> tuple[str, ...]:
        """The capabilities (``gameday.model.capability``) that this flow does without."""
        return () if self.contract.invoiced else ("invoices",)


def margin_s(contract: Contract, pace: float) -> float:
    """By how much a time limit of a contract may be missed at a pace (scenario seconds).

    What comes at its very end is in time: sums of times in binary are off by less than the last digit of a history.
    """
    return max(float(contract.margin) * contract.sla.latency_s, CLOCK_RESOLUTION_REAL_S * pace) + ROUNDING_S


Checker = Callable[..., Verdict]
"""``checker(case, **params) -> Verdict``; the parameters are those of the expectation."""

checkers: Registry[Checker] = Registry("expectation", package="gameday.checkers", group="gameday.checkers")


C = TypeVar("C", bound=Checker)
#: Where a checker keeps what it needs.
_NEEDS = "gameday_needs"


def needs(*capabilities: str) -> Callable[[C], C]:
    """Declare what a stack must be able to do for the decorated checker to be applicable."""

    def declare(checker: C) -> C:
        setattr(checker, _NEEDS, capabilities)
        return checker

    return declare


def needs_of(name: str) -> tuple[str, ...]:
    """The capabilities that a registered checker needs."""
    return tuple(getattr(checkers[name], _NEEDS, ()))


@functools.lru_cache(1024)
def _declared(checker: Callable[..., Any]) -> tuple[dict[str, Any], list[tuple[str, inspect.Parameter]]]:
    """What a checker's parameters have to be, and each that comes after the case."""
    return get_type_hints(checker), list(inspect.signature(checker).parameters.items())[1:]


def check_params(name: str, params: dict[str, Any]) -> None:
    """Raise GamedayError for parameters that a registered checker could not use: missing, of another type, negative."""
    checker = checkers[name]
    hints, parameters = _declared(checker)
    for key, parameter in parameters:
        what = f"{key.replace('_', ' ')!r} of the expectation {name!r}"
        if key not in params:
            if parameter.default is inspect.Parameter.empty:
                raise GamedayError(f"{what} is missing")
            continue
        numbers = tuple(each for each in get_args(hints.get(key)) or (hints.get(key),) if each in (int, float))
        kind: Any = (float if float in numbers else int) if numbers else hints.get(key, Any)
        value = params[key]
        try:
            converted = msgspec.convert(value, kind, strict=False)
        except (msgspec.ValidationError, ValueError):
            expected = "a whole number" if numbers == (int,) else "a number" if numbers else "one of its values"
            raise GamedayError(f"bad value {value!r} for {what}: not {expected}") from None
        if numbers and not 0 <= converted < float("inf"):
            raise GamedayError(f"bad value {value!r} for {what}: it must be at least 0")


def worst(verdicts: Iterable[Verdict]) -> Result:
    """The worst result; INCONCLUSIVE without any verdict."""
    return max((v.result for v in verdicts), default=Result.INCONCLUSIVE)


def check(name: str, case: Case, params: dict[str, Any], *, text: str = "") -> Verdict:
    """Run one registered checker; if it crashes, the verdict is INCONCLUSIVE and says so.

    If it needs what the flow does without, it is not run, and NOT_APPLICABLE.
    """
    checker = checkers[name]
    if lacking := [each for each in needs_of(name) if each in case.absent]:
        summary = f"not applicable: the flow has no {' and no '.join(lacking)}"
        return Verdict(text or name, Result.NOT_APPLICABLE, summary)
    try:
        verdict = checker(case, **params)
    except Exception as problem:  # noqa: BLE001 - whatever the checker raises, the other verdicts still count
        return Verdict(text or name, Result.INCONCLUSIVE, f"the checker crashed: {type(problem).__name__}: {problem}")
    return msgspec.structs.replace(verdict, name=text) if text else verdict
