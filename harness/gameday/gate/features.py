"""The last stage: runs the features that are tagged for the gate, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.base.violation import Level, Violation
from gameday.config.features import bundled_features, portable
from gameday.config.stack_address import one_at_a_time
from gameday.gate.contracts import SchemaChange
from gameday.gate.request import Request
from gameday.gate.schema import candidate_faults
from gameday.model.checker import Result
from gameday.model.gate_verdict import Stage, State
from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.session import run_session

#: Runs the scenarios that the settings ask for, of these features.
CarryOut = Callable[[Sequence[Path], Settings], list[Outcome]]

GATE_TAG = "gate"
#: As fast as every game day: the limits for host load were measured at this pace.
GAME_DAY_PACE = 60.0
#: A scenario that needs what the stack's table declares absent: it neither passes nor blocks.
NOT_APPLICABLE = Result.NOT_APPLICABLE.word
_BAD: dict[str, Level] = {"failed": "error", "inconclusive": "warning", "not run": "warning", "aborted": "warning"}


def default_features() -> tuple[Path, ...]:
    """Where features are looked for by default."""
    return tuple(bundled_features())


def run_features(request: Request, changes: Sequence[SchemaChange] = (), *, elsewhere: CarryOut | None = None) -> Stage:
    """Run the tagged scenarios under the candidate contract; the stage's state is the worst of their results.

    They run on this machine, unless they are carried out ``elsewhere``.
    Those under another contract are left out and named; if that leaves none, the stage is skipped and says so.
    """
    if not request.features:
        return Stage("game day", "skipped", "there are no features to run")
    if request.others and not request.nodes:
        summary = f"none of {plural(len(request.others), 'scenario')} tagged @{GATE_TAG} is under {request.name!r}"
        return Stage("game day", "skipped", summary, (_left_out("game-day.none-fits", "warning", request),))
    settings = settings_of(request)
    faults = candidate_faults(request.contract(), changes)
    settings = msgspec.structs.replace(settings, schema_faults=faults, nodes=request.nodes)
    if elsewhere is None:
        workers = 1 if one_at_a_time(request.candidate) else request.workers
        outcomes = run_session(request.features, settings, workers=workers, again=True)
    else:
        outcomes = elsewhere(request.features, settings)
    words = [outcome.result for outcome in outcomes]
    applicable = {*words} - {NOT_APPLICABLE}
    state: State = "failed" if "failed" in words else "passed" if applicable == {"passed"} else "inconclusive"
    if not applicable:
        state = "skipped"
    counts = ", ".join(f"{words.count(word):,} {word}" for word in dict.fromkeys(sorted(words)))
    summary = f"{plural(len(words), 'scenario')}: {counts}"
    figures = {outcome.scenario: outcome.result for outcome in outcomes}
    violations = tuple(_violation(outcome, request) for outcome in outcomes if outcome.result in _BAD)
    if request.others:
        violations = (*violations, _left_out("game-day.other-contract", "note", request))
    return Stage("game day", state, summary, violations, {"scenarios": figures})


def plan_features(request: Request) -> list[Outcome]:
    """Plan every tagged scenario, so that mistakes are found before anything starts. Raises GamedayError."""
    if not request.features:
        return []
    for path in request.features:
        if path.is_file() and path.suffix != ".feature":
            raise GamedayError(f"{str(path)!r} is not a feature", hint="the file name must end in .feature")
    return plan_scenarios(request.features, settings_of(request))


def under_candidate(request: Request, planned: Sequence[Outcome]) -> Request:
    """The request, with the planned scenarios divided by whether they are under the candidate contract."""
    ours = [outcome for outcome in planned if _contract_of(outcome) == request.name]
    others = tuple(dict.fromkeys(each.scenario for each in planned if _contract_of(each) != request.name))
    nodes = tuple(outcome.node for outcome in ours) if others else ()
    return msgspec.structs.replace(request, nodes=nodes, others=others)


def _contract_of(outcome: Outcome) -> str:
    return outcome.planned.flow.contract if outcome.planned is not None else ""


def _left_out(rule: str, level: Level, request: Request) -> Violation:
    """A violation that names the scenarios under another contract."""
    text = f"not under the contract {request.name!r}, so not run: {', '.join(request.others)}"
    return Violation(rule, level, text)


def settings_of(request: Request) -> Settings:
    """The settings of the session: the candidate alone, isolated, and only tagged scenarios.

    Those of the library are for every flow between the same systems, so they are under the candidate contract.
    """
    return Settings(
        targets=(Target(request.candidate.name, request.seed),),
        pace=GAME_DAY_PACE,
        runs_dir=str((request.folder / "runs").resolve()),
        config=str(request.config.path or ""),
        stack_version=request.candidate.version,
        tag=GATE_TAG,
        contract=request.name,
        crm=request.crm,
        erp=request.erp,
        plugins=request.plugins,
        isolated=True,
        offline=request.offline,
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
