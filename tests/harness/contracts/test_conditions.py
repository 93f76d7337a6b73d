"""Conditions between the fields of an ERP's record are read, or refused with one clear line."""

from __future__ import annotations

from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.conditions import read_conditions
from gameday.contracts.odcs_file import Property, SchemaProperty
from gameday.model.contract import Condition, Field
from support.rows import rows

FIELDS = [Field(name, "number", physical_name=f"salesOrder.{name}") for name in ("total", "orderStatus")]
GOOD: dict[str, Any] = {
    "name": "large orders wait",
    "when": {"total": {"minimum": 10000}},
    "then": {"orderStatus": {"enum": ["A"]}},
    "owner": "finance",
}


def read(value: Any) -> tuple[Condition, ...]:
    order = SchemaProperty(name="order", physical_name="salesOrder", custom_properties=[Property("conditions", value)])
    return read_conditions([order], FIELDS, "deals.erp.yaml")


def test_a_condition_is_read_with_its_record() -> None:
    assert read([GOOD]) == (Condition("large orders wait", "salesOrder", GOOD["when"], GOOD["then"], "finance"),)


@rows(
    ("value", "said"),
    [
        ({}, "not a list of conditions"),
        (["x"], "not a table"),
        ([{**GOOD, "wen": {}}], "unknown key 'wen'"),
        ([{**GOOD, "when": {}}], "'large orders wait': when names no field"),
        ([{**GOOD, "when": {"totl": {"minimum": 1}}}], "unknown field 'totl' .*did you mean 'total'"),
        ([{**GOOD, "then": {"orderStatus": {"is": "A"}}}], "unknown constraint 'is'"),
        ([{**GOOD, "then": {"orderStatus": {"enum": "A"}}}], "enum is not a list"),
    ],
)
def test_what_is_no_condition_is_one_line(value: Any, said: str) -> None:
    with pytest.raises(GamedayError, match=said) as refused:
        read(value)
    assert "deals.erp.yaml" in str(refused.value)
