"""The last stage: the game-day features that are tagged for the gate, in parallel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.violation import Level, Violation
from gameday.config.features import library, portable
from gameday.gate.request import Request
from gameday.model.gate_verdict import Stage, State
from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.session import run_session

GATE_TAG = "gate"
#: As fast as on any game day: the starved and the sound are told apart by figures that were measured at it.
GAME_DAY_PACE = 60.0
_BAD: dict[str, Level] = {"failed": "error", "inconclusive": "warning", "not run": "warning"}


def default_features() -> tuple[Path, ...]:
    """Where features are looked for unless something else is said."""
    return (library(),)


def run_features(request: Request) -> Stage:
    """Run every tagged scenario against the candidate; one invalid makes the stage so, one unknown unknown."""
    if not request.features:
        return Stage("game day", "skipped", "no features asked for")
    outcomes = run_session(request.features, settings_of(request), workers=request.workers, again=True)
    words = [outcome.result for outcome in outcomes]
    state: State = "failed" if "failed" in words else "passed" if set(words) == {"passed"} else "inconclusive"
    told = ", ".join(f"{words.count(word):,} {word}" for word in dict.fromkeys(sorted(words)))
    summary = f"{len(words):,} scenarios: {told}"
    figures = {outcome.scenario: outcome.result for outcome in outcomes}
    violations = tuple(_violation(outcome, request) for outcome in outcomes if outcome.result != "passed")
    return Stage("game day", state, summary, violations, {"scenarios": figures})


def plan_features(request: Request) -> list[Outcome]:
    """Plan every tagged scenario, so that a mistake in one is found before anything starts. Raises GamedayError."""
    if not request.features:
        return []
    for path in request.features:
        if path.is_file() and path.suffix != ".feature":
            raise GamedayError(f"{str(path)!r} is no feature", hint="features end in .feature")
    return plan_scenarios(request.features, settings_of(request))


def settings_of(request: Request) -> Settings:
    """What the session is told: the candidate alone, nothing that leads elsewhere, only what is tagged."""
    return Settings(
        targets=(Target(request.candidate.name, request.seed),),
        pace=GAME_DAY_PACE,
        runs_dir=str((request.folder / "runs").resolve()),
        config=str(request.config.path or ""),
        stack_version=request.candidate.version,
        tag=GATE_TAG,
        plugins=request.plugins,
        isolated=True,
    )


def _violation(outcome: Outcome, request: Request) -> Violation:
    verdicts = [verdict for verdict in outcome.verdicts if verdict.result.word == outcome.result]
    orders = tuple(dict.fromkeys(order for verdict in verdicts for order in verdict.orders))
    level = _BAD[outcome.result]
    rule = f"game-day.{outcome.result.replace(' ', '-')}"
    owner = request.candidate_contract.contract.owner
    text = f"{outcome.scenario}: {outcome.why}"
    return Violation(rule, level, text, portable(Path(outcome.feature)), 1, orders, (owner,))


def digests_of(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """The hash of each planned scenario, by name."""
    return {outcome.scenario: outcome.planned.digest() for outcome in outcomes if outcome.planned is not None}
