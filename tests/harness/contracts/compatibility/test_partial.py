"""A change that repairs a contract is compared with the broken one, as far as that can be read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from planted import base

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.diff import FlowReview, compare_all
from support.rows import rows

NOW = datetime(2026, 11, 30, tzinfo=UTC)
GOOD = yaml.safe_load(base()["crm"])
Spoil = Callable[[dict[str, Any]], Any]


def fields(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["schema"][0]["properties"]
    return found


def compared(folder: Path, old: object, new: object) -> FlowReview:
    for name, document in (("old", old), ("new", new)):
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / f"{name}.crm.yaml").write_text(text)
    [review] = compare_all(str(folder / "old.crm.yaml"), str(folder / "new.crm.yaml"), now=NOW)
    return review


def rules(review: FlowReview, level: str) -> set[str]:
    return {violation.rule for violation in review.violations if violation.level == level}


@rows(
    "spoil",
    [
        lambda d: fields(d)[1].update(requird=True),
        lambda d: fields(d)[1].update(logicalType="strng"),
        lambda d: fields(d)[1].pop("logicalType"),
        lambda d: fields(d)[1].update(logicalTypeOptions={"maxLength": "x"}),
        lambda d: d["schema"][0].update(properties="x"),
        lambda d: fields(d).append(copy.deepcopy(fields(d)[1])),
        lambda d: d.update(version=1.0),
        lambda d: d.update(apiVersion="v4"),
        lambda d: [each.update(logicalType="x", foo=1) for each in fields(d)],
    ],
)
def test_a_repaired_contract_is_compared_with_the_broken_one(tmp_path: Path, spoil: Spoil) -> None:
    broken = copy.deepcopy(GOOD)
    spoil(broken)
    repaired = compared(tmp_path, broken, GOOD)
    assert (repaired.comparison.required_step in ("none", "patch"), rules(repaired, "error")) == (True, set())
    assert rules(repaired, "warning") == {"contract.old-not-standard"}
    assert "contract.not-standard" in rules(compared(tmp_path, GOOD, broken), "error")


def test_what_a_repair_changes_beside_is_found(tmp_path: Path) -> None:
    broken, repaired = copy.deepcopy(GOOD), copy.deepcopy(GOOD)
    fields(broken)[1]["logicalType"] = "strng"
    fields(broken)[3].pop("name")
    gone = fields(repaired).pop(2)
    found = compared(tmp_path, broken, repaired).comparison.changes
    assert [change.wire for change in found if change.rule == "contract.field-removed"] == [
        f"{GOOD['schema'][0]['physicalName']}.{gone['physicalName']}"
    ]


def test_lines_are_those_of_the_file_although_an_element_is_left_out(tmp_path: Path) -> None:
    lines = base()["crm"].splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip() == "- name: id")
    nameless = "\n".join([*lines[:at], f"{' ' * lines[at].index('-')}- description: no name", *lines[at:]])
    wider = nameless.replace("maxLength: 18", "maxLength: 20", 1)
    found = compared(tmp_path, nameless, wider).comparison.changes
    assert found
    assert all("maxLength: 20" in wider.splitlines()[change.line - 1] for change in found)


def test_an_old_file_that_is_no_contract_is_passed_over_and_a_new_one_is_a_mistake(tmp_path: Path) -> None:
    review = compared(tmp_path, "kind: [", GOOD)
    assert rules(review, "warning") == {"contract.old-unreadable"}
    with pytest.raises(GamedayError, match=r"new\.crm\.yaml:\d+:\d+: not the YAML"):
        compared(tmp_path, GOOD, "kind: [")
