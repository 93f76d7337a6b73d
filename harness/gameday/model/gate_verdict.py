"""What the gate found: its stages in their order, each with its violations, and what went in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED
from gameday.base.violation import Violation

State = Literal["passed", "failed", "inconclusive", "skipped", "not run"]
"""The state of a stage. ``skipped``: it was not asked for; ``not run``: an earlier one failed."""

STAGES = ("contract diff", "records", "replay", "ledgers", "smoke deal", "game day")
"""The stages, in their order. The gate stops at the first that failed or is inconclusive."""


class Stage(msgspec.Struct, frozen=True):
    """One stage: ``summary`` is one sentence with the figures; ``figures`` are plain values for machines.

    ``took_s`` is in real seconds; it is no part of the verdict.
    """

    name: str
    state: State
    summary: str
    violations: tuple[Violation, ...] = ()
    figures: dict[str, Any] = {}
    took_s: float = 0.0

    @property
    def stops(self) -> bool:
        """Whether the gate ends with it."""
        return self.state in ("failed", "inconclusive")


class Inputs(msgspec.Struct, frozen=True):
    """What went in, by hash, so that two verdicts can be compared and a third one reproduced.

    ``contracts``: version and digest of ``candidate`` and ``base``. ``records``: name, sha256, seen and sampled.
    ``stacks``: name, version and digest of the table of ``candidate`` and ``current``, without any value of its
    environment. ``ignore``: sha256 of the ignore list. ``features``: sha256 by name.
    """

    flow: str
    seed: int
    sample: int
    today: str
    contracts: dict[str, dict[str, str]] = {}
    records: dict[str, Any] = {}
    stacks: dict[str, dict[str, str]] = {}
    ignore: str = ""
    features: dict[str, str] = {}


class GateVerdict(msgspec.Struct, frozen=True):
    """The whole gate: its ``result``, and ``replay``, the command that runs it again.

    ``network`` says what kept the stacks from other machines: gameday.gate.network. ``tried`` are the hosts that are no
    fakes and that they tried to reach there, as far as that was seen.
    """

    inputs: Inputs
    result: Literal["passed", "failed", "inconclusive"]
    stages: tuple[Stage, ...]
    started: str = ""
    replay: str = ""
    network: str = ""
    tried: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    took_s: float = 0.0

    @property
    def exit_code(self) -> int:
        """The exit code of the command: 0, 1 or 3, as for a run."""
        return {"passed": EXIT_PASSED, "failed": EXIT_FAILED, "inconclusive": EXIT_INCONCLUSIVE}[self.result]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The violations of all stages, in their order."""
        return tuple(violation for stage in self.stages for violation in stage.violations)

    @property
    def stopped_at(self) -> Stage | None:
        """The stage that failed, if one did."""
        return next((stage for stage in self.stages if stage.stops), None)


def state_of(violations: Iterable[Violation]) -> State:
    """Failed if any of them is an error; warnings and notes stop nothing."""
    return "failed" if any(violation.level == "error" for violation in violations) else "passed"


def result_of(stages: Iterable[Stage]) -> Literal["passed", "failed", "inconclusive"]:
    """The first stage that stops decides; without one the gate passes."""
    for stage in stages:
        if stage.state == "failed":
            return "failed"
        if stage.state == "inconclusive":
            return "inconclusive"
    return "passed"
