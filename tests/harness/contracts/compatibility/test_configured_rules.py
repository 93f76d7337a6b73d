"""Kinds of changes may count for less or more: with a reason, until a day, and by the rules beside the old version."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from planted import base

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.configured_rules import parse_rules
from gameday.contracts.compatibility.diff import FlowReview, compare_all
from support.rows import rows

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ENTRY = {
    "rule": "contract.enum-value-added",
    "side": "crm",
    "countsAs": "minor",
    "reason": "Readers take other stages as open.",
    "expires": "2026-12-31",
}
MORE_STAGES = ("          - value: Negotiation\n", "          - value: Negotiation\n          - value: Disputed\n")
SHORTER = ("maximum: 10000000", "maximum: 1000000")


def compared(
    folder: Path, change: tuple[str, str], rules: Any, *, beside: str = "old", step: str = "1.5.0"
) -> FlowReview:
    text = base()["crm"]
    assert change[0] in text
    for name, content in (("old", text), ("new", text.replace(*change).replace("version: 1.4.2", "version: 1.5.0"))):
        (folder / name).mkdir()
        (folder / name / "deals.crm.yaml").write_text(content)
    (folder / beside / "rules.yaml").write_text(yaml.safe_dump(rules))
    [review] = compare_all(str(folder / "old"), str(folder / "new"), now=NOW)
    return review


def rules_of(review: FlowReview, level: str) -> set[str]:
    return {each.rule for each in review.violations if each.level == level}


def test_a_kind_of_change_counts_for_less_until_its_day(tmp_path: Path) -> None:
    review = compared(tmp_path, MORE_STAGES, {"rules": [ENTRY]})
    assert (review.comparison.required_step, rules_of(review, "error")) == ("minor", set())
    [note] = [each for each in review.violations if each.level == "note"]
    assert note.rule == "contract.rule-configured"
    assert "counts as minor and not as major, until 2026-12-31: Readers take" in note.message


@pytest.mark.parametrize(
    ("entry", "beside"),
    [({**ENTRY, "expires": "2026-11-29"}, "old"), ({**ENTRY, "side": "erp"}, "old"), (ENTRY, "new")],
    ids=["expired", "other side", "brought by the change"],
)
def test_otherwise_it_counts_as_ever(tmp_path: Path, entry: dict[str, str], beside: str) -> None:
    review = compared(tmp_path, MORE_STAGES, {"rules": [entry]}, beside=beside)
    assert review.comparison.required_step == "major"
    assert "contract.version-step" in rules_of(review, "error")
    assert ("contract.rule-expired" in rules_of(review, "warning")) is (entry["expires"] < "2026-11-30")


@rows(
    ("change", "mode", "step"),
    [
        (MORE_STAGES, "backward", "minor"),
        (MORE_STAGES, "forward", "major"),
        (SHORTER, "backward", "major"),
        (SHORTER, "forward", "minor"),
        (SHORTER, "full", "major"),
    ],
)
def test_a_mode_asks_for_old_or_for_new_records_only(
    tmp_path: Path, change: tuple[str, str], mode: str, step: str
) -> None:
    assert compared(tmp_path, change, {"modes": {"crm": mode}}).comparison.required_step == step


@rows(
    ("document", "said"),
    [
        ([], "not rules"),
        ({"rule": []}, "unknown key 'rule'"),
        ({"modes": {"crm": "both"}}, "bad value 'both'"),
        ({"rules": ["x"]}, "r.yaml:2 is 'x'"),
        ({"rules": [{**ENTRY, "rule": "contract.enum-added"}]}, "unknown rule 'contract.enum-added'"),
        ({"rules": [{**ENTRY, "countsAs": "none"}]}, "bad value 'none'"),
        ({"rules": [{**ENTRY, "reason": " "}]}, "reason is empty"),
        ({"rules": [{**ENTRY, "expires": "soon"}]}, "'soon' is not a date"),
        ({"rules": [{key: value for key, value in ENTRY.items() if key != "expires"}]}, "has no 'expires'"),
    ],
)
def test_a_mistake_is_one_line(document: Any, said: str) -> None:
    with pytest.raises(GamedayError, match=said):
        parse_rules(yaml.safe_dump(document).encode(), path="r.yaml")
