"""The pytest plugin: collects features, runs each scenario against each target, judges every Then."""

from __future__ import annotations

import inspect
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_bdd.compat import get_fixture_names
from pytest_bdd.parser import Feature as BddFeature
from pytest_bdd.parser import Scenario as BddScenario
from pytest_bdd.parser import Step as BddStep
from pytest_bdd.scenario import get_step_function, parse_step_arguments
from pytest_bdd.steps import StepNamePrefix

from gameday.analysis.host_load import HOST_LOAD
from gameday.base.durations import PATTERN as DURATION
from gameday.base.errors import GamedayError, unknown
from gameday.config.features import portable
from gameday.config.gameday_toml import load_config
from gameday.model.checker import Result, Verdict
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings, Target
from gameday.steps.collect import FeatureFile
from gameday.steps.draft import Draft
from gameday.steps.vocabulary import *  # noqa: F403 - pytest-bdd finds steps by their place in the plugin

SETTINGS_OPTION = "--gameday-settings"
RESULT_PROPERTY = "gameday"
#: Where a scenario's function keeps its tags.
_TAGS = "gameday_tags"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one scenario against one target; travels from a worker to whoever asked.

    ``validity`` is a word of ``Validity``, or ``not run``; ``problem`` says why it is not known. ``node`` is pytest's
    identifier of the test.
    """

    scenario: str
    feature: str
    stack: str
    seed: int
    result: str
    run_dir: str = ""
    problem: str = ""
    exit_code: int = 0
    verdicts: tuple[Verdict, ...] = ()
    planned: Scenario | None = None
    node: str = ""

    @property
    def overloaded(self) -> bool:
        """Whether nothing is known because the machine did not keep up."""
        return any(HOST_LOAD in verdict.evidence for verdict in self.verdicts)

    @property
    def why(self) -> str:
        """Why it is no better, in one line: the problem, or what the verdicts say that made it so."""
        if self.problem or self.result == Result.PASSED.word:
            return self.problem
        # Where the steady state did not hold, that is invalid and the whole unknown.
        verdicts = [verdict for verdict in self.verdicts if verdict.result.word == self.result]
        verdicts = verdicts or [verdict for verdict in self.verdicts if verdict.result is not Result.PASSED]
        return "; ".join(f"{verdict.name}: {verdict.summary}" for verdict in verdicts[:3])


class NotPassed(AssertionError):
    """An expectation that did not hold, or of which nothing is known."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option: a file of settings."""
    parser.addoption(SETTINGS_OPTION, default="", help="a JSON file of gameday.model.settings.Settings")


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings, in the main process and in each worker."""
    path = config.getoption(SETTINGS_OPTION)
    settings = msgspec.json.decode(Path(path).read_bytes(), type=Settings) if path else Settings()
    config.stash[_SETTINGS] = settings


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FeatureFile | None:
    """Every feature file is a module of tests."""
    return FeatureFile.from_parent(parent, path=file_path) if file_path.suffix == ".feature" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario once for each stack and seed."""
    if "_pytest_bdd_example" not in metafunc.fixturenames:
        return
    settings = metafunc.config.stash[_SETTINGS]
    metafunc.fixturenames.append("gameday_target")
    targets = [pytest.param(target, id=f"{target.stack}-{target.seed}") for target in settings.targets]
    metafunc.parametrize("gameday_target", targets)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    settings = config.stash[_SETTINGS]
    if settings.tag:
        items[:] = [item for item in items if settings.tag in _tags(item)]
    if settings.nodes:
        turn = {node: number for number, node in enumerate(settings.nodes)}
        items[:] = sorted((item for item in items if item.nodeid in turn), key=lambda item: turn[item.nodeid])


def _tags(item: pytest.Item) -> set[str]:
    tags: set[str] = getattr(getattr(item, "function", None), _TAGS, set())
    return tags


def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:
    """Tags belong to the scenario; they are not pytest's marks."""
    setattr(function, _TAGS, {*getattr(function, _TAGS, ()), tag})
    return True


class ScenarioRun:
    """The Thens of one scenario: first declared, all of them; then judged, one after the other."""

    def __init__(self, draft: Draft, target: Target, settings: Settings) -> None:
        self.draft = draft
        self.target = target
        self.settings = settings
        self.scenario: Scenario | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.result = Result.INCONCLUSIVE
        self.run_dir = ""
        self._text = ""
        self._declaring = True
        self._judged = 0

    def __call__(self, checker: str, **params: Any) -> None:
        """A Then: declares its expectation, or looks up what became of it."""
        if self._declaring:
            self.draft.expect(checker, params, self._text)
            return
        if self.settings.mode == "plan":
            return
        self._run_once()
        self._judged += 1

    def declare(self, request: pytest.FixtureRequest, steps: list[BddStep]) -> None:
        """Let every Then declare before the first step runs, so that the scenario is complete before it starts."""
        for step in steps:
            context = get_step_function(request, step)
            if context is None:
                raise _undefined(request, step)
            if step.type != "then":
                continue
            self._text = step.name
            arguments: dict[str, Any] = dict(parse_step_arguments(step=step, context=context))
            wanted = inspect.signature(context.step_func).parameters
            if "datatable" in wanted and step.datatable is not None:
                arguments["datatable"] = step.datatable.raw()
            for name in wanted:
                if name not in arguments and wanted[name].default is inspect.Parameter.empty:
                    arguments[name] = request.getfixturevalue(name)
            context.step_func(**{name: value for name, value in arguments.items() if name in wanted})
        self._declaring = False

    def finish(self) -> None:
        """All steps have run: fail if anything was not valid."""
        if self.settings.mode == "plan":
            self.scenario = self._complete()
            return
        self._run_once()
        bad = [v for v in self.verdicts if v.result is not Result.PASSED]
        if self.result is not Result.PASSED:
            raise NotPassed("\n".join(f"{v.result.word}: {v.name}: {v.summary}" for v in bad))

    def _complete(self) -> Scenario:
        scenario = self.draft.finish()
        if not self.settings.deals:
            return scenario
        columns = load_config(Path(self.settings.config) if self.settings.config else None).deal_columns
        params = {**scenario.workload.params, "file": self.settings.deals, "columns": columns}
        workload = msgspec.structs.replace(scenario.workload, name="deals file", params=params)
        return msgspec.structs.replace(scenario, workload=workload)

    def _run_once(self) -> None:
        if self.scenario is not None:
            return
        from gameday.run.runner import run_scenario

        self.scenario = self._complete()
        checked = run_scenario(self.scenario, self.target.stack, self.settings)
        self.verdicts = checked.verdicts
        self.result = checked.result
        self.run_dir = str(checked.run_dir)


def _undefined(request: pytest.FixtureRequest, step: BddStep) -> GamedayError:
    """The error for a step that nobody has defined, with the nearest that somebody has."""
    prefix = f"{StepNamePrefix.step_def.value}_{step.type}_"
    names = get_fixture_names(request._fixturemanager)
    known = [
        readable_step(name.removeprefix(prefix))
        for name in names
        if name.startswith(prefix) and name != f"{prefix}trace"
    ]
    error = unknown("step", step.name, known)
    return GamedayError(f"line {step.line_number}: {error.problem}", hint=error.hint)


def readable_step(pattern: str) -> str:
    """A step's pattern as people write it.

    >>> readable_step("(?P<count>[0-9]+) deals are closed(?: for (?P<time>[a-z]+))?")
    '<count> deals are closed [for <time>]'
    """
    named = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern.replace(DURATION, "d"))
    return re.sub(r"\(\?:( ?)([^()]*?)( ?)\)\?", r"\1[\2]\3", named)


@pytest.fixture
def draft(request: pytest.FixtureRequest) -> Draft:
    """The scenario in the making."""
    judgement: ScenarioRun = request.node.stash[_SCENARIO_RUN]
    return judgement.draft


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> ScenarioRun:
    """Declares an expectation, and judges it when its turn comes."""
    judgement: ScenarioRun = request.node.stash[_SCENARIO_RUN]
    return judgement


@pytest.fixture
def gameday_target() -> Target:
    """The stack and the seed; parametrised."""
    raise NotImplementedError


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: BddFeature, scenario: BddScenario) -> None:
    """Declare every Then before the first step."""
    settings = request.config.stash[_SETTINGS]
    target: Target = request.getfixturevalue("gameday_target")
    example = request.getfixturevalue("_pytest_bdd_example")
    name = scenario.name + (f" [{', '.join(map(str, example.values()))}]" if example else "")
    made = Draft(
        name,
        feature=portable(Path(feature.filename)),
        description=(scenario.description or "").strip() or (feature.description or "").strip(),
        tags=sorted(scenario.tags | feature.tags),
        seed=target.seed,
    )
    request.node.stash[_SCENARIO_RUN] = ScenarioRun(made, target, settings)
    request.node.stash[_SCENARIO_RUN].declare(request, scenario.steps)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After the last step, judge the whole."""
    result = yield
    judgement = pyfuncitem.stash.get(_SCENARIO_RUN, None)
    if judgement is not None:
        judgement.finish()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the outcome to the report, so that it travels from a worker to the main process."""
    report = yield
    judgement = item.stash.get(_SCENARIO_RUN, None)
    if call.when == "call" and isinstance(item.parent, FeatureFile):
        outcome = _outcome(item, judgement, call.excinfo.value if call.excinfo else None)
        report.user_properties.append((RESULT_PROPERTY, msgspec.json.encode(outcome, enc_hook=str).decode()))
    return report


def _outcome(item: pytest.Item, judgement: ScenarioRun | None, problem: BaseException | None) -> Outcome:
    target = item.callspec.params["gameday_target"]  # type: ignore[attr-defined]
    scenario = judgement.scenario if judgement else None
    told = str(getattr(item, "function", item).__doc__ or item.name)
    name = scenario.name if scenario else told.partition(": ")[2] or told
    common = {
        "scenario": name,
        "feature": str(item.path),
        "stack": target.stack,
        "seed": target.seed,
        "node": item.nodeid,
    }
    if problem is not None and not isinstance(problem, NotPassed):
        text = str(problem) if isinstance(problem, GamedayError) else f"{type(problem).__name__}: {problem}"
        code = problem.exit_code if isinstance(problem, GamedayError) else 3
        return Outcome(**common, result="not run", problem=text, exit_code=code, planned=scenario)
    verdicts = judgement.verdicts if judgement else ()
    if judgement and judgement.settings.mode == "plan":
        return Outcome(**common, result="planned", planned=scenario)
    result = judgement.result if judgement else Result.INCONCLUSIVE
    run_dir = judgement.run_dir if judgement else ""
    return Outcome(
        **common,
        result=result.word,
        run_dir=run_dir,
        exit_code=result.exit_code,
        verdicts=verdicts,
        planned=scenario,
    )


_SETTINGS = pytest.StashKey[Settings]()
_SCENARIO_RUN = pytest.StashKey[ScenarioRun]()
