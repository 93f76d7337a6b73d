"""Columns of an order book that are fields of the CRM's organisation: kept, or refused with file, line and hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import workloads
from support.served import write

HEADER = "Order ID,Customer ID,Product ID,Quantity,Amount"
OBJECTS = {
    "salesforce__Opportunity": {
        "fields": {
            "Region__c": {"type": "picklist", "values": ["EMEA", "APAC"], "restricted": True},
            "Margin__c": {"type": "currency"},
            "Lead_Source": {"type": "string"},
        }
    },
    "salesforce__OpportunityLineItem": {"fields": {"Warranty__c": {"type": "double"}}},
}


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    return write(tmp_path / "organisation", **OBJECTS)


def deals(tmp_path: Path, *lines: str, name: str = "book.csv", **params: Any) -> dict[str, dict[str, Any]]:
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    spec = WorkloadSpec("deals file", 100, 60.0, {"file": str(path), **params})
    return {op.key: op.value for op in workloads["deals file"](spec, 7).operations if op.f == "close_deal"}


def problem(tmp_path: Path, *lines: str, **params: Any) -> str:
    with pytest.raises(GamedayError) as caught:
        deals(tmp_path, *lines, **params)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_bundled_organisation_has_payment_terms(tmp_path: Path) -> None:
    found = deals(tmp_path, f"{HEADER},Payment_Terms__c", "1,C1,S,1,5,Net 30", "2,C1,S,1,5,")
    assert found["1"]["fields"] == {"Payment_Terms__c": "Net 30"}
    assert "fields" not in found["2"]


def test_fields_of_deals_and_of_lines_are_kept(tmp_path: Path, organisation: Path) -> None:
    header = f"{HEADER},Region__c,OpportunityLineItem.Warranty__c,Opportunity.Lead_Source,Segment"
    lines = (header, "1,C1,S,1,5,EMEA,12,Web,x", "1,C1,T,1,5,EMEA,,Web,x")
    [deal] = deals(tmp_path, *lines, organisation=str(organisation)).values()
    assert deal["fields"] == {"Region__c": "EMEA", "Lead_Source": "Web"}
    assert [line.get("fields") for line in deal["lines"]] == [{"Warranty__c": "12"}, None]


def test_json_lines_have_fields_too(tmp_path: Path, organisation: Path) -> None:
    line = '{"order": "1", "account": "A", "sku": "S", "quantity": 1, "amount": 5, "Region__c": "APAC"}'
    [deal] = deals(tmp_path, line, name="book.jsonl", organisation=str(organisation)).values()
    assert deal["fields"] == {"Region__c": "APAC"}


def test_a_number_with_a_comma_is_read_as_the_file_writes_numbers(tmp_path: Path, organisation: Path) -> None:
    lines = (f"{HEADER},Margin__c".replace(",", ";"), "1;C1;S;1;5;1,5")
    [deal] = deals(tmp_path, *lines, organisation=str(organisation)).values()
    assert deal["fields"] == {"Margin__c": "1.5"}


def test_an_unknown_field_is_refused_with_line_known_ones_and_a_hint(tmp_path: Path, organisation: Path) -> None:
    said = problem(tmp_path, f"{HEADER},Regoin__c", "1,C1,S,1,5,EMEA", organisation=str(organisation))
    assert "book.csv:1: column 'Regoin__c' is no field of Opportunity or OpportunityLineItem; known: AccountId" in said
    assert "did you mean 'Region__c'?" in said


def test_an_unknown_field_of_a_named_object_is_refused(tmp_path: Path, organisation: Path) -> None:
    said = problem(tmp_path, f"{HEADER},Opportunity.Sources", "1,C1,S,1,5,Web", organisation=str(organisation))
    assert "column 'Opportunity.Sources' is no field of Opportunity" in said


def test_a_value_that_the_crm_refuses_is_named_with_its_line(tmp_path: Path, organisation: Path) -> None:
    lines = (f"{HEADER},Region__c", "1,C1,S,1,5,EMEA", "2,C1,S,1,5,Mars")
    said = problem(tmp_path, *lines, organisation=str(organisation))
    assert "book.csv:3: column 'Region__c': a text of 4 characters like 'Aaaa' is refused by the CRM" in said
    assert "known: EMEA, APAC" in said


def test_a_deal_has_one_value_of_a_field(tmp_path: Path, organisation: Path) -> None:
    lines = (f"{HEADER},Region__c", "1,C1,S,1,5,EMEA", "1,C1,T,1,5,APAC")
    said = problem(tmp_path, *lines, organisation=str(organisation))
    assert "book.csv:3: column 'Region__c': a text of 4 characters like 'AAAA' differs from an earlier row" in said


def test_two_columns_cannot_be_one_field(tmp_path: Path, organisation: Path) -> None:
    lines = (f"{HEADER},Region__c,Opportunity.Region__c", "1,C1,S,1,5,EMEA,EMEA")
    assert "two columns are the field 'Opportunity.Region__c'" in problem(
        tmp_path, *lines, organisation=str(organisation)
    )


def test_a_crm_without_further_fields_refuses_them(tmp_path: Path) -> None:
    said = problem(tmp_path, f"{HEADER},Region__c", "1,C1,S,1,5,EMEA", crm="other")
    assert "column 'Region__c' is no field of the CRM; known: none" in said
