"""Reading an organisation's folder: mistakes are one line that names the file, the bad value and the known ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.organisation import (
    FieldSpec,
    ObjectSpec,
    Organisation,
    OrganisationError,
    bundled,
    read_organisation,
    write_object,
)
from gameday_fakes.organisation.files import served_vendors
from gameday_fakes.registry import fake_kinds, kinds_in
from support.rows import rows
from support.served import Served, copy_bundled, write


def served(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(OrganisationError) as refused:
        kinds_in(str(folder))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def crm(folder: Path, **fields: Any) -> Path:
    """An organisation whose opportunity has these fields."""
    return write(folder, salesforce__Opportunity={"fields": fields})


def test_without_a_folder_the_bundled_organisation_is_served() -> None:
    assert kinds_in("") is fake_kinds()
    assert set(bundled().objects) == set(served_vendors())


def test_the_bundled_organisation_read_as_a_users_gives_the_same_catalogues(tmp_path: Path) -> None:
    copy_bundled(tmp_path)
    assert read_organisation(tmp_path).objects == bundled().objects
    for name, kind in kinds_in(str(tmp_path)).items():
        assert kind.catalogue() == fake_kinds()[name].catalogue()


def test_a_vendor_without_a_sub_folder_is_as_in_the_bundled_organisation(tmp_path: Path) -> None:
    kinds = kinds_in(str(crm(tmp_path, Region__c={"type": "string"})))
    assert kinds["netsuite"].catalogue() == fake_kinds()["netsuite"].catalogue()
    assert kinds["salesforce"].catalogue() != fake_kinds()["salesforce"].catalogue()


@rows(
    ("field", "words"),
    [
        ({"type": "money"}, "Opportunity.json: Region__c has the unknown type 'money'; known: string, textarea"),
        ({"type": "id"}, "has the unknown type 'id'"),
        ({"type": "string", "size": 5}, "Region__c has 'size'; known: type, label, length"),
        ({"type": "string", "length": "long"}, "Region__c: Expected `int`, got `str`"),
        ({"type": "string", "length": -1}, "Region__c: Expected `int` >= 0"),
        ({"length": 3}, "Region__c: Object missing required field `type`"),
        ("string", "Region__c: Expected `object`, got `str`"),
        ({"type": "reference"}, "Region__c is a reference without 'refers_to'"),
        (
            {"type": "picklist", "values": ["a"], "restricted": True, "default": "b"},
            "Region__c has a default that it refuses: Region: bad value for restricted picklist field: b",
        ),
        ({"type": "double", "default": "much"}, "Region__c has a default that it refuses"),
    ],
)
def test_a_mistake_in_a_field_is_named(tmp_path: Path, field: Any, words: str) -> None:
    assert words in served(crm(tmp_path, Region__c=field))


@rows(
    ("field", "words"),
    [
        ({"type": "picklist"}, "custbody_x has the unknown type 'picklist'; known: string, number"),
        ({"type": "select"}, "custbody_x is a select without 'values'"),
        ({"type": "reference"}, "custbody_x is a reference without 'refers_to'"),
        ({"type": "string", "unique": True}, "custbody_x has 'unique', which fields of NetSuite do not have"),
        ({"type": "select", "values": ["a"], "default": "b"}, "the default 'b', which is none of its values"),
    ],
)
def test_a_mistake_in_a_field_of_netsuite_is_named(tmp_path: Path, field: Any, words: str) -> None:
    assert words in served(write(tmp_path, netsuite__salesOrder={"fields": {"custbody_x": field}}))


def test_a_standard_field_keeps_its_type(tmp_path: Path) -> None:
    assert "Amount has the type 'string'; as a standard field it is a currency" in served(
        crm(tmp_path, Amount={"type": "string"})
    )


def test_a_standard_field_can_be_required_and_have_other_values(tmp_path: Path) -> None:
    stages = {"type": "picklist", "values": ["Open", "Closed Won", "Closed Lost"], "label": "Phase"}
    fake = Served("salesforce", crm(tmp_path, StageName=stages, Probability={"type": "percent", "required": True}))
    _, described = fake.call("GET", "/services/data/v60.0/sobjects/Opportunity/describe")
    fields = {field["name"]: field for field in described["fields"]}
    assert [value["value"] for value in fields["StageName"]["picklistValues"]] == stages["values"]
    assert (fields["StageName"]["label"], fields["Probability"]["nillable"]) == ("Phase", False)


def test_lines_belong_to_transactions_only(tmp_path: Path) -> None:
    folder = write(tmp_path, netsuite__customer={"lines": {"custcol_x": {"type": "string"}}})
    assert "customer.json: records of this type have no lines" in served(folder)


def test_a_key_prefix_belongs_to_one_object(tmp_path: Path) -> None:
    folder = write(tmp_path, salesforce__Plant__c={"key_prefix": "006"})
    assert "Plant__c.json: key_prefix '006' is that of Opportunity" in served(folder)


@rows(
    ("name", "text", "words"),
    [
        ("salesforce/Opportunity.json", "{", "is not JSON"),
        ("salesforce/Opportunity.json", "[]", "is not an object with: label"),
        ("salesforce/Opportunity.json", '{"field": {}}', "has the key 'field'; known: label"),
        ("salesforce/Opportunity.json", '{"fields": []}', "'fields' is not an object of fields by their names"),
        ("salesforce/Opportunity.json", '{"fields": {"a b": {}}}', "'a b' cannot be the name of a field"),
        (
            "salesforce/Opportunity.json",
            '{"fields": {"A__c": {"type": "string"}, "A__c": {"type": "date"}}}',
            "'A__c' occurs twice",
        ),
        (
            "salesforce/Opportunity.json",
            '{"fields": {"A__c": {"type": "string"}, "a__c": {"type": "date"}}}',
            "it has both 'A__c' and 'a__c', which are one name",
        ),
        ("salesforce/Opportunity.yaml", "", "is no file of an object"),
        ("salesforce/My Object.json", "{}", "is not named like an object"),
        ("sap/Order.json", "{}", "has 'sap'; known: netsuite, salesforce, settings.json"),
        ("settings.json", "[]", "is not an object of settings by vendor"),
        ("settings.json", '{"sap": {}}', "has settings of 'sap'; known: netsuite, salesforce"),
        ("settings.json", '{"netsuite": {"tolerance": 1}}', "netsuite: unknown parameter 'tolerance'; known: price"),
        (
            "settings.json",
            '{"netsuite": {"price_tolerance_percent": "x"}}',
            "bad value 'x' for 'price_tolerance_percent'",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert words in served(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such folder of an organisation" in served(tmp_path / "none")
    assert "has no objects" in served(tmp_path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    fields = {
        "Terms__c": FieldSpec("picklist", "Zahlungsziel", values=("No", "1.10", "2026-06-30"), default="No"),
        "Plant__c": FieldSpec("reference", refers_to="Plant__c", relationship="Plant__r", children="Deals__r"),
    }
    spec = ObjectSpec("Opportunity", "Deal", "Deals", "006", fields)
    path = write_object(tmp_path, "salesforce", spec)
    assert read_organisation(tmp_path).of("salesforce") == {"Opportunity": spec}
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(fields) + 7


def test_settings_hold_from_the_beginning_and_after_a_reset(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"netsuite": {"price_tolerance_percent": 5}}), encoding="utf-8")
    erp = Served("netsuite", tmp_path).fake
    erp.configure({"price_tolerance_percent": None})
    erp.start_again(1)
    assert erp.store.house_rules.price_tolerance_percent == 5


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ({"won_stage": "x" * 256}, "won_stage is not the name of a stage"),
        ({"won_stage": "Closed Lost"}, "won_stage, lost_stage and open_stage are not three stages"),
    ],
)
def test_the_stages_of_deals_are_three(tmp_path: Path, stages: dict[str, str], words: str) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"salesforce": stages}), encoding="utf-8")
    assert words in served(tmp_path)


def test_house_rules_are_off_unless_an_organisation_sets_them() -> None:
    erp, crm = Served("netsuite").fake, Served("salesforce").fake
    rules = erp.store.house_rules
    assert (rules.price_tolerance_percent, rules.largest_discount_percent) == (None, None)
    assert (rules.refuse_negative_lines, crm.settings.refresh_token_rotation) == (False, False)


def test_an_organisation_of_a_name_has_its_place_in_messages() -> None:
    assert Organisation("folder").place("netsuite", "invoice") == "folder/netsuite/invoice.json"
