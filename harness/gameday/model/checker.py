"""A checker: a pure function from a case (history, ledgers, scenario, contract) to a verdict."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED
from gameday.base.registry import Registry
from gameday.model.contract import Contract
from gameday.model.history import History
from gameday.model.scenario import Scenario
from gameday_fakes.ledger import Ledger


class Result(enum.IntEnum):
    """Whether something held. Of several results the worst counts."""

    PASSED = 0
    INCONCLUSIVE = 1
    FAILED = 2

    @property
    def word(self) -> str:
        """The word shown to people."""
        return self.name.lower()

    @property
    def exit_code(self) -> int:
        """The exit code of a command with this result."""
        return {Result.PASSED: EXIT_PASSED, Result.INCONCLUSIVE: EXIT_INCONCLUSIVE, Result.FAILED: EXIT_FAILED}[self]


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


class Case(msgspec.Struct, frozen=True):
    """Everything that a checker may look at. ``control`` is the history of the fault-free control run."""

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

    @property
    def margin_s(self) -> float:
        """By how much a time limit may be missed (scenario seconds)."""
        return margin_s(self.contract, self.pace)


def margin_s(contract: Contract, pace: float) -> float:
    """By how much a time limit of a contract may be missed at a pace (scenario seconds)."""
    return max(float(contract.margin) * contract.sla.latency_s, CLOCK_RESOLUTION_REAL_S * pace)


Checker = Callable[..., Verdict]
"""``checker(case, **params) -> Verdict``; the parameters are those of the expectation."""

checkers: Registry[Checker] = Registry("expectation", package="gameday.checkers", group="gameday.checkers")


def worst(verdicts: Iterable[Verdict]) -> Result:
    """The worst result; INCONCLUSIVE without any verdict."""
    return max((v.result for v in verdicts), default=Result.INCONCLUSIVE)


def check(name: str, case: Case, params: dict[str, Any], *, text: str = "") -> Verdict:
    """Run one registered checker; if it crashes, the verdict is INCONCLUSIVE and says so."""
    checker = checkers[name]
    try:
        verdict = checker(case, **params)
    except Exception as problem:  # noqa: BLE001 - whatever the checker raises, the other verdicts still count
        return Verdict(text or name, Result.INCONCLUSIVE, f"the checker crashed: {type(problem).__name__}: {problem}")
    return msgspec.structs.replace(verdict, name=text) if text else verdict
