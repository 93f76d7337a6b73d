"""The pytest plugin: collects features, runs each scenario against each target, judges every Then."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError, Mistakes, RunAborted
from gameday.base.interruption import hang_up_is_interrupt, interrupt_with_parent
from gameday.base.registry import load_modules
from gameday.config.features import portable
from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import CheckedRun
from gameday.steps import bdd, hooks
from gameday.steps.draft import Draft
from gameday.steps.feasible import PlannedEnvironment, planned_environment
from gameday.steps.outcome import Outcome
from gameday.steps.scenario_run import NotPassed, ScenarioRun
from gameday.steps.vocabulary import *  # noqa: F403 - pytest-bdd finds steps by their place in the plugin

SETTINGS_OPTION = "--gameday-settings"
RESULT_PROPERTY = "gameday"
#: The entry points of modules with steps.
STEPS_GROUP = "gameday.steps"
#: Where a scenario's function keeps its tags.
_TAGS = "gameday_tags"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option: a file of settings."""
    parser.addoption(SETTINGS_OPTION, default="", help="a JSON file of gameday.model.settings.Settings")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hooks of gameday.steps.hooks."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings and load the plug-ins' steps, in the main process and in each worker."""
    path = config.getoption(SETTINGS_OPTION)
    settings = msgspec.json.decode(Path(path).read_bytes(), type=Settings) if path else Settings()
    config.stash[_SETTINGS] = settings
    if bdd.is_worker(config):
        # A worker ends with the command that started it, and as it does; it heals its faults first.
        hang_up_is_interrupt()
        interrupt_with_parent(os.getppid())
        # Of a killed command: there is nobody left to hear that the worker ends.
        warnings.filterwarnings("ignore", "A plugin raised an exception during an old-style hookwrapper teardown")
    for name in (*load_modules(STEPS_GROUP), *settings.plugins):
        config.pluginmanager.import_plugin(name)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> bdd.FeatureFile | None:
    """Every feature file is a module of tests."""
    return bdd.FeatureFile.from_parent(parent, path=file_path) if file_path.suffix == ".feature" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario once for each stack and seed."""
    if bdd.EXAMPLE_FIXTURE not in metafunc.fixturenames:
        return
    settings = metafunc.config.stash[_SETTINGS]
    metafunc.fixturenames.append("gameday_target")
    targets = [pytest.param(target, id=f"{target.stack}-{target.seed}") for target in settings.targets]
    metafunc.parametrize("gameday_target", targets)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the settings do not ask for."""
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


@pytest.fixture
def draft(request: pytest.FixtureRequest) -> Draft:
    """The scenario, which Given and When fill in."""
    scenario_run: ScenarioRun = request.node.stash[_SCENARIO_RUN]
    return scenario_run.draft


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> ScenarioRun:
    """Declares an expectation, and judges it after the run: ``judge("checker's name", parameter=value)``."""
    scenario_run: ScenarioRun = request.node.stash[_SCENARIO_RUN]
    return scenario_run


@pytest.fixture
def gameday_target() -> Target:
    """The stack and the seed; parametrised."""
    raise NotImplementedError


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: bdd.Feature, scenario: bdd.Scenario) -> None:
    """Declare the whole scenario before the first step."""
    settings = request.config.stash[_SETTINGS]
    target: Target = request.getfixturevalue("gameday_target")
    example = request.getfixturevalue(bdd.EXAMPLE_FIXTURE)
    place = portable(Path(feature.filename))
    known = request.config.stash.setdefault(_ENVIRONMENTS, {})
    environment = known.get(target.stack) or known.setdefault(target.stack, planned_environment(settings, target.stack))
    draft = Draft(
        scenario.name + (f" [{', '.join(map(str, example.values()))}]" if example else ""),
        feature=place,
        description=(scenario.description or "").strip() or (feature.description or "").strip(),
        tags=sorted(scenario.tags | feature.tags),
        seed=target.seed,
        asked=environment.asked(settings, place),
    )

    def on_judged(checked: CheckedRun) -> None:
        request.config.hook.pytest_gameday_run_judged(checked=checked)

    scenario_run = ScenarioRun(draft, target, settings, environment, on_judged)
    request.node.stash[_SCENARIO_RUN] = scenario_run
    scenario_run.declare(request, scenario.steps, place, scenario.line_number)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After the last step, judge the whole."""
    result = yield
    scenario_run = pyfuncitem.stash.get(_SCENARIO_RUN, None)
    if scenario_run is not None:
        scenario_run.finish()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the outcome to the report, so that it travels from a worker to the main process."""
    report = yield
    scenario_run = item.stash.get(_SCENARIO_RUN, None)
    if call.when == "call" and isinstance(item.parent, bdd.FeatureFile):
        outcome = _outcome(item, scenario_run, call.excinfo.value if call.excinfo else None)
        report.user_properties.append((RESULT_PROPERTY, msgspec.json.encode(outcome, enc_hook=str).decode()))
    return report


def _outcome(item: pytest.Item, scenario_run: ScenarioRun | None, problem: BaseException | None) -> Outcome:
    target = item.callspec.params["gameday_target"]  # type: ignore[attr-defined]
    scenario = scenario_run.scenario if scenario_run else None
    title = str(getattr(item, "function", item).__doc__ or item.name)
    common: dict[str, Any] = {
        "scenario": scenario.name if scenario else title.partition(": ")[2] or title,
        "feature": str(item.path),
        "stack": target.stack,
        "seed": target.seed,
        "node": item.nodeid,
        "planned": scenario,
        "lines": scenario_run.draft.lines if scenario_run else {},
        "not_applicable": scenario_run.not_applicable if scenario_run else "",
        "pace": item.config.stash[_SETTINGS].pace,
    }
    if problem is not None and not isinstance(problem, NotPassed):
        text = str(problem) if isinstance(problem, GamedayError) else f"{type(problem).__name__}: {problem}"
        code = problem.exit_code if isinstance(problem, GamedayError) else 3
        mistakes = problem.lines if isinstance(problem, Mistakes) else ()
        word = "aborted" if isinstance(problem, RunAborted) else "not run"
        return Outcome(**common, result=word, problem=text, exit_code=code, mistakes=mistakes)
    if scenario_run and scenario_run.settings.mode == "plan":
        return Outcome(**common, result="planned")
    result = scenario_run.result if scenario_run else Result.INCONCLUSIVE
    return Outcome(
        **common,
        result=result.word,
        run_dir=scenario_run.run_dir if scenario_run else "",
        exit_code=result.exit_code,
        verdicts=scenario_run.verdicts if scenario_run else (),
    )


_SETTINGS = pytest.StashKey[Settings]()
_ENVIRONMENTS = pytest.StashKey[dict[str, PlannedEnvironment]]()
_SCENARIO_RUN = pytest.StashKey[ScenarioRun]()
