"""Everything of pytest-bdd, gherkin and pytest-xdist that is not their public interface; only this module imports it.

An upgrade of one of them can break nothing outside of this file. tests/harness/steps/test_bdd.py names each private
thing and how it is used here, so an upgrade that changes one fails there first.
"""

from __future__ import annotations

import re
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gherkin.errors import CompositeParserException
from pytest_bdd import exceptions, scenario
from pytest_bdd.compat import get_fixture_names
from pytest_bdd.feature import features, get_feature
from pytest_bdd.gherkin_parser import get_gherkin_document
from pytest_bdd.parser import Feature, Scenario, Step
from pytest_bdd.scenario import get_python_name_generator, get_step_function, parse_step_arguments
from pytest_bdd.steps import StepNamePrefix

from gameday.base.durations import PATTERN as DURATION
from gameday.base.errors import GamedayError, unknown
from gameday.config.features import portable

__all__ = ["EXAMPLE_FIXTURE", "Feature", "FeatureFile", "Scenario", "Step"]

#: The fixture that every scenario's test asks for: the row of the outline's examples.
EXAMPLE_FIXTURE = "_pytest_bdd_example"
#: Editors on Windows begin a file with a byte-order mark.
ENCODING = "utf-8-sig"


class FeatureFile(pytest.Module):
    """A feature file as a module of tests, one for each scenario."""

    def _getobj(self) -> types.ModuleType:
        return module_of(self.path)


def forget_features() -> None:
    """Have features parsed again: pytest-bdd keeps them as long as the process lives."""
    features.clear()


def module_of(path: Path) -> types.ModuleType:
    """A module with a test for each scenario of a feature file. Raises GamedayError with file and line."""
    module = types.ModuleType(f"feature_{abs(hash(str(path)))}")
    module.__file__ = str(path)
    feature = _parse(path)
    if not feature.scenarios:
        raise GamedayError(f"{portable(path)} has no scenario")
    for name in feature.scenarios:
        test = scenario(path.name, name, encoding=ENCODING, features_base_dir=str(path.parent))(_body)
        for test_name in get_python_name_generator(name):
            if not hasattr(module, test_name):
                setattr(module, test_name, test)
                break
    return module


def scenario_names(folder: Path) -> list[str]:
    """The name of every scenario of a folder, each once, without planning them; an outline counts as one."""
    features = (_parse(path) for path in sorted(folder.rglob("*.feature")))
    return list(dict.fromkeys(scenario.name for feature in features for scenario in feature.scenarios.values()))


def _body() -> None:
    """Nothing to do after the steps."""


def _parse(path: Path) -> Any:
    shown = portable(path)
    _refuse_empty(path, shown)
    try:
        document = get_gherkin_document(str(path), ENCODING)
        scenarios = [child.scenario for child in _children(document) if child.scenario]
        feature = get_feature(str(path.parent), path.name, ENCODING)
    except exceptions.GherkinParseError as problem:
        raise GamedayError(f"{shown}:{problem.line}: {problem.message}: {problem.line_content.strip()!r}") from None
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{shown} is not UTF-8 text: {problem.reason} at byte {problem.start}") from None
    except (OSError, CompositeParserException, exceptions.ScenarioValidationError) as problem:
        raise GamedayError(f"{shown}: {problem}") from None
    except Exception as problem:  # noqa: BLE001 - see below
        # The parser fails in many ways on a file that is not a feature; to its author they all mean the same.
        raise GamedayError(f"{shown} is not a feature: {type(problem).__name__}: {str(problem)[:200]}") from None
    # pytest-bdd would keep only the last of two scenarios with the same name.
    for name, count in Counter(each.name for each in scenarios).items():
        if count > 1:
            line = [each.location.line for each in scenarios if each.name == name][1]
            raise GamedayError(f"{shown}:{line}: {count} scenarios are named {name!r}", hint="give each its own name")
    return feature


def _refuse_empty(path: Path, shown: str) -> None:
    """Raise GamedayError for a file of nothing but blank lines and comments; the parser reads others."""
    try:
        lines = path.read_text(ENCODING).splitlines()
    except (OSError, UnicodeDecodeError):
        return
    if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
        raise GamedayError(f"{shown}:1: the file is empty", hint="begin with: Feature: ...")


def _children(document: Any) -> list[Any]:
    found = []
    for child in document.feature.children:
        found.append(child)
        found.extend(child.rule.children if getattr(child, "rule", None) else [])
    return found


def step_function(request: pytest.FixtureRequest, step: Step) -> tuple[Any, dict[str, Any]]:
    """The function that defines a step, and the arguments that the step's text and table give it.

    Raises GamedayError with the nearest known steps if no function defines it.
    """
    context = get_step_function(request, step)
    if context is None:
        raise unknown("step", step.name, known_steps(request, step.type))
    arguments: dict[str, Any] = dict(parse_step_arguments(step=step, context=context))
    if step.datatable is not None:
        arguments["datatable"] = step.datatable.raw()
    if step.docstring is not None:
        arguments["docstring"] = step.docstring
    return context.step_func, arguments


def known_steps(request: pytest.FixtureRequest, kind: str) -> list[str]:
    """The steps of a kind (``given``, ``when``, ``then``) that the session knows, as people write them."""
    return list(_readable(get_fixture_names(request._fixturemanager), kind))


def steps_of(module: types.ModuleType, kind: str) -> list[str]:
    """The steps of a kind (``given``, ``when``, ``then``) that a module defines, as people write them."""
    return list(_readable(vars(module), kind))


def functions_of(module: types.ModuleType, kind: str) -> dict[str, Callable[..., None]]:
    """The functions that carry out the steps of ``steps_of``, by the step as people write it."""
    # pytest keeps the function of a fixture, and that of a step's fixture gives what the step was declared with.
    return {
        readable_step(pattern): vars(module)[name]._get_wrapped_function()().step_func
        for name, pattern in _patterns(vars(module), kind)
    }


def _readable(names: Any, kind: str) -> Iterator[str]:
    return (readable_step(pattern) for _, pattern in _patterns(names, kind))


def _patterns(names: Any, kind: str) -> Iterator[tuple[str, str]]:
    """The fixture of each step of a kind, with the step's pattern."""
    prefix = f"{StepNamePrefix.step_def.value}_{kind}_"
    for name in names:
        if name.startswith(prefix) and name != f"{prefix}trace":
            yield name, name.removeprefix(prefix)


def readable_step(pattern: str) -> str:
    """A step's pattern as people write it.

    >>> readable_step("(?P<count>[0-9]+) deals are closed(?: for (?P<time>[a-z]+))?")
    '<count> deals are closed [for <time>]'
    """
    named = re.sub(
        r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern.replace(f"-?{DURATION}", "d").replace(DURATION, "d")
    )
    return re.sub(r"\(\?:( ?)([^()]*?)( ?)\)\?", r"\1[\2]\3", named)


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def worker_pid(node: Any) -> int:
    """The process id of a worker of pytest-xdist."""
    return int(node.gateway._io.popen.pid)
