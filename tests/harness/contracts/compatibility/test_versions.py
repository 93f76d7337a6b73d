"""Versions: the step from one to the next, and a step too small."""

from __future__ import annotations

from planted import base, edited, flow, planted

from gameday.contracts.compatibility import Comparison, compare
from gameday.contracts.compatibility.version import Version, parse_version, step_between
from support.rows import rows

ROWS = {row["name"]: row for row in planted("breaking") + planted("harmless")}


def change(name: str) -> Comparison:
    return compare(flow(base()), flow(edited(base(), ROWS[name])))


@rows(
    ("old", "new", "step"),
    [
        ("1.4.2", "1.4.2", "none"),
        ("1.4.2", "1.4.3", "patch"),
        ("1.4.2", "1.5.0", "minor"),
        ("1.4.2", "2.0.0", "major"),
        ("1.9.0", "1.10.0", "minor"),
        ("v1.4.2", "1.5.0", "minor"),
        ("0.4.0", "0.5.0", "major"),
        ("0.4.0", "0.4.1", "minor"),
        ("0.4.0", "1.0.0", "major"),
        ("1.4.2", "2.0.0-rc.1", "major"),
        ("2.0.0-rc.1", "2.0.0-rc.2", "major"),
        ("2.0.0-rc.2", "2.0.0-rc.10", "major"),
        ("2.0.0-rc.1", "2.0.0", "major"),
        ("1.5.0-rc.1", "1.5.0", "minor"),
        ("2.0.0", "2.0.0-rc.1", "none"),
        ("2.0.0", "1.9.9", "none"),
        ("1.0.0+a", "1.0.0+b", "none"),
    ],
)
def test_the_step_from_one_version_to_the_next(old: str, new: str, step: str) -> None:
    before, after = parse_version(old), parse_version(new)
    assert isinstance(before, Version)
    assert isinstance(after, Version)
    assert step_between(before, after) == step


@rows("text", ["1", "1.2", "1.2.x", "01.2.3", "1.2.3-", "", "1.2.3.4", "latest", "1.2.3-01"])
def test_a_version_that_is_not_semantic(text: str) -> None:
    assert parse_version(text) is None


@rows(
    ("version", "rule"),
    [
        ("1.4.1", "contract.version-backwards"),
        ("next", "contract.version-not-semantic"),
        ("1.5.0", "contract.version-step"),
    ],
)
def test_a_step_too_small_is_an_error_at_the_versions_line(version: str, rule: str) -> None:
    texts = edited(base(), ROWS["a field is removed"])
    texts["crm"] = texts["crm"].replace("version: 1.4.2", f"version: {version}")
    found = next(each for each in compare(flow(base()), flow(texts)).violations if each.rule == rule)
    assert (found.level, found.path, found.line) == ("error", "deals.crm.yaml", 6)


def test_each_file_needs_the_step_of_its_own_changes() -> None:
    texts = edited(base(), ROWS["a field is removed"])
    texts["crm"] = texts["crm"].replace("version: 1.4.2", "version: 2.0.0")
    assert [each.level for each in compare(flow(base()), flow(texts)).violations] == ["warning"]


def test_words_without_a_new_version_are_only_noted() -> None:
    comparison = change("a field is described otherwise")
    assert [(each.rule, each.level) for each in comparison.violations] == [("contract.version-step", "note")]
