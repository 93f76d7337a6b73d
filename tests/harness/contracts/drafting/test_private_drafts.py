"""A draft keeps a field in the clear only where the vendor's type proves it, and writes down nobody's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gameday.commands.contract_init import init
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from support.commands import AS_BELOW_GAMEDAY

Draft = Callable[[str, str], dict[str, Field]]
PEOPLE = ("Anna Schmidt", "Bob Miller", "Priya Sharma")


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """Drafts a contract from a document; the fields by their vendors' names."""

    def call(kind: str, text: str) -> dict[str, Field]:
        source = tmp_path / "source.json"
        source.write_text(text)
        arguments = ["--from", kind, str(source), "--flow", "mine", "--out", str(tmp_path / "contracts")]
        assert CliRunner().invoke(init, arguments, catch_exceptions=False, **AS_BELOW_GAMEDAY).exit_code == 0
        contract = load_contract("mine", [tmp_path / "contracts"])
        return {each.physical_name: each for each in (*contract.crm_fields, *contract.erp_fields)}

    return call


def records(name: str, values: list[Any]) -> str:
    return "\n".join(json.dumps({"Deal": {"Id": f"D{number}", name: value}}) for number, value in enumerate(values))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Mail__c", ["anna@example.com"] * 60),
        ("Ref__c", ["DE89370400440532013000"] * 60),
        ("Ref__c", ["+49 228 98765432"] * 60),
        ("Ref__c", ["4111111111111111"] * 60),
        ("Ref__c", ["Anna Schmidt", "Bob Miller"] * 30),
        ("When__c", ["1987-11-23", "1990-01-02", "1955-02-03", "2001-02-03"] * 15),
    ],
)
def test_a_field_with_personal_values_is_confidential_by_a_marked_guess(
    draft: Draft, tmp_path: Path, name: str, values: list[Any]
) -> None:
    assert draft("records", records(name, values))[f"Deal.{name}"].classification == "confidential"
    assert "# guessed: its values look like" in (tmp_path / "contracts" / "mine.crm.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Anything__c", ["x"] * 60),
        ("Code__c", [123456789] * 60),
        ("Status__c", ["one", "two"] * 30),
        ("Number__c", [1.5, 2.5] * 30),
        ("Custom_Date__c", ["2026-01-01", "2026-01-02"] * 30),
        ("Initials__c", ["ABC", "XYZ"] * 30),
        ("OwnerId", ["0055g00000QuIrXAAA"] * 60),
    ],
)
def test_a_field_of_records_that_nothing_proves_has_no_class(draft: Draft, name: str, values: list[Any]) -> None:
    assert draft("records", records(name, values))[f"Deal.{name}"].classification == ""


def test_what_a_gate_cannot_do_without_is_kept(draft: Draft) -> None:
    values = {"CurrencyIsoCode": "EUR", "IsWon": True, "SystemModstamp": "2026-01-01T10:00:00.000+0000"}
    text = "\n".join(json.dumps({"Opportunity": {"Name": "x", **values}}) for _ in range(30))
    found = draft("records", text)
    assert {name: found[f"Opportunity.{name}"].classification for name in values} == dict.fromkeys(values, "internal")


@pytest.mark.parametrize("name", ["Status__c", "StageName", "Type__c"])
@pytest.mark.parametrize("people", [PEOPLE, ("Anna", "closed"), ("王小明", "李娜"), ("김철수", "이영희")])
def test_no_enumeration_is_drafted_from_people(
    draft: Draft, tmp_path: Path, name: str, people: tuple[str, ...]
) -> None:
    found = draft("records", records(name, [*people] * 20))
    assert "enum" not in found[f"Deal.{name}"].constraints
    written = (tmp_path / "contracts" / "mine.crm.yaml").read_text()
    assert not [person for person in people if person in written]


def described(*fields: dict[str, Any]) -> str:
    return json.dumps({"name": "Deal", "fields": [{"nillable": True, **each} for each in fields]})


def picklist(name: str, *values: str, restricted: bool = True) -> dict[str, Any]:
    listed = [{"value": value, "active": True} for value in values]
    return {"name": name, "type": "picklist", "picklistValues": listed, "restrictedPicklist": restricted}


@pytest.mark.parametrize("name", ["Account_Manager__c", "SalesRep__c", "Approver__c"])
def test_a_list_that_is_called_as_one_of_people_is_not_written_down(draft: Draft, name: str) -> None:
    found = draft("salesforce", described(picklist(name, "Unrecognised Zobelpelz", "Other")))
    assert (found[f"Deal.{name}"].constraints, found[f"Deal.{name}"].classification) == ({}, "confidential")


def test_a_type_of_people_is_a_list_all_the_same(draft: Draft) -> None:
    found = draft("salesforce", described(picklist("Buyer_Type__c", "new", "old")))
    assert found["Deal.Buyer_Type__c"].constraints == {"enum": ["new", "old"]}


@pytest.mark.parametrize("restricted", [True, False])
def test_a_picklist_of_people_is_not_written_down(draft: Draft, tmp_path: Path, restricted: bool) -> None:
    found = draft("salesforce", described(picklist("Rep__c", *PEOPLE, restricted=restricted)))
    assert (found["Deal.Rep__c"].constraints, found["Deal.Rep__c"].classification) == ({}, "confidential")
    written = (tmp_path / "contracts" / "mine.crm.yaml").read_text()
    assert not [person for person in PEOPLE if person in written]


@pytest.mark.parametrize(
    ("field", "classification"),
    [
        ({"name": "Id", "type": "id"}, "internal"),
        ({"name": "IsWon", "type": "boolean"}, "internal"),
        ({"name": "AccountId", "type": "reference", "referenceTo": ["Account"]}, "internal"),
        ({"name": "CloseDate", "type": "date"}, "internal"),
        (picklist("StageName", "Prospecting", restricted=False), "internal"),
        (picklist("Kind__c", "new", "old"), "internal"),
        ({"name": "OwnerId", "type": "reference", "referenceTo": ["User"]}, ""),
        ({"name": "Approver__c", "type": "reference", "referenceTo": ["Team__c"]}, ""),
        ({"name": "Some__c", "type": "string"}, ""),
        ({"name": "Some__c", "type": "date"}, ""),
        ({"name": "Some__c", "type": "double"}, ""),
        ({"name": "NextStep", "type": "string"}, ""),
        ({"name": "Kind__c", "type": "anyType"}, None),
        (picklist("Free__c", "new", "old", restricted=False), ""),
        ({"name": "Birthdate", "type": "date"}, "restricted"),
        ({"name": "Mail__c", "type": "email"}, "confidential"),
    ],
)
def test_only_the_type_of_the_crm_keeps_a_field(draft: Draft, field: dict[str, Any], classification: str) -> None:
    found = draft(
        "salesforce", described({"name": "Id", "type": "id"}, field) if field["name"] != "Id" else described(field)
    )
    kept = found.get(f"Deal.{field['name']}")
    assert (kept.classification if kept else None) == classification


@pytest.mark.parametrize(
    ("name", "schema", "classification"),
    [
        ("tranDate", {"type": "string", "format": "date"}, "internal"),
        ("isClosed", {"type": "boolean"}, "internal"),
        ("status", {"type": "string", "enum": ["A", "B"]}, "internal"),
        ("externalId", {"type": "string"}, "internal"),
        ("total", {"type": "number"}, "confidential"),
        ("custbody_when", {"type": "string", "format": "date"}, ""),
        ("custbody_x", {"type": "number"}, ""),
        ("otherRefNum", {"type": "string"}, ""),
        ("entity", {"type": "object"}, ""),
        ("custbody_rep", {"type": "string", "enum": [*PEOPLE]}, "confidential"),
    ],
)
def test_only_the_type_of_the_erp_keeps_a_field(
    draft: Draft, name: str, schema: dict[str, Any], classification: str
) -> None:
    found = draft("netsuite", json.dumps({"title": "salesOrder", "properties": {name: schema}}))
    assert found[f"salesOrder.{name}"].classification == classification


def test_every_guess_of_a_class_is_marked(draft: Draft, tmp_path: Path) -> None:
    draft("salesforce", described({"name": "Id", "type": "id"}, {"name": "Amount", "type": "currency"}))
    text = (tmp_path / "contracts" / "mine.crm.yaml").read_text()
    lines = [line.strip() for line in text.splitlines()]
    starts = [
        number
        for number, line in enumerate(lines)
        if line.startswith("- name: ") and "physicalName" in lines[number + 1]
    ]
    guessed = [lines[number - 1].startswith("# guessed: ") for number in starts if "object" not in lines[number + 2]]
    assert guessed == [True, True]


def test_a_skipped_line_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"Deal": {"Id": "1"}}\n{"Deal": {"Id": "2"}, "anna@example.com": "x"}\n')
    result = CliRunner().invoke(
        init, ["--from", "records", str(path), "--flow", "f", "--out", str(tmp_path / "c")], **AS_BELOW_GAMEDAY
    )
    assert "a name that looks like data is neither an object nor a list" in result.output
    assert "anna" not in result.output
