"""One exploration: what can be drawn for a stack, how its schedules are run, and what becomes of what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.processors import processors, scenarios_at_a_time
from gameday.config.gameday_toml import config_of
from gameday.config.organisation import kinds_of
from gameday.contracts.odcs import load_contract
from gameday.explore.corpus import Corpus
from gameday.explore.days import choices_of
from gameday.explore.finding import Finding
from gameday.explore.live import Live
from gameday.explore.own_fields import own_fields
from gameday.explore.rounds import Rounds
from gameday.explore.schedule import Schedule
from gameday.explore.search import Search
from gameday.explore.simulated import Simulated, can_simulate
from gameday.explore.story import read_story
from gameday.explore.tried import Tried
from gameday.model.scenario import Flow
from gameday.model.settings import Settings, Target
from gameday.simulation.observation import SOMETIMES, took_effect
from gameday.simulation.stack import cannot_simulate
from gameday.steps.candidates import (
    Candidate,
    candidates,
    searched,
    weighted,
)
from gameday.steps.feasible import PlannedEnvironment, planned_environment
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.session import LocalWorkers, run_session
from gameday.steps.workers import Workers
from gameday_fakes.catalogue import Catalogue

Mode = Literal["simulated", "live"]


class Options(msgspec.Struct, frozen=True):
    """What to explore: ``for_s`` is in real seconds, ``faults`` are layers or names of faults (none: all of them).

    ``story`` is a file to start from. ``most_runs`` ends the search earlier, ``most_findings`` too. Each finding is
    replayed live ``replays`` times.
    """

    stack: str
    flow: Flow
    seed: int
    for_s: float
    mode: Mode
    faults: tuple[str, ...] = ()
    most_runs: int | None = None
    most_findings: int | None = None
    workers: int | None = None
    replays: int = 1
    story: Path | None = None


class Explored(msgspec.Struct):
    """What came of it. ``replays`` are the results of the live replays of each finding, by its feature's name."""

    tried: Tried
    candidates: list[Candidate]
    found: list[tuple[Path, Finding]] = []
    known: int = 0
    replays: dict[str, list[str]] = {}

    @property
    def never(self) -> list[str]:
        """What a search should reach sometimes and this one never has."""
        wanted = [*SOMETIMES, *dict.fromkeys(took_effect(each.fault, each.target) for each in self.candidates)]
        return [thing for thing in wanted if thing not in self.tried.reached]


def default_mode(stack: str, settings: Settings) -> Mode:
    """Simulated where the stack's table says how, else live. Raises GamedayError for an unknown stack."""
    config = config_of(settings)
    return "simulated" if config.stack(stack).in_process else "live"


def explore(
    options: Options,
    settings: Settings,
    corpus: Corpus,
    on_batch: Callable[[Tried, int], None] = lambda *_: None,
    place: Workers | None = None,
) -> Explored:
    """Search, write what is found into the corpus, and replay it live. Raises GamedayError.

    ``place`` carries out live runs; None: so many processes of this machine as the options say.
    """
    table = config_of(settings).stack(options.stack)
    if options.mode == "simulated" and not table.in_process:
        raise cannot_simulate(table)
    environment = planned_environment(settings, options.stack)
    catalogues = catalogues_of(options.flow, environment)
    for problem in environment.flow_mistakes(options.flow):
        raise problem
    if "crm" not in catalogues:
        raise unknown("CRM", options.flow.crm, kinds_of(environment.organisation))
    known = _candidates(options, environment, catalogues)
    starts: list[Schedule] = []
    if options.story is not None:
        starts = read_story(options.story, options.flow, environment, settings, options.stack)
        _check_mode(starts, options.mode)
    earlier = corpus.known()
    runs: Simulated | Live
    if options.mode == "simulated":
        runs = Simulated(options.stack, settings, options.workers or max(1, round(processors())))
    else:
        runs = Live(options.stack, settings, place or LocalWorkers(options.workers or scenarios_at_a_time()))
    result = Explored(Tried(), known, known=len(earlier))

    def on_finding(finding: Finding) -> None:
        result.found.append((corpus.add(finding), finding))

    contract = load_contract(options.flow.contract, environment.contract_folders)
    fields = own_fields(contract, kinds_of(environment.organisation)[options.flow.crm])
    choices = choices_of(options.flow, catalogues, fields, table.absent)
    rounds = Rounds(choices, known, catalogues, one_seed=runs.one_seed)
    search = Search(
        runs, rounds, seed=options.seed, known=earlier, starts=starts,
        on_finding=on_finding, on_batch=lambda tried: on_batch(tried, len(result.found)),
    )  # fmt: skip
    result.tried = search.tried
    try:
        search.run(for_s=options.for_s, most=options.most_runs, most_findings=options.most_findings)
    finally:
        runs.close()
    for path, finding in result.found:
        result.replays[path.name] = [
            _replayed(path, finding, options, settings, corpus) for _ in range(options.replays)
        ]
    return result


def _candidates(
    options: Options, environment: PlannedEnvironment, catalogues: Mapping[str, Catalogue]
) -> list[Candidate]:
    """The faults to draw from. Raises GamedayError if none of those that the options name can be played."""
    objects = contract_objects(options.flow, environment)
    known = searched(candidates(options.flow, environment, catalogues, objects=objects, layers=options.faults))
    named = contract_fields(options.flow, environment)
    known = [weighted(each, named) for each in known if options.mode == "live" or can_simulate(each)]
    if options.faults and not known:
        raise GamedayError(
            f"no fault of {', '.join(options.faults)} is possible for stack {options.stack!r} {options.mode}",
            hint="gameday list faults",
        )
    return known


def _check_mode(starts: Iterable[Schedule], mode: Mode) -> None:
    """Raise GamedayError for a fault of a story that a simulation cannot show."""
    for plan in (plan for schedule in starts for plan in schedule.faults):
        values: dict[str, tuple[str, ...]] = {name: (value,) for name, value in plan.params.items()}
        if mode == "simulated" and not can_simulate(Candidate(plan.fault, plan.target, "", values)):
            raise GamedayError(f"{plan.fault!r} cannot be simulated", hint="write --mode live")


def catalogues_of(flow: Flow, environment: PlannedEnvironment) -> dict[str, Catalogue]:
    """The catalogue of the fake that plays each role; none of a role whose fake is not known."""
    kinds = kinds_of(environment.organisation)
    stack = environment.stack
    names = {"crm": flow.crm, "erp": flow.erp}
    if stack is not None:
        names |= {"pager": stack.alerts, "tickets": stack.tickets}
    return {role: kinds[name].catalogue() for role, name in names.items() if name in kinds}


def contract_fields(flow: Flow, environment: PlannedEnvironment) -> frozenset[str]:
    """The fields that the contract of a flow is about, by their names at the systems. Raises GamedayError."""
    contract = load_contract(flow.contract, environment.contract_folders)
    return frozenset(field.physical_name for field in (*contract.crm_fields, *contract.erp_fields))


def contract_objects(flow: Flow, environment: PlannedEnvironment) -> frozenset[str]:
    """The types of records that the contract of a flow is about. Raises GamedayError."""
    return frozenset(name.partition(".")[0] for name in contract_fields(flow, environment))


def _replayed(path: Path, finding: Finding, options: Options, settings: Settings, corpus: Corpus) -> str:
    """The result of a finding's feature as `gameday run` gives it; its postmortem goes into the corpus."""
    settings = msgspec.structs.replace(settings, targets=(Target(options.stack, finding.schedule.seed),))
    try:
        plan_scenarios([path], settings)
        outcome: Outcome = run_session([path], settings, again=True)[-1]
    except GamedayError as problem:
        return f"not run: {problem}"
    if outcome.run_dir:
        corpus.add_postmortem(path, Path(outcome.run_dir))
    return outcome.result
