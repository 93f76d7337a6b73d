"""Importing an organisation: what is taken, and one line for each thing that cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.config.features import library
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.sources import finish, take_source
from gameday_fakes import manifests as found_manifests
from gameday_fakes.manifest import Manifest
from gameday_fakes.organisation import FieldSpec, SummarySpec, read_organisation
from gameday_fakes.registry import fake_kinds, kinds_in
from support.large_describe import FIELDS, large_describe
from support.rows import rows
from support.served import DEAL, Served

PROJECT = Path(__file__).parent / "sfdx_project"


def taken(*sources: Path) -> Imported:
    imported = Imported()
    for source in sources:
        take_source(imported, source)
    finish(imported)
    return imported


def saved(folder: Path, document: Any, name: str = "source.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def refused(*sources: Path) -> str:
    with pytest.raises(GamedayError) as caught:
        taken(*sources)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- sfdx --------------------------------------------------------------------------------------------


def test_an_sfdx_project_has_fields_of_every_kind() -> None:
    found = taken(PROJECT).objects["salesforce"]
    assert sorted(found) == ["Account", "Opportunity", "OpportunityLineItem", "Order_Event__e", "Plant__c"]
    fields = found["Opportunity"].fields
    assert fields["Region__c"] == FieldSpec(
        "picklist", "Region", required=True, values=("EMEA", "Americas", "APAC"), restricted=True, default="EMEA"
    )
    assert fields["ERP_Order_Id__c"] == FieldSpec("string", "ERP Order Id", length=80, unique=True, external_id=True)
    assert fields["Delivery_Plant__c"] == FieldSpec(
        "reference", "Delivery Plant", refers_to="Plant__c", relationship="Delivery_Plant__r", children="Deals__r"
    )
    assert fields["Expected_Margin__c"] == FieldSpec("currency", "Expected Margin", precision=16, scale=2)
    assert fields["Segment__c"].values == ("Enterprise", "Mid-market")
    assert fields["Margin_Rate__c"].calculated
    assert found["Account"].fields["Credit_Class__c"].values == ("A", "B", "No", "1.10")
    assert found["OpportunityLineItem"].fields["Warranty_Months__c"].default == "12"
    assert (found["Plant__c"].label, found["Plant__c"].label_plural) == ("Plant", "Plants")


def test_what_an_sfdx_project_has_and_no_fake_serves_is_one_line_each() -> None:
    assert sorted(taken(PROJECT).notes) == [
        "Opportunity.Campaign_Partner__c: it refers to Partner__c, which is not imported, so it can only be empty",
        "Opportunity.IqScore: not taken: its file has no type, as those of standard fields; a describe has it",
        "Opportunity.Office__c: not taken: the type 'Location' is not served; known: Text, AutoNumber, TextArea, "
        "LongTextArea, Html, EncryptedText, Number, Currency, Percent, Checkbox, Date, DateTime, Time, Email, Phone, "
        "Url, Picklist, MultiselectPicklist, Lookup, MasterDetail, Hierarchy, Summary",
    ]


def test_a_deal_on_an_imported_project_satisfies_it(tmp_path: Path) -> None:
    taken(PROJECT).write(tmp_path, force=False)
    crm = Served("salesforce", tmp_path)
    crm.fake.operate("close_deal", "D-1", DEAL)
    [entry] = crm.fake.ledger().entries
    assert entry.fields["Region__c"] == "EMEA"
    assert entry.fields["Purchase_Order__c"] == "Purchase Order"
    assert entry.lines[0].fields == (("Warranty_Months__c", "12"),)


@rows(
    ("inner", "why"),
    [
        ("<type>Text</type>", "not taken: this cannot be the name of a field"),
        ("<fullName>X__c</fullName><type>Hologram</type>", "X__c: not taken: the type 'Hologram' is not served"),
        (
            "<fullName>X__c</fullName><type>Text</type><length>many</length>",
            "X__c: not taken: its length 'many' is no whole number from 0 to 2000000",
        ),
        (
            "<fullName>X__c</fullName><type>Number</type><precision>40</precision>",
            "X__c: not taken: its precision '40' is no whole number from 0 to 18",
        ),
        ("<fullName>X__c</fullName><type>Lookup</type>", "X__c: not taken: it does not say what it refers to"),
        (
            "<fullName>X__c</fullName><type>Picklist</type><valueSet><valueSetName>Gone</valueSetName></valueSet>",
            "X__c: not taken: the project does not have its global value set 'Gone'",
        ),
        (
            "<fullName>X__c</fullName><type>Text</type><formula>VLOOKUP(1)</formula>",
            "X__c: its formula is not computed: the function VLOOKUP, so it is empty in every record",
        ),
        (
            "<fullName>X__c</fullName><type>Text</type><defaultValue>$Setup.X__c</defaultValue>",
            "X__c: its default is not computed: $Setup.X__c",
        ),
        ("<fullName>X__c</fullName><type>Summary</type>", "X__c: its formula is not computed"),
        ("<fullName>X__c</fullName", "is not XML"),
        ('<!DOCTYPE x [<!ENTITY e "x">]><CustomField>&e;</CustomField>', "is not XML"),
    ],
)
def test_a_field_that_cannot_be_taken_is_one_line(tmp_path: Path, inner: str, why: str) -> None:
    path = tmp_path / "objects" / "Account" / "fields" / "X__c.field-meta.xml"
    path.parent.mkdir(parents=True)
    path.write_text(inner if inner.startswith("<!") else f"<CustomField>{inner}</CustomField>", encoding="utf-8")
    notes = taken(tmp_path).notes
    assert len(notes) == 1
    assert why in notes[0]


def test_a_roll_up_summary_is_taken_and_one_with_filters_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "objects" / "Account" / "fields"
    folder.mkdir(parents=True)
    inner = (
        "<fullName>{}</fullName><type>Summary</type><summarizedField>Opportunity.Amount</summarizedField>"
        "<summaryForeignKey>Opportunity.AccountId</summaryForeignKey><summaryOperation>sum</summaryOperation>{}"
    )
    for name, more in (("Won__c", ""), ("Some__c", "<summaryFilterItems><field>x</field></summaryFilterItems>")):
        (folder / f"{name}.field-meta.xml").write_text(f"<CustomField>{inner.format(name, more)}</CustomField>")
    imported = taken(tmp_path)
    fields = imported.objects["salesforce"]["Account"].fields
    assert fields["Won__c"].summary == SummarySpec("sum", "Opportunity", "Amount", "AccountId")
    assert [note.partition(":")[0] for note in imported.notes] == ["Account.Some__c"]
    imported.write(tmp_path / "to", force=False)
    crm = Served("salesforce", tmp_path / "to")
    crm.fake.operate("close_deal", "D-1", DEAL)
    assert crm.soql("SELECT Won__c FROM Account")[1]["records"][0]["Won__c"] == 5


def test_stages_come_from_the_standard_value_set_and_deals_are_won_in_them(tmp_path: Path) -> None:
    path = tmp_path / "standardValueSets" / "OpportunityStage.standardValueSet-meta.xml"
    path.parent.mkdir()
    stages = (("Idea", "false", "false"), ("Gewonnen", "true", "true"), ("Verloren", "true", "false"))
    values = "".join(
        f"<standardValue><fullName>{name}</fullName><closed>{closed}</closed><won>{won}</won></standardValue>"
        for name, closed, won in stages
    )
    path.write_text(f"<StandardValueSet>{values}</StandardValueSet>", encoding="utf-8")
    (tmp_path / "Plant__c.object-meta.xml").write_text("<CustomObject><label>Plant</label></CustomObject>")
    imported = taken(tmp_path)
    assert imported.objects["salesforce"]["Opportunity"].fields["StageName"].values == ("Idea", "Gewonnen", "Verloren")
    imported.write(tmp_path / "to", force=False)
    crm = Served("salesforce", tmp_path / "to")
    crm.fake.operate("close_deal", "D-1", DEAL)
    crm.fake.operate("open_deal", "D-2", DEAL)
    _, found = crm.soql("SELECT StageName, IsWon FROM Opportunity ORDER BY StageName")
    assert [(row["StageName"], row["IsWon"]) for row in found["records"]] == [("Gewonnen", True), ("Idea", False)]
    crm.fake.operate("void_deal", "D-1", {})
    _, found = crm.soql("SELECT StageName FROM Opportunity WHERE IsWon = false AND IsClosed = true")
    assert [row["StageName"] for row in found["records"]] == ["Verloren"]


def test_a_describe_whose_stages_have_other_names_is_noted(tmp_path: Path) -> None:
    values = [{"value": "Gewonnen", "label": "Gewonnen"}]
    field = {"name": "StageName", "type": "picklist", "picklistValues": values}
    notes = taken(saved(tmp_path, {"name": "Opportunity", "fields": [field]})).notes
    assert notes == [
        "Opportunity.StageName: it has no 'Closed Won'; name the stage of won deals in settings.json (won_stage)"
    ]


# -- describes ---------------------------------------------------------------------------------------


def test_a_describe_of_three_hundred_fields_is_taken(tmp_path: Path) -> None:
    imported = taken(saved(tmp_path, large_describe()))
    spec = imported.objects["salesforce"]["Opportunity"]
    # Without the id and the compound address.
    assert len(spec.fields) == FIELDS - 2
    assert "Opportunity.BillingAddress: not taken: a compound address is not served" in imported.notes[0]
    assert spec.fields["Sales_Region__c"].required
    assert spec.fields["LastViewedDate"].read_only
    assert not spec.fields["Custom_010__c"].required


@pytest.mark.slow
def test_what_a_fake_describes_is_taken_and_served_the_same_again(tmp_path: Path) -> None:
    taken(PROJECT).write(tmp_path / "one", force=False)
    first = Served("salesforce", tmp_path / "one")
    path = "/services/data/v60.0/sobjects/{}/describe"
    names = ("Account", "Opportunity", "OpportunityLineItem", "Plant__c")
    describes = [first.call("GET", path.format(name))[1] for name in names]
    taken(saved(tmp_path, describes)).write(tmp_path / "two", force=False)
    second = Served("salesforce", tmp_path / "two")
    for name, described in zip(names, describes, strict=True):
        again = {field["name"]: field for field in second.call("GET", path.format(name))[1]["fields"]}
        assert again == {field["name"]: field for field in described["fields"]}


def test_the_output_of_the_vendors_command_line_is_a_describe_too(tmp_path: Path) -> None:
    imported = taken(saved(tmp_path, {"status": 0, "result": large_describe()}))
    assert "Opportunity" in imported.objects["salesforce"]


# -- catalogues and contracts ------------------------------------------------------------------------


def schema(title: str, **properties: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties}


def test_a_metadata_catalogue_gives_body_and_line_fields_and_custom_records(tmp_path: Path) -> None:
    reference = {"type": "object", "properties": {"id": {}, "refName": {"enum": ["EMEA", "APAC"]}, "links": {}}}
    order = schema(
        "salesOrder",
        custbody_deal={"type": "string", "title": "Deal", "maxLength": 18},
        custbody_region=reference,
        custbody_due={"type": "string", "format": "date", "nullable": False},
        memo={"type": "string", "title": "Memo", "nullable": False},
        salesRole={"type": "object", "properties": {"id": {}, "refName": {}, "links": {}}},
        subsidiary={"type": "object", "properties": {"id": {}, "refName": {}, "links": {}}},
        billingAddress={"type": "object", "properties": {"city": {}}},
        partners={"type": "object", "properties": {"items": {"type": "array", "items": {}}}},
        item={
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"properties": {"custcol_note": {"type": "string"}, "rate": {}}}}
            },
        },
    )
    plant = schema("customrecord_plant", custrecord_city={"type": "string"}, name={"type": "string"})
    imported = taken(saved(tmp_path, order, "a.json"), saved(tmp_path, plant, "b.json"))
    found = imported.objects["netsuite"]
    assert found["salesOrder"].fields == {
        "custbody_deal": FieldSpec("string", "Deal", length=18),
        "custbody_region": FieldSpec("select", values=("EMEA", "APAC")),
        "custbody_due": FieldSpec("date", required=True),
        "memo": FieldSpec("string", "Memo", required=True),
    }
    assert list(found["salesOrder"].lines) == ["custcol_note"]
    assert "custrecord_city" in found["customrecord_plant"].fields
    assert [note.partition(":")[0] for note in imported.notes] == [
        "salesOrder.salesRole",
        "salesOrder.billingAddress",
        "salesOrder.partners",
    ]
    imported.write(tmp_path / "to", force=False)
    assert kinds_in(str(tmp_path / "to"))["netsuite"].catalogue().object("customrecord_plant")


def test_the_catalogue_of_the_fake_itself_is_taken(tmp_path: Path) -> None:
    erp = Served("netsuite")
    _, document = erp.call("GET", "/services/rest/record/v1/metadata-catalog", accept="application/swagger+json")
    taken(saved(tmp_path, document)).write(tmp_path / "to", force=False)
    served = {
        each.name: {field.name for field in each.fields} for each in kinds_in(str(tmp_path / "to"))["netsuite"].objects
    }
    assert served == {each.name: {field.name for field in each.fields} for each in fake_kinds()["netsuite"].objects}


CRM_SIDE = """
schema:
  - physicalName: Opportunity
    properties:
      - {physicalName: Amount, logicalType: number}
      - {physicalName: Account.Name, logicalType: string}
      - {physicalName: Code__c, logicalType: string, required: true, unique: true, logicalTypeOptions: {maxLength: 5}}
      - {physicalName: Region__c, logicalType: string, enum: [{value: EMEA}, {value: APAC}]}
      - {physicalName: Margin__c, logicalType: number}
      - {physicalName: Things__c, logicalType: array}
"""
ERP_SIDE = """
schema:
  - physicalName: salesorder
    properties:
      - {physicalName: memo, logicalType: string}
      - {physicalName: custbody_deal, logicalType: string, required: true}
      - {physicalName: custbody_region, logicalType: string, enum: [EMEA, APAC]}
      - physicalName: item
        logicalType: array
        items: {properties: [{physicalName: custcol_note, logicalType: string, logicalTypeOptions: {maxLength: 9}}]}
"""


def test_a_contract_gives_the_fields_that_it_names(tmp_path: Path) -> None:
    for side, text in (("crm", CRM_SIDE), ("erp", ERP_SIDE)):
        (tmp_path / f"flow.{side}.yaml").write_text(text, encoding="utf-8")
    imported = taken(tmp_path)
    assert imported.objects["salesforce"]["Opportunity"].fields == {
        "Code__c": FieldSpec("string", length=5, required=True, unique=True),
        "Region__c": FieldSpec("picklist", length=255, values=("EMEA", "APAC"), restricted=True),
        "Margin__c": FieldSpec("double", precision=18, scale=2),
    }
    order = imported.objects["netsuite"]["salesOrder"]
    assert order.fields == {
        "custbody_deal": FieldSpec("string", required=True),
        "custbody_region": FieldSpec("select", values=("EMEA", "APAC")),
    }
    assert order.lines == {"custcol_note": FieldSpec("string", length=9)}
    assert imported.notes == ["Opportunity.Things__c: not taken: the contract's type 'array' says too little"]


def test_the_bundled_contracts_can_be_imported_and_served(tmp_path: Path) -> None:
    imported = taken(library() / "contracts")
    imported.write(tmp_path, force=False)
    assert read_organisation(tmp_path).of("salesforce").keys() >= {"Opportunity"}


@rows(
    ("schema", "why"),
    [
        (7, "not taken: the catalogue does not describe it"),
        ({"type": "blob"}, "not taken: the type 'blob' is not served; known: string, number, integer, boolean, object"),
        (
            {"$ref": "/services/rest/record/v1/metadata-catalog/ghost"},
            "not taken: its type is not stated; known: string",
        ),
        ({"type": "object"}, "not taken: it does not say what it refers to"),
    ],
)
def test_a_field_of_a_catalogue_that_cannot_be_taken_is_one_line(tmp_path: Path, schema: Any, why: str) -> None:
    properties = {"custbody_x": schema, "custbody_y": {"type": ["string", "null"]}}
    imported = taken(saved(tmp_path, {"title": "salesOrder", "properties": properties}))
    assert list(imported.objects["netsuite"]["salesOrder"].fields) == ["custbody_y"]
    [note] = imported.notes
    assert note.startswith(f"salesOrder.custbody_x: {why}")


# -- mistakes ----------------------------------------------------------------------------------------


@rows(
    ("document", "words"),
    [
        ({"sobjects": []}, "lists objects without fields"),
        ({"name": "x"}, "is nothing that can be imported"),
        (3, "is nothing that can be imported"),
        ({"fields": 3, "name": "X"}, "is not a describe of Salesforce"),
        ({"openapi": "3", "components": {}}, "has no components.schemas"),
        (
            [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
            "refused request: 'Session expired",
        ),
        (
            {"error": "invalid_grant", "error_description": "authentication failure"},
            "refused request: 'authentication fa",
        ),
        (
            {"title": "Unauthorized", "o:errorDetails": [{"detail": "Invalid login attempt."}]},
            "refused request: 'Invalid l",
        ),
    ],
)
def test_what_is_no_source_is_named(tmp_path: Path, document: Any, words: str) -> None:
    assert words in refused(saved(tmp_path, document))


def test_an_empty_folder_is_no_source(tmp_path: Path) -> None:
    assert "holds nothing that can be imported" in refused(tmp_path)


def test_files_that_exist_are_overwritten_by_force_only(tmp_path: Path) -> None:
    imported = taken(PROJECT)
    imported.write(tmp_path, force=False)
    with pytest.raises(GamedayError, match="exists already"):
        imported.write(tmp_path, force=False)
    assert imported.write(tmp_path, force=True)


def test_of_a_field_in_two_sources_the_first_counts(tmp_path: Path) -> None:
    describe = large_describe()
    describe["fields"].append({"name": "region__c", "type": "string", "length": 3})
    fields = taken(PROJECT, saved(tmp_path, describe)).objects["salesforce"]["Opportunity"].fields
    assert fields["Region__c"].type == "picklist"
    assert "region__c" not in fields
    assert "Sales_Region__c" in fields


def test_a_contract_of_a_vendor_without_an_import_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**found_manifests.manifests(), "blue": Manifest(name="blue", role="crm")}
    monkeypatch.setattr(found_manifests, "manifests", lambda: known)
    (tmp_path / "f.crm.yaml").write_text("servers: [{server: blue-eu}]\nschema: [{name: Deal}]\n", encoding="utf-8")
    notes = taken(tmp_path / "f.crm.yaml").notes
    assert notes == [f"{tmp_path / 'f.crm.yaml'}: not taken: no organisation is made for blue"]
