"""Direction: the CRM may not emit more than it promised, the ERP may not accept less; a change judged on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import of_raw, raw

from gameday.contracts.compatibility import Comparison, compare
from support.rows import rows
from support.thorough import examples

TEXT = {"logicalType": "string"}
NUMBER = {"logicalType": "number"}
#: What a field promises, and a promise that lets more through: no value that kept the first breaks the second.
WIDER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**TEXT, "logicalTypeOptions": {"maxLength": 80}}, {**TEXT, "logicalTypeOptions": {"maxLength": 4000}}),
    ({**TEXT, "logicalTypeOptions": {"maxLength": 80}}, TEXT),
    ({**TEXT, "logicalTypeOptions": {"minLength": 2}}, {**TEXT, "logicalTypeOptions": {"minLength": 1}}),
    ({**TEXT, "logicalTypeOptions": {"pattern": "^[A-Z]{3}$"}}, TEXT),
    ({**TEXT, "logicalTypeOptions": {"pattern": "^[A-Z]+$"}}, {**TEXT, "logicalTypeOptions": {"pattern": "^[A-Z]*$"}}),
    ({**NUMBER, "logicalTypeOptions": {"minimum": 0}}, NUMBER),
    ({**NUMBER, "logicalTypeOptions": {"minimum": 0}}, {**NUMBER, "logicalTypeOptions": {"minimum": -5}}),
    (
        {**NUMBER, "logicalTypeOptions": {"exclusiveMinimum": 0}},
        {**NUMBER, "logicalTypeOptions": {"minimum": 0}},
    ),
    ({**NUMBER, "logicalTypeOptions": {"maximum": 100}}, {**NUMBER, "logicalTypeOptions": {"maximum": 101}}),
    ({**TEXT, "enum": [{"value": "A"}]}, {**TEXT, "enum": [{"value": "A"}, {"value": "B"}]}),
    ({**TEXT, "enum": [{"value": "A"}]}, TEXT),
    ({**TEXT, "required": True}, TEXT),
]


def with_field(side: str, field: dict[str, Any]) -> Any:
    """The base contracts, with a further field on one side."""
    documents = raw()
    documents[side]["schema"][0]["properties"].append({"name": "further", "physicalName": "Further__c", **field})
    return of_raw(documents)


def compared(side: str, old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    return compare(with_field(side, old), with_field(side, new))


@rows(("narrow", "wide"), WIDER)
def test_a_crm_that_may_emit_more_breaks_its_readers(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    comparison = compared("crm", narrow, wide)
    assert comparison.required_step == "major"
    assert all(change.breaks_new_records and not change.breaks_old_records for change in comparison.changes)


@rows(("narrow", "wide"), WIDER)
def test_an_erp_that_accepts_more_breaks_no_writer(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    comparison = compared("erp", narrow, wide)
    assert comparison.required_step == "minor"
    assert comparison.signers == ()


@rows(("narrow", "wide"), WIDER)
def test_an_erp_that_accepts_less_breaks_its_writers(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    comparison = compared("erp", wide, narrow)
    assert comparison.required_step == "major"
    assert all(change.breaks_old_records for change in comparison.changes)


@pytest.mark.slow
@settings(max_examples=examples(12))
@given(lengths=st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_a_change_and_its_reverse_are_judged_alike_by_side(lengths: tuple[int, int]) -> None:
    fields = [{**TEXT, "logicalTypeOptions": {"maxLength": longest}} for longest in lengths]
    there, back = compared("erp", *fields), compared("erp", *reversed(fields))
    if lengths[0] == lengths[1]:
        assert "major" not in (there.required_step, back.required_step)
        return
    assert {there.required_step, back.required_step} == {"minor", "major"}
    emitted = compared("crm", *fields), compared("crm", *reversed(fields))
    assert [each.required_step for each in emitted] == ["major", "major"]
    wider = emitted[lengths[0] > lengths[1]].changes
    assert any(change.rule == "contract.limit-loosened" and change.breaks_new_records for change in wider)


@pytest.mark.parametrize("side", ["crm", "erp"])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_fields_that_pass_their_names_around_are_each_read_for_another(side: str, count: int) -> None:
    fields = [{"name": f"f{n}", "physicalName": f"Wire{n}__c", **NUMBER} for n in range(count)]
    turned = [{**field, "name": f"f{(n + 1) % count}"} for n, field in enumerate(fields)]
    flows = []
    for given_fields in (fields, turned):
        documents = raw()
        documents[side]["schema"][0]["properties"] += given_fields
        flows.append(of_raw(documents))
    comparison = compare(*flows)
    assert [change.rule for change in comparison.changes] == ["contract.name-reused"] * count
    assert comparison.required_step == "major"


def test_a_name_that_is_new_in_the_contract_only_is_a_minor_change() -> None:
    field = {"physicalName": "Wire__c", **NUMBER}
    documents = raw(), raw()
    for each, name in zip(documents, ("one", "another"), strict=True):
        each["crm"]["schema"][0]["properties"].append({"name": name, **field})
    comparison = compare(*map(of_raw, documents))
    assert [change.rule for change in comparison.changes] == ["contract.name-changed"]
    assert comparison.required_step == "minor"
