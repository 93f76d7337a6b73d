"""The organisation's own rules at the fake Salesforce: validation rules, record types, automatic numbers, defaults."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.rows import rows
from support.served import DEAL, LINE, Served, write

SOBJECTS = "/services/data/v60.0/sobjects"
OPPORTUNITY = {
    "fields": {
        "Region__c": {"type": "picklist", "values": ["EMEA", "APAC"], "restricted": True},
        "Reference__c": {"type": "string", "length": 40},
        "Number__c": {"type": "string", "length": 30, "read_only": True, "auto_number": "D-{0000}/{YYYY}"},
        "Go_Live__c": {"type": "date", "required": True, "default_formula": "TODAY() + 30"},
        "Made_By__c": {"type": "string", "default_formula": "$User.Username"},
        "Odd__c": {"type": "string", "default_formula": "$Profile.Name"},
    },
    "validation_rules": {
        "Reference_Form": {
            "formula": 'NOT(ISBLANK(Reference__c)) && NOT(REGEX(Reference__c, "R-[0-9]+"))',
            "message": "A reference is R- and digits.",
            "field": "Reference__c",
        },
        "Reference_Kept": {
            "formula": 'ISCHANGED(Reference__c) && PRIORVALUE(Reference__c) <> ""',
            "message": "A reference stays.",
        },
        "Old_Rule": {"formula": '$Profile.Name = "Sales"', "message": "Not by sales."},
    },
    "record_types": {
        "Retail": {"default": True, "values": {"Region__c": ["EMEA"]}},
        "Wholesale": {"label": "Whole sale"},
        "Gone": {"active": False},
    },
}


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM with rules of its own and a deal."""
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity=OPPORTUNITY))
    crm.fake.operate("close_deal", "D-1", DEAL)
    return crm


@pytest.fixture
def deal(crm: Served) -> str:
    """The id of the deal."""
    id_: str = crm.fake.business.deals["D-1"]
    return id_


def write_to(crm: Served, deal: str, **fields: Any) -> Any:
    """Status and errors of a write to a deal."""
    return crm.call("PATCH", f"{SOBJECTS}/Opportunity/{deal}", fields)


def read(crm: Served, deal: str) -> Any:
    """The deal as it is read."""
    return crm.call("GET", f"{SOBJECTS}/Opportunity/{deal}")[1]


def type_id(crm: Served, name: str) -> str:
    """The id of a record type, as a sync finds it."""
    _, found = crm.soql(f"SELECT Id FROM RecordType WHERE SobjectType = 'Opportunity' AND DeveloperName = '{name}'")
    id_: str = found["records"][0]["Id"]
    return id_


def test_a_record_that_breaks_a_rule_is_refused_and_unchanged(crm: Served, deal: str) -> None:
    error = {
        "message": "A reference is R- and digits.",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["Reference__c"],
    }
    assert write_to(crm, deal, Reference__c="1") == (400, [error])
    assert read(crm, deal)["Reference__c"] is None
    assert write_to(crm, deal, Reference__c="R-1") == (204, None)


def test_every_broken_rule_is_an_error_of_its_own(crm: Served, deal: str) -> None:
    write_to(crm, deal, Reference__c="R-1")
    status, errors = write_to(crm, deal, Reference__c="1")
    assert (status, [each["message"] for each in errors]) == (
        400,
        ["A reference is R- and digits.", "A reference stays."],
    )


def test_of_a_collection_only_the_records_that_break_a_rule_are_refused(crm: Served, deal: str) -> None:
    other = crm.fake.operate("close_deal", "D-2", DEAL)["id"]
    records = [
        {"attributes": {"type": "Opportunity"}, "id": id_, "Reference__c": text}
        for id_, text in ((deal, "1"), (other, "R-2"))
    ]
    path = "/services/data/v60.0/composite/sobjects"
    _, results = crm.call("PATCH", path, {"records": records})
    assert [result["success"] for result in results] == [False, True]
    assert results[0]["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert read(crm, other)["Reference__c"] == "R-2"


def test_what_people_do_is_refused_by_the_same_rules_with_the_reason(crm: Served) -> None:
    with pytest.raises(ControlError, match=r"the CRM refuses it by Reference_Form: A reference is R- and digits\."):
        crm.fake.operate("close_deal", "D-2", {**DEAL, "Reference__c": "x"})
    assert "D-2" not in [entry.keys["key"] for entry in crm.fake.ledger().entries]


def test_a_refused_deal_can_be_closed_again_under_its_key(crm: Served) -> None:
    with pytest.raises(ControlError):
        crm.fake.operate("close_deal", "D-2", {**DEAL, "Reference__c": "x"})
    assert crm.fake.operate("close_deal", "D-2", DEAL)["id"]


def test_a_rule_that_is_not_evaluated_refuses_nothing_and_is_recorded_once(crm: Served, deal: str) -> None:
    for _ in range(2):
        write_to(crm, deal, Region__c="EMEA")
    calls = [event.value["call"] for event in crm.fake.events.after(0) if event.f == "unsupported"]
    assert calls == [
        "a new Opportunity, whose default of Odd__c is not computed: $Profile.Name",
        "a write of Opportunity, whose validation rule Old_Rule is not evaluated: $Profile.Name",
    ]


def test_a_line_is_refused_where_its_deal_would_break_a_rule(tmp_path: Path) -> None:
    rule = {"formula": "Amount > 100", "message": "Too much."}
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity={"validation_rules": {"Most": rule}}))
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    _, found = crm.soql("SELECT PricebookEntryId FROM OpportunityLineItem")
    body = {"OpportunityId": deal, "PricebookEntryId": found["records"][0]["PricebookEntryId"], "Quantity": 99}
    status, errors = crm.call("POST", f"{SOBJECTS}/OpportunityLineItem", body)
    assert (status, errors[0]["message"]) == (400, "Too much.")
    assert len(crm.fake.ledger().entries[0].lines) == 1


def test_automatic_numbers_count_new_records(crm: Served, deal: str) -> None:
    other = crm.fake.operate("close_deal", "D-2", {**DEAL, "lines": [LINE]})["id"]
    year = datetime.datetime.now(datetime.UTC).year
    assert [read(crm, id_)["Number__c"] for id_ in (deal, other)] == [f"D-0001/{year}", f"D-0002/{year}"]
    assert write_to(crm, deal, Number__c="x")[1][0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_computed_default_is_that_of_the_moment_and_the_user(crm: Served) -> None:
    body = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-06-30"}
    _, made = crm.call("POST", f"{SOBJECTS}/Opportunity", body)
    record = read(crm, made["id"])
    expected = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=30)
    assert (record["Go_Live__c"], record["Made_By__c"]) == (expected.isoformat(), "integration@example.com")


def test_a_new_record_has_the_default_record_type(crm: Served, deal: str) -> None:
    _, found = crm.soql("SELECT RecordType.DeveloperName, RecordType.Name FROM Opportunity")
    assert [record["RecordType"]["DeveloperName"] for record in found["records"]] == ["Retail"]
    assert read(crm, deal)["RecordTypeId"] == type_id(crm, "Retail")


def test_record_types_are_described(crm: Served) -> None:
    _, described = crm.call("GET", f"{SOBJECTS}/Opportunity/describe")
    infos = {info["developerName"]: info for info in described["recordTypeInfos"]}
    assert list(infos) == ["Retail", "Wholesale", "Gone", "Master"]
    assert [name for name, info in infos.items() if info["defaultRecordTypeMapping"]] == ["Retail"]
    assert (infos["Wholesale"]["name"], infos["Gone"]["active"]) == ("Whole sale", False)
    assert infos["Wholesale"]["recordTypeId"] == type_id(crm, "Wholesale")


def test_a_record_type_that_is_not_active_is_refused(crm: Served, deal: str) -> None:
    gone = type_id(crm, "Gone")
    status, (error,) = write_to(crm, deal, RecordTypeId=gone)
    assert (status, error["errorCode"]) == (400, "INVALID_CROSS_REFERENCE_KEY")
    assert error["message"] == f"Record Type ID: this ID value isn't valid for the user: {gone}"


def test_a_record_has_only_the_values_of_its_record_type(crm: Served, deal: str) -> None:
    status, (error,) = write_to(crm, deal, Region__c="APAC")
    assert (status, error["errorCode"]) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert write_to(crm, deal, Region__c="APAC", RecordTypeId=type_id(crm, "Wholesale")) == (204, None)


def test_deals_of_a_workload_have_values_that_their_record_type_allows(tmp_path: Path) -> None:
    values = {"type": "picklist", "values": ["A", "B", "C"], "restricted": True}
    fields = {"One__c": {**values, "required": True}, "Two__c": {**values, "default": "A"}}
    types = {"Own": {"default": True, "values": {"One__c": ["C", "B"], "Two__c": ["B"]}}}
    folder = write(tmp_path, salesforce__Opportunity={"fields": fields, "record_types": types})
    crm = Served("salesforce", folder)
    record = read(crm, crm.fake.operate("close_deal", "D-1", DEAL)["id"])
    assert (record["One__c"], record["Two__c"]) == ("B", None)


def test_what_formulas_have_beside_records_is_a_setting_of_the_organisation(tmp_path: Path) -> None:
    rules = {
        "By_Profile": {"formula": '$Profile.Name = "API Only" && ISCHANGED(Name)', "message": "Not by the API."},
        "By_Permission": {"formula": "NOT($Permission.Bypass) && ISCHANGED(Amount)", "message": "Not by you."},
        "By_Number": {"formula": "Amount > $Setup.Limits__c.Most__c", "message": "Too much."},
    }
    folder = write(tmp_path, salesforce__Opportunity={"validation_rules": rules})
    values = ["$Profile.Name=API Only", "$Permission.Bypass=true", "$Setup.Limits__c.Most__c=99.5"]
    (folder / "settings.json").write_text(json.dumps({"salesforce": {"formula_values": values}}), encoding="utf-8")
    crm = Served("salesforce", folder)
    assert crm.fake.model.house.problems() == []
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    assert write_to(crm, deal, Name="Other")[1][0]["message"] == "Not by the API."
    with pytest.raises(ControlError, match="formula_values belong to settings"):
        crm.fake.configure({"formula_values": ["$Profile.Name=Sales"]})


@rows(
    ("part", "words"),
    [
        ({"validation_rules": {"A": {"formula": "1 = 1"}}}, "A: Object missing required field `message`"),
        ({"validation_rules": {"A": {"formula": "1 = 1", "message": "x", "field": "B__c"}}}, "unknown field 'B__c'"),
        ({"validation_rules": {"a b": {}}}, "'a b' cannot be the name of a validation rule"),
        ({"record_types": {"A": {"default": True}, "B": {"default": True}}}, "several record types are the default"),
        ({"record_types": {"A": {"values": {"Amount": ["x"]}}}}, "A has values of 'Amount', which is no picklist"),
        ({"record_types": {"A": {"colour": 1}}}, "A has 'colour'; known: label, default, active, values"),
        ({"fields": {"N__c": {"type": "string", "auto_number": "{0}"}}}, "N__c cannot have the automatic number '{0}'"),
        ({"fields": {"N__c": {"type": "string", "formula": "1"}}}, "N__c has a formula and is not 'calculated'"),
        ({"forms": {"A": {"id": "1"}}}, "Opportunity has 'forms', which no object of Salesforce can have"),
    ],
)
def test_a_mistake_in_a_rule_is_named(tmp_path: Path, part: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r"Opportunity") as refused:
        Served("salesforce", write(tmp_path, salesforce__Opportunity=part))
    assert words in str(refused.value)
