"""Stacks of parts that others wrote, configured by files only: a Node-RED flow, glue on jsforce, a Python batch.

What each should come to, and why, is in its `expected.toml`; the scenarios marked `quick` there run here, and
``python -m stacks.expected`` runs all.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gameday.config.features import library
from stacks.expected import FOLDER, STACKS, STATES, Expected, differences, read, run
from support.commands import gameday
from support.rows import rows

LOCK = FOLDER.parents[1] / "requirements.lock"
INSTALLED = [
    pytest.param("node_red", marks=pytest.mark.needs("node_red")),
    pytest.param("jsforce", marks=pytest.mark.needs("jsforce")),
    pytest.param("python_batch", marks=pytest.mark.needs("python_batch")),
]


def pins(file: Path) -> set[str]:
    """The packages that a file of requirements pins, as name==version."""
    return set(re.findall(r"^[A-Za-z0-9._-]+==[^\s;\\]+", file.read_text(), re.MULTILINE))


@rows("stack", STACKS)
def test_what_is_expected_names_features_expectations_and_states_that_exist(stack: str) -> None:
    for expected in read(stack):
        own = FOLDER / stack / expected.feature
        text = (own if own.exists() else library() / expected.feature).read_text()
        assert expected.reason.strip()
        assert [name for name in expected.failed if name != "steady state" and name not in text] == []
        assert set(expected.states) <= set(STATES)
        assert bool(expected.failed) == (expected.result == "failed")


@rows("stack", STACKS)
def test_a_stack_has_one_quick_scenario(stack: str) -> None:
    assert len([each for each in read(stack) if each.quick]) == 1


@rows("stack", ["node_red", "jsforce"])
def test_a_package_lock_names_no_registry_and_has_a_hash_for_each_package(stack: str) -> None:
    packages = json.loads((FOLDER / stack / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_batch_is_pinned_by_hash_to_the_versions_of_the_lock_without_an_index() -> None:
    requirements = FOLDER / "python_batch" / "requirements.txt"
    assert pins(requirements) <= pins(LOCK)
    text = requirements.read_text()
    assert "://" not in text
    assert len(re.findall(r"==.*\n +--hash=", text)) == len(pins(requirements))


@pytest.mark.slow
@pytest.mark.parametrize("stack", INSTALLED)
def test_the_doctor_finds_the_stack_well(stack: str) -> None:
    done = gameday("doctor", stack, cwd=FOLDER / stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a smoke deal becomes exactly one right order" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("stack", INSTALLED)
def test_a_scenario_comes_to_what_is_expected(stack: str, tmp_path: Path) -> None:
    [expected] = [each for each in read(stack) if each.quick]
    assert list(differences(expected, run(stack, expected, tmp_path))) == []


def outcome(folder: Path, result: str, **states: int) -> Path:
    """A run's folder with one failed verdict, called "exactly once"."""
    verdicts = [{"name": "exactly once", "result": "failed", "summary": "1 of 9"}]
    (folder / "verdicts.json").write_text(json.dumps({"result": result, "verdicts": verdicts}))
    counts = {state: {"orders": states.get(state, 0)} for state in STATES}
    (folder / "scorecard.json").write_text(json.dumps({"states": counts}))
    return folder


def test_a_run_as_expected_has_no_differences(tmp_path: Path) -> None:
    expected = Expected("a.feature", "failed", "", ("exactly once",), {"lost": (1, 2)})
    assert list(differences(expected, outcome(tmp_path, "failed", lost=2))) == []


def test_another_result_another_failure_and_another_count_are_differences(tmp_path: Path) -> None:
    found = list(differences(Expected("a.feature", "passed", ""), outcome(tmp_path, "failed", lost=2)))
    assert found == [
        "failed, expected passed",
        "failed unexpectedly: exactly once: 1 of 9",
        "2 lost, expected 0 to 0",
    ]


def test_of_an_inconclusive_run_the_difference_says_what_is_not_proven(tmp_path: Path) -> None:
    verdicts = [{"name": "faults took effect", "result": "inconclusive", "summary": "reply lost: 0 hits"}]
    folder = outcome(tmp_path, "inconclusive")
    (folder / "verdicts.json").write_text(json.dumps({"result": "inconclusive", "verdicts": verdicts}))
    found = list(differences(Expected("a.feature", "passed", ""), folder))
    assert found == ["inconclusive, expected passed; faults took effect: reply lost: 0 hits"]


def test_late_deals_are_counted_only_where_a_number_of_them_is_expected(tmp_path: Path) -> None:
    folder = outcome(tmp_path, "failed", late=9)
    expected = Expected("a.feature", "failed", "", ("exactly once",))
    assert list(differences(expected, folder)) == []
    assert list(differences(expected._replace(states={"late": (0, 6)}), folder)) == ["9 late, expected 0 to 6"]


def test_a_run_that_did_not_take_place_is_a_difference_unless_it_is_not_applicable() -> None:
    assert list(differences(Expected("a.feature", "not applicable", ""), "1 not applicable")) == []
    assert len(list(differences(Expected("a.feature", "not applicable", ""), "no such file"))) == 1
    assert len(list(differences(Expected("a.feature", "passed", ""), "1 not applicable"))) == 1
