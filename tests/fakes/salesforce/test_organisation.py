"""Custom objects and fields of an organisation at the fake Salesforce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.rows import rows
from support.served import CATALOG, DEAL, LINE, Served, write

SOBJECTS = "/services/data/v60.0/sobjects"
OPPORTUNITY = {
    "fields": {
        "Region__c": {"type": "picklist", "values": ["EMEA", "APAC"], "restricted": True, "required": True},
        "Topics__c": {"type": "multipicklist", "values": ["a", "b"], "restricted": True},
        "Plant__c": {"type": "reference", "refers_to": "plant__c", "children": "Deals__r"},
        "Code__c": {"type": "string", "label": "The code", "length": 5, "unique": True},
        "Margin__c": {"type": "currency", "precision": 6, "scale": 2},
        "Mail__c": {"type": "email"},
        "Renewal__c": {"type": "boolean", "default": True},
        "Number__c": {"type": "double", "precision": 9, "external_id": True, "unique": True},
        "Computed__c": {"type": "double", "calculated": True},
        "Campaign__c": {"type": "reference", "refers_to": "Campaign"},
    }
}
PLANT = {"label": "Plant", "fields": {"City__c": {"type": "string", "length": 20, "required": True}}}
LINE_ITEM = {"fields": {"Warranty__c": {"type": "double", "default": 12}}}


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A fake that serves an organisation with custom fields and a custom object."""
    objects = {"Opportunity": OPPORTUNITY, "Plant__c": PLANT, "OpportunityLineItem": LINE_ITEM}
    return Served("salesforce", write(tmp_path, **{f"salesforce__{name}": each for name, each in objects.items()}))


@pytest.fixture
def deal(crm: Served) -> str:
    """A deal that is won."""
    id_: str = crm.fake.operate("close_deal", "D-1", {**DEAL, "Code__c": "x-1"})["id"]
    return id_


def refusal(answer: Any) -> tuple[int, str, str]:
    """The status, code and message of a refused write."""
    status, body = answer
    return status, body[0]["errorCode"], body[0]["message"]


def test_a_describe_has_the_custom_fields_with_their_attributes(crm: Served) -> None:
    _, described = crm.call("GET", f"{SOBJECTS}/Opportunity/describe")
    fields = {field["name"]: field for field in described["fields"]}
    assert [value["value"] for value in fields["Region__c"]["picklistValues"]] == ["EMEA", "APAC"]
    assert (fields["Region__c"]["nillable"], fields["Region__c"]["restrictedPicklist"]) == (False, True)
    assert (fields["Code__c"]["length"], fields["Code__c"]["unique"], fields["Code__c"]["label"]) == (
        5,
        True,
        "The code",
    )
    assert (fields["Plant__c"]["referenceTo"], fields["Plant__c"]["relationshipName"]) == (["Plant__c"], "Plant__r")
    assert fields["Computed__c"]["createable"] is False
    assert "ERP_Order_Id__c" not in fields


def test_a_custom_object_is_listed_and_has_an_owner_and_a_name(crm: Served) -> None:
    _, listed = crm.call("GET", SOBJECTS)
    plant = next(each for each in listed["sobjects"] if each["name"] == "Plant__c")
    assert (plant["custom"], plant["label"], plant["keyPrefix"]) == (True, "Plant", "a00")
    _, described = crm.call("GET", f"{SOBJECTS}/Plant__c/describe")
    assert {"Id", "OwnerId", "Name", "City__c", "SystemModstamp"} <= {field["name"] for field in described["fields"]}


def test_what_is_written_to_custom_fields_is_kept_and_found(crm: Served, deal: str) -> None:
    _, plant = crm.call("POST", f"{SOBJECTS}/Plant__c", {"Name": "P-1", "City__c": "Bonn"})
    body = {"Plant__c": plant["id"], "Region__c": "APAC", "Topics__c": "a;b", "Margin__c": 12.5}
    assert crm.call("PATCH", f"{SOBJECTS}/Opportunity/{deal}", body) == (204, None)
    _, found = crm.soql(
        "SELECT Region__c, Topics__c, Margin__c, Renewal__c, Plant__r.City__c, "
        "(SELECT Warranty__c FROM OpportunityLineItems) FROM Opportunity WHERE Region__c = 'APAC'"
    )
    row = found["records"][0]
    assert (row["Region__c"], row["Topics__c"], row["Margin__c"], row["Renewal__c"]) == ("APAC", "a;b", 12.5, True)
    assert row["Plant__r"]["City__c"] == "Bonn"
    assert row["OpportunityLineItems"]["records"][0]["Warranty__c"] == 12
    _, parents = crm.soql("SELECT Name, (SELECT Code__c FROM Deals__r) FROM Plant__c")
    assert parents["records"][0]["Deals__r"]["records"][0]["Code__c"] == "x-1"


@rows(
    ("body", "code", "words"),
    [
        ({"Region__c": "Mars"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "restricted picklist field: Mars"),
        ({"Topics__c": "a;c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "restricted picklist field: c"),
        ({"Code__c": "longer"}, "STRING_TOO_LONG", "The code: data value too large: longer (max length=5)"),
        ({"Margin__c": 12345}, "NUMBER_OUTSIDE_VALID_RANGE", "valid range on numeric field: 12345"),
        ({"Margin__c": "much"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of currency"),
        ({"Mail__c": "nobody"}, "INVALID_EMAIL_ADDRESS", "invalid email address: nobody"),
        ({"Region__c": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]"),
        ({"Computed__c": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Computed__c"),
        ({"Nothing__c": 1}, "INVALID_FIELD", "No such column 'Nothing__c' on sobject of type Opportunity"),
        ({"ERP_Order_Id__c": "1"}, "INVALID_FIELD", "No such column 'ERP_Order_Id__c'"),
        ({"Plant__c": "001000000000001"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        ({"Campaign__c": "701000000000001"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_the_vendors_words(
    crm: Served, deal: str, body: dict[str, Any], code: str, words: str
) -> None:
    status, given, message = refusal(crm.call("PATCH", f"{SOBJECTS}/Opportunity/{deal}", body))
    assert (status, given) == (400, code)
    assert words in message


def test_a_unique_value_is_refused_to_a_second_record(crm: Served, deal: str) -> None:
    crm.fake.operate("close_deal", "D-2", {**DEAL, "Code__c": "x-2"})
    other = crm.fake.business.deals["D-2"]
    answer = crm.call("PATCH", f"{SOBJECTS}/Opportunity/{other}", {"Code__c": "x-1"})
    assert refusal(answer)[1] == "DUPLICATE_VALUE"
    with pytest.raises(ControlError, match="another record has 'x-1'"):
        crm.fake.operate("close_deal", "D-3", {**DEAL, "Code__c": "x-1"})


def test_a_required_custom_field_is_asked_of_a_new_record(crm: Served) -> None:
    body = {"Name": "N", "StageName": "Prospecting", "CloseDate": "2026-06-30"}
    answer = refusal(crm.call("POST", f"{SOBJECTS}/Opportunity", body))
    assert answer == (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]")


def test_a_query_of_a_field_of_the_bundled_organisation_is_refused(crm: Served) -> None:
    assert refusal(crm.soql("SELECT ERP_Order_Id__c FROM Opportunity"))[1] == "INVALID_FIELD"


def test_a_lookup_to_an_object_that_is_not_served_leads_nowhere(crm: Served) -> None:
    answer = crm.soql("SELECT Campaign__r.Name FROM Opportunity")
    assert "Didn't understand relationship 'Campaign__r'" in refusal(answer)[2]


@pytest.mark.parametrize("given", [{"Code__c": "ab"}, {"fields": {"Code__c": "ab"}}, {"code__C": "ab"}])
def test_a_deal_keeps_the_fields_that_people_give_it(crm: Served, given: dict[str, Any]) -> None:
    crm.fake.operate("close_deal", "D-9", {**DEAL, **given})
    [entry] = crm.fake.ledger().entries
    assert entry.fields["Code__c"] == "ab"


def test_a_line_keeps_the_fields_that_people_give_it(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-9", {**DEAL, "lines": [{**LINE, "Warranty__c": 24}]})
    [entry] = crm.fake.ledger().entries
    assert entry.lines[0].fields == (("Warranty__c", "24"),)


def test_what_the_organisation_requires_and_nobody_gave_has_a_value_that_it_takes(crm: Served, deal: str) -> None:
    _, found = crm.soql("SELECT Region__c FROM Opportunity")
    assert found["records"][0]["Region__c"] == "EMEA"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Nothing__c": "x"}, "unknown field 'Nothing__c' of Opportunity; known: AccountId"),
        ({"Regoin__c": "x"}, "(did you mean 'Region__c'?)"),
        ({"Region__c": "Mars"}, "bad value for restricted picklist field: Mars; known: EMEA, APAC"),
        ({"IsWon": True}, "field 'IsWon' of Opportunity is set by the CRM itself"),
        ({"StageName": "Prospecting"}, "field 'StageName' of Opportunity is given twice"),
        ({"Plant__c": "a00000000000009"}, "no Plant__c has the id 'a00000000000009'"),
        ({"lines": [{**LINE, "Nothing__c": 1}]}, "unknown field 'Nothing__c' of OpportunityLineItem"),
        ({"subsidiary": "Europe"}, "unknown field 'Subsidiary__c' of Opportunity"),
        ({"fields": {"Code__c": "a"}, "Code__c": "b"}, "field 'Code__c' is given twice"),
    ],
)
def test_what_a_deal_cannot_keep_is_refused_with_the_reason(crm: Served, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError) as refused:
        crm.fake.operate("close_deal", "D-9", {**DEAL, **given})
    assert words in str(refused.value)
    assert crm.fake.ledger().entries == ()


def test_payment_terms_reach_the_ledger_of_the_bundled_organisation() -> None:
    crm = Served("salesforce")
    crm.fake.operate("close_deal", "D-1", {**DEAL, "Payment_Terms__c": "Net 30"})
    [entry] = crm.fake.ledger().entries
    assert (entry.terms, entry.fields) == ("Net 30", {})


def test_an_amendment_keeps_the_fields_that_people_change(crm: Served, deal: str) -> None:
    crm.fake.operate("amend_deal", "D-1", {"lines": [LINE], "Region__c": "APAC"})
    [entry] = crm.fake.ledger().entries
    assert entry.fields["Region__c"] == "APAC"


def test_a_restored_ledger_has_the_fields_again(crm: Served, deal: str) -> None:
    crm.fake.operate("amend_deal", "D-1", {"lines": [{**LINE, "Warranty__c": 24}], "Region__c": "APAC"})
    ledger = crm.fake.ledger()
    crm.fake.start_again(0)
    crm.fake.operate("seed", "", CATALOG)
    crm.fake.restore(ledger)
    assert [entry.fields for entry in crm.fake.ledger().entries] == [entry.fields for entry in ledger.entries]
    assert crm.fake.ledger().entries[0].lines == ledger.entries[0].lines


def test_a_fault_can_rename_and_hide_a_custom_field(crm: Served, deal: str) -> None:
    rename = {"kind": "rename_field", "object": "Opportunity", "field": "Region__c", "new_name": "Area__c"}
    crm.fake.inject("f1", rename)
    assert crm.soql("SELECT Area__c FROM Opportunity")[1]["records"][0]["Area__c"] == "EMEA"
    assert crm.soql("SELECT Region__c FROM Opportunity")[0] == 400
    crm.fake.heal("f1")
    crm.fake.inject("f2", {"kind": "hide_field", "object": "Plant__c", "field": "City__c"})
    assert crm.soql("SELECT City__c FROM Plant__c")[0] == 400
    with pytest.raises(ControlError, match="unknown field 'ERP_Order_Id__c' of Opportunity; known"):
        crm.fake.inject("f3", {**rename, "field": "ERP_Order_Id__c"})


def test_an_outbound_message_carries_the_fields_that_the_settings_name(crm: Served, deal: str) -> None:
    crm.fake.configure({"outbound_fields": ["Region__c"]})
    message = crm.fake.outbound._render([("04l", deal)], crm.fake.settings, crm.fake.sessions).decode()
    assert "<sf:Region__c>EMEA</sf:Region__c>" in message
    with pytest.raises(ControlError, match="outbound_fields: unknown field 'Nothing__c'; known: Id"):
        crm.fake.configure({"outbound_fields": ["Nothing__c"]})


def test_a_number_can_be_an_external_id(crm: Served, deal: str) -> None:
    path = f"{SOBJECTS}/Opportunity/Number__c"
    body = {"Name": "N", "StageName": "Prospecting", "CloseDate": "2026-06-30", "Region__c": "EMEA"}
    status, created = crm.call("PATCH", f"{path}/12", body)
    assert (status, created["created"]) == (201, True)
    assert crm.call("PATCH", f"{path}/12.0", {"Region__c": "APAC"})[1]["id"] == created["id"]
    assert crm.call("GET", f"{path}/12")[1]["Region__c"] == "APAC"
    assert crm.call("GET", f"{path}/twelve")[0] == 404


def test_a_field_for_whole_numbers_takes_no_fraction(tmp_path: Path) -> None:
    crm = Served("salesforce", write(tmp_path, salesforce__Account={"fields": {"Staff__c": {"type": "int"}}}))
    path = "/services/data/v60.0/sobjects/Account"
    statuses = [crm.call("POST", path, {"Name": "A", "Staff__c": value})[0] for value in (3, "4", 5.0, 1.5, "1.5")]
    assert statuses == [201, 201, 201, 400, 400]
