"""A workload gives its deals and their lines values of further fields, and an amended deal others."""

from __future__ import annotations

from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import BusinessOperation, workloads
from support.rows import rows

UNCHANGED = {"amended": 0, "amended_several_times": 0, "voided": 0}
GIVEN = "Region__c: EMEA, APAC; line.Note__c: gift, spare"


def made(given: Any = GIVEN, **params: Any) -> tuple[BusinessOperation, ...]:
    """The operations of forty deals."""
    spec = WorkloadSpec("closed won", 40, 60.0, {"deal_fields": given, "not_won": 0, **UNCHANGED, **params})
    return workloads["closed won"](spec, 1).operations


def test_every_deal_and_line_has_one_of_the_values() -> None:
    deals = [operation.value for operation in made()]
    assert {deal["fields"]["Region__c"] for deal in deals} == {"EMEA", "APAC"}
    assert {line["fields"]["Note__c"] for deal in deals for line in deal["lines"]} == {"gift", "spare"}


def test_a_mapping_means_the_same_as_the_text_of_a_table() -> None:
    assert made({"Region__c": ["EMEA", "APAC"], "line.Note__c": ["gift", "spare"]}) == made()


def test_an_amended_deal_can_get_another_value() -> None:
    operations = made(amended=1.0)
    first = {o.key: o.value["fields"]["Region__c"] for o in operations if o.f == "close_deal"}
    later = {o.key: o.value["fields"]["Region__c"] for o in operations if o.f == "amend_deal"}
    assert len(later) == 40
    assert any(first[key] != value for key, value in later.items())


def test_the_deals_are_otherwise_the_same() -> None:
    plain = [{**operation.value, "fields": {}} for operation in made("Region__c: EMEA")]
    assert plain == [{**operation.value, "fields": {}} for operation in made("")]


@rows("given", ["Region__c", "Region__c:", ": EMEA", "A__c: 1; A__c: 2", {"A__c": []}])
def test_fields_without_values_are_refused(given: Any) -> None:
    with pytest.raises(GamedayError, match=r"deal fields: .* \(such as Region__c: EMEA, APAC"):
        made(given)
