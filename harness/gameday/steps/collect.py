"""Collects bare ``.feature`` files as pytest modules, wherever they lie."""

from __future__ import annotations

import types
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from gherkin.errors import CompositeParserException
from pytest_bdd import exceptions, scenario
from pytest_bdd.feature import features, get_feature
from pytest_bdd.gherkin_parser import get_gherkin_document
from pytest_bdd.scenario import get_python_name_generator

from gameday.base.errors import GamedayError


class FeatureFile(pytest.Module):
    """A feature file as a module of tests, one for each scenario."""

    def _getobj(self) -> types.ModuleType:
        return module_of(self.path)


def forget_features() -> None:
    """Let features be parsed anew: pytest-bdd keeps them for the life of the process."""
    features.clear()


def module_of(path: Path) -> types.ModuleType:
    """A module with a test for each scenario of a feature file. Raises GamedayError with file and line."""
    module = types.ModuleType(f"feature_{abs(hash(str(path)))}")
    module.__file__ = str(path)
    feature = _parse(path)
    if not feature.scenarios:
        raise GamedayError(f"{path} holds no scenario")
    for name in feature.scenarios:
        test = scenario(path.name, name, features_base_dir=str(path.parent))(_body)
        for test_name in get_python_name_generator(name):
            if not hasattr(module, test_name):
                setattr(module, test_name, test)
                break
    return module


def _body() -> None:
    """Nothing to do after the steps."""


def _parse(path: Path) -> Any:
    try:
        # Two scenarios of one name would silently become one.
        document = get_gherkin_document(str(path), "utf-8")
        names = Counter(child.scenario.name for child in _children(document) if child.scenario)
        feature = get_feature(str(path.parent), path.name)
    except exceptions.GherkinParseError as problem:
        raise GamedayError(f"{path}:{problem.line}: {problem.message}: {problem.line_content.strip()!r}") from None
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{path} is not UTF-8 text: {problem.reason} at byte {problem.start}") from None
    except (OSError, CompositeParserException, exceptions.ScenarioValidationError) as problem:
        raise GamedayError(f"{path}: {problem}") from None
    except Exception as problem:  # noqa: BLE001 - see below
        # The parser fails in many ways on what is no feature at all; each means the same to who wrote it.
        raise GamedayError(f"{path} is not a feature: {type(problem).__name__}: {str(problem)[:200]}") from None
    for name, count in names.items():
        if count > 1:
            raise GamedayError(f"{path}: {count} scenarios are named {name!r}", hint="give each a name of its own")
    return feature


def _children(document: Any) -> list[Any]:
    found = []
    for child in document.feature.children:
        found.append(child)
        found.extend(child.rule.children if getattr(child, "rule", None) else [])
    return found
