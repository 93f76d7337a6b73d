"""What is declared is what is imported: running needs no package that only tests use, and none that is undeclared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SOURCES = ("harness", "fakes", "reports", "scenarios")
OWN = {"gameday", "gameday_fakes", "gameday_reports", "gameday_scenarios"}
#: Loaded by the name of its module, not imported.
LOADED_BY_NAME = {"pytest-xdist", "python-stdnum"}


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}  # type: ignore[index]


def imported_modules(path: Path) -> Iterator[str]:
    """The top level of each module that a file imports, also by ``import_module("name")``, or reads resources of."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("import_module", "files"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield str(first.value).partition(".")[0]


def imported() -> set[str]:
    """The distributions whose modules the product imports."""
    distributions = packages_distributions()
    modules = {
        module for folder in SOURCES for path in (ROOT / folder).rglob("*.py") for module in imported_modules(path)
    }
    outside = modules - OWN - set(sys.stdlib_module_names)
    return {normal(name) for module in outside for name in distributions.get(module, [f"unknown module {module}"])}


def test_everything_imported_is_declared() -> None:
    extras = [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    assert imported() - declared(PROJECT["dependencies"]) - declared(extras) == set()


def test_everything_declared_is_needed_to_run() -> None:
    assert declared(PROJECT["dependencies"]) - imported() == LOADED_BY_NAME


def test_what_is_loaded_by_name_is_named_in_the_source() -> None:
    assert "xdist.plugin" in (ROOT / "harness" / "gameday" / "steps" / "session.py").read_text()
    assert "stdnum." in (ROOT / "harness" / "gameday" / "records" / "national_ids.py").read_text()


def test_an_extra_is_no_dependency() -> None:
    extras = {name: declared(requirements) for name, requirements in PROJECT["optional-dependencies"].items()}
    assert set(extras) == {
        "dask",
        "object-store",
        "otlp",
        "parquet",
        "pdf",
        "postgres",
        "prometheus",
        "pubsub",
        "scale",
    }
    assert not set.union(*extras.values()) & declared(PROJECT["dependencies"])
