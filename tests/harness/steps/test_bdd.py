"""Each private thing of pytest-bdd, gherkin and pytest-xdist that steps/bdd.py uses is there and works as it is used.

An upgrade that changes one of them fails here, with the name of what has changed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import execnet
import pytest
import xdist.workermanage

import gameday.steps
from gameday.steps import bdd, vocabulary
from support.rows import rows

#: The newest releases that this was written for; requirements.lock has them.
NEWEST = {"pytest-bdd": (9, 0), "gherkin-official": (42, 0), "pytest-xdist": (3, 8)}

#: What bdd.py takes from private modules, with the parameters by which it calls each.
PRIVATE: dict[str, tuple[str, ...]] = {
    "gherkin.errors:CompositeParserException": (),
    "pytest_bdd.compat:get_fixture_names": ("fixturemanager",),
    "pytest_bdd.exceptions:GherkinParseError": (),
    "pytest_bdd.exceptions:ScenarioValidationError": (),
    "pytest_bdd.feature:features": (),
    "pytest_bdd.feature:get_feature": ("base_path", "filename", "encoding"),
    "pytest_bdd.gherkin_parser:get_gherkin_document": ("abs_filename", "encoding"),
    "pytest_bdd.parser:Feature": (),
    "pytest_bdd.parser:Scenario": (),
    "pytest_bdd.parser:Step": (),
    "pytest_bdd.scenario:get_python_name_generator": ("name",),
    "pytest_bdd.scenario:get_step_function": ("request", "step"),
    "pytest_bdd.scenario:parse_step_arguments": ("step", "context"),
    "pytest_bdd.steps:StepNamePrefix": (),
}

FEATURE = """\
@area
Feature: A feature
  Background:
    Given a background

  Rule: A rule
    @tagged
    Scenario Outline: Something happens
      Given a table
        | one | two |
        | 1   | <n> |
      Then it has happened
        \"\"\"
        a text
        \"\"\"
      Examples:
        | n |
        | 2 |
"""


@rows("package", sorted(NEWEST))
def test_the_newest_release_is_the_one_that_is_tested(package: str) -> None:
    installed = tuple(int(part) for part in version(package).split(".")[:2])
    assert installed == NEWEST[package], f"{package} has a new release: run these tests with it, then change NEWEST"


@rows("name", sorted(PRIVATE))
def test_a_private_name_is_there_and_takes_what_it_is_given(name: str) -> None:
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute, None)
    assert found is not None, f"{name} is gone: change gameday/steps/bdd.py"
    if PRIVATE[name]:
        parameters = list(inspect.signature(found).parameters)
        wanted = [parameter for parameter in PRIVATE[name] if parameter not in parameters]
        assert not wanted, f"{name} has no parameter {wanted}: change gameday/steps/bdd.py"


def test_the_list_of_private_names_is_complete() -> None:
    tree = ast.parse(Path(inspect.getfile(bdd)).read_text())
    found = {
        f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("pytest_bdd.", "gherkin", "xdist"))
        for alias in node.names
    }
    assert found == {name for name in PRIVATE if "exceptions" not in name}


def test_no_other_module_imports_anything_private() -> None:
    root = Path(gameday.steps.__file__).parents[1]
    private = re.compile(r"^\s*(from|import) (pytest_bdd\.|gherkin|xdist|_pytest)", re.MULTILINE)
    found = [str(path.relative_to(root)) for path in root.rglob("*.py") if private.search(path.read_text())]
    assert found == ["steps/bdd.py"]


def test_a_parsed_feature_has_the_attributes_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(FEATURE)
    bdd.forget_features()
    feature = bdd._parse(path)
    assert (feature.filename, feature.tags, feature.description) == (str(path), {"area"}, "")
    [(name, template)] = feature.scenarios.items()
    scenario = template.render({"n": "2"})
    assert (name, scenario.tags, scenario.line_number) == ("Something happens", {"tagged"}, 8)
    assert [(step.type, step.name, step.line_number) for step in scenario.steps] == [
        ("given", "a background", 4),
        ("given", "a table", 9),
        ("then", "it has happened", 12),
    ]
    assert scenario.steps[1].datatable.raw() == [["one", "two"], ["1", "2"]]
    assert scenario.steps[2].docstring == "a text"


def test_parsed_features_are_kept_under_the_name_that_is_cleared(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    path.write_text(FEATURE)
    bdd.forget_features()
    bdd._parse(path)
    path.write_text(FEATURE.replace("Something happens", "Something else"))
    assert list(bdd._parse(path).scenarios) == ["Something happens"], "features are no longer kept"
    bdd.forget_features()
    assert list(bdd._parse(path).scenarios) == ["Something else"]


def test_a_scenario_asks_for_the_fixture_of_its_example(tmp_path: Path) -> None:
    path = tmp_path / "some.feature"
    # Outside of a session of ours a tag is a mark.
    path.write_text(FEATURE.replace("@area", "").replace("@tagged", ""))
    bdd.forget_features()
    [test] = [value for name, value in vars(bdd.module_of(path)).items() if name.startswith("test_")]
    assert bdd.EXAMPLE_FIXTURE in inspect.signature(test).parameters


@rows("kind", ["given", "when", "then"])
def test_the_steps_of_a_module_are_found_by_their_prefix(kind: str) -> None:
    assert bdd.steps_of(vocabulary, kind), "pytest-bdd names its fixtures otherwise: change gameday/steps/bdd.py"


def test_the_steps_of_a_session_are_found_through_the_fixture_manager(request: pytest.FixtureRequest) -> None:
    assert "pytestconfig" in bdd.get_fixture_names(request._fixturemanager)


def test_a_worker_of_xdist_has_a_process_with_an_id() -> None:
    source = inspect.getsource(xdist.workermanage.WorkerController)
    assert "self.gateway = gateway" in source, "workers of xdist have no gateway: change worker_pid in steps/bdd.py"
    gateway = execnet.makegateway("popen")
    try:
        pid = gateway.remote_exec("import os; channel.send(os.getpid())").receive(timeout=30)
        assert bdd.worker_pid(SimpleNamespace(gateway=gateway)) == pid
    finally:
        gateway.exit()
