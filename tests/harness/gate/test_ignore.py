"""The ignore list: every entry has a reason, an owner and an end."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.gate.ignore import IgnoreList, read_ignore_list
from support.rows import rows

ENTRY = "- path: {path}\n  reason: agreed\n  owner: finance\n  expires: {expires}\n"
LAST_DAY = datetime.date(2026, 11, 24)


def read(folder: Path, text: str, today: datetime.date = LAST_DAY) -> IgnoreList:
    path = folder / "ignore.yaml"
    path.write_text(text)
    return read_ignore_list(path, today)


def test_without_a_file_nothing_is_ignored() -> None:
    assert read_ignore_list(None, LAST_DAY) == IgnoreList()


def test_an_empty_file_ignores_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n").entries == ()


def test_an_entry_is_in_force_through_its_last_day(tmp_path: Path) -> None:
    found = read(tmp_path, ENTRY.format(path="order.total", expires=LAST_DAY))
    assert [entry.path for entry in found.entries] == ["order.total"]
    assert found.violations() == ()


def test_a_further_field_is_ignored_by_its_vendors_name(tmp_path: Path) -> None:
    found = read(tmp_path, ENTRY.format(path="order.field.custbody_region", expires=LAST_DAY))
    assert found.find("order.field.custbody_region") is not None
    assert found.find("order.field.custbody_plant") is None


def test_an_expired_entry_ignores_nothing_and_is_a_violation_at_its_line(tmp_path: Path) -> None:
    text = "# since the new tax engine\n" + ENTRY.format(path="order.total", expires="2026-11-23")
    found = read(tmp_path, text)
    assert found.find("order.total") is None
    [violation] = found.violations()
    assert (violation.rule, violation.level, violation.line) == ("gate.ignore-expired", "error", 2)
    assert violation.owners == ("finance",)


def test_a_star_matches_any_part(tmp_path: Path) -> None:
    found = read(tmp_path, ENTRY.format(path="'line.*'", expires="2027-01-01"))
    assert found.find("line.amount") is not None
    assert found.find("order.total") is None


@rows(
    ("text", "problem"),
    [
        (ENTRY.format(path="order.totl", expires="2027-01-01"), "ignore.yaml:1"),
        (ENTRY.format(path="order.totl", expires="2027-01-01"), "did you mean 'order.total'?"),
        (ENTRY.format(path="order.total", expires="soon"), "'expires'"),
        ("- path: [order.total", "not the YAML of an ignore list"),
        (ENTRY.format(path="order.total", expires="2027-02-30"), "is not a date"),
        ("- {path: order.total, reason: x, expires: 2027-01-01}", "has no 'owner'"),
        ("- {path: order.total, reason: '', owner: x, expires: 2027-01-01}", "'reason'"),
        ("path: order.total", "not a list"),
        ("- order.total", "is not a table"),
    ],
)
def test_a_bad_entry_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(GamedayError) as raised:
        read(tmp_path, text)
    assert problem in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="cannot read the ignore list"):
        read_ignore_list(tmp_path / "none.yaml", LAST_DAY)
