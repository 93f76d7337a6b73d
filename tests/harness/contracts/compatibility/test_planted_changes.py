"""Planted contract changes: every breaking one is found for what it is, and no harmless one raises an alarm."""

from __future__ import annotations

from typing import Any

import pytest
from planted import base, edited, flow, planted, with_versions

from gameday.base.violation import Violation
from gameday.contracts.compatibility import RULES, Comparison, compare

pytestmark = pytest.mark.slow  # a table of cases that takes seconds

BREAKING = planted("breaking")
HARMLESS = planted("harmless")


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def compared(row: dict[str, Any], step: str = "none") -> Comparison:
    return compare(flow(base()), flow(with_versions(edited(base(), row), step)))


def errors(comparison: Comparison) -> list[Violation]:
    return [violation for violation in comparison.violations if violation.level == "error"]


@pytest.mark.parametrize("row", BREAKING, ids=names(BREAKING))
def test_a_breaking_change_is_recognised(row: dict[str, Any]) -> None:
    comparison = compared(row)
    assert sorted(change.rule for change in comparison.changes) == row["rules"]
    assert comparison.required_step == "major"


@pytest.mark.parametrize("row", BREAKING, ids=names(BREAKING))
def test_whose_records_a_change_breaks_is_said(row: dict[str, Any]) -> None:
    changes = compared(row).changes
    old = any(change.breaks_old_records for change in changes)
    new = any(change.breaks_new_records for change in changes)
    assert {(True, True): "both", (True, False): "old", (False, True): "new"}.get((old, new), "none") == row["breaks"]


@pytest.mark.parametrize("row", BREAKING, ids=names(BREAKING))
def test_a_breaking_change_is_reported_at_a_line_of_its_file(row: dict[str, Any]) -> None:
    lines = edited(base(), row)[row["side"]].count("\n")
    for change in compared(row).changes:
        assert change.file == f"deals.{row['side']}.yaml"
        assert 1 <= change.line <= lines


@pytest.mark.parametrize("row", BREAKING, ids=names(BREAKING))
def test_a_breaking_change_under_a_minor_version_is_an_error(row: dict[str, Any]) -> None:
    assert "contract.version-step" in {violation.rule for violation in errors(compared(row, "minor"))}


@pytest.mark.parametrize("row", BREAKING, ids=names(BREAKING))
def test_a_breaking_change_under_a_major_version_is_not_an_error(row: dict[str, Any]) -> None:
    assert errors(compared(row, "major")) == []


@pytest.mark.parametrize("row", HARMLESS, ids=names(HARMLESS))
def test_a_harmless_change_is_recognised(row: dict[str, Any]) -> None:
    comparison = compared(row)
    assert sorted(change.rule for change in comparison.changes) == row["rules"]
    assert comparison.required_step == row["step"]


@pytest.mark.parametrize("row", HARMLESS, ids=names(HARMLESS))
def test_a_harmless_change_with_its_step_is_not_reported(row: dict[str, Any]) -> None:
    comparison = compared(row, row["step"])
    assert [violation.rule for violation in comparison.violations] == ["contract.field-not-judged"] * row.get(
        "notes", 0
    )
    assert comparison.signers == ()


@pytest.mark.parametrize("row", HARMLESS, ids=names(HARMLESS))
def test_a_harmless_change_breaks_no_records(row: dict[str, Any]) -> None:
    """An edit that changes nothing changes nothing in the other direction either."""
    if row["step"] in ("none", "patch"):
        comparison = compare(flow(edited(base(), row)), flow(base()))
        assert comparison.required_step == row["step"]


def test_at_least_forty_of_each_are_planted() -> None:
    assert len(BREAKING) >= 40
    assert len(HARMLESS) >= 40


def test_planted_changes_have_unique_names() -> None:
    every = names(BREAKING) + names(HARMLESS)
    assert len(every) == len(set(every))


def test_every_rule_has_a_planted_change_except_those_for_whole_files() -> None:
    covered = {rule for row in BREAKING + HARMLESS for rule in row["rules"]}
    assert covered == RULES.keys() - {"contract.contract-added", "contract.contract-removed"}
