"""The ledgers of both fakes state the further fields that they are asked for, and count a change of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.served import CATALOG, DEAL, LINE, Served, write

RECORD = "/services/rest/record/v1"
PICKLIST = {"type": "picklist", "values": ["EMEA", "APAC"]}
CRM = {
    "Opportunity": {
        "fields": {
            "Region__c": PICKLIST,
            "Plant__c": {"type": "reference", "refers_to": "Plant__c"},
            "Margin__c": {"type": "currency", "scale": 2},
            "Rush__c": {"type": "boolean"},
        }
    },
    "OpportunityLineItem": {"fields": {"Note__c": {"type": "string", "length": 20}}},
    "Account": {"fields": {"Tier__c": {"type": "string", "length": 20, "default": "Gold"}}},
    "Plant__c": {"fields": {}},
}
ERP = {
    "salesOrder": {
        "fields": {
            "custbody_region": {"type": "select", "values": ["EMEA", "APAC"]},
            "custbody_plant": {"type": "reference", "refers_to": "customrecord_plant"},
            "custbody_margin": {"type": "number"},
            "custbody_rush": {"type": "boolean"},
        },
        "lines": {"custcol_note": {"type": "string"}},
    },
    "invoice": {
        "fields": {"custbody_region": {"type": "select", "values": ["EMEA", "APAC"]}},
        "lines": {"custcol_note": {"type": "string"}},
    },
    "customer": {"fields": {"custentity_tier": {"type": "string"}}},
    "customrecord_plant": {"fields": {}},
}
OF_CRM = ["Region__c", "Margin__c", "Type", "Account.Name", "line.Note__c", "customer.Tier__c"]
OF_ERP = [
    *("custbody_region", "custbody_margin", "custbody_rush", "memo", "custbody_plant", "custbody_plant.externalId"),
    *("line.custcol_note", "invoice.custbody_region", "invoice.line.custcol_note", "customer.custentity_tier"),
]
BODY = {
    "externalId": "O-1",
    "entity": {"externalId": "A-1"},
    "custbody_region": {"refName": "APAC"},
    "custbody_margin": "12.50",
    "custbody_rush": True,
    "memo": "by truck",
    "item": {"items": [{"item": {"externalId": "SKU-1"}, "custcol_note": "gift"}]},
}


def served(vendor: str, folder: Path, objects: dict[str, Any]) -> Served:
    """A fake with these objects."""
    return Served(vendor, write(folder, **{f"{vendor}__{name}": each for name, each in objects.items()}))


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM that is asked for further fields."""
    crm = served("salesforce", tmp_path, CRM)
    crm.fake.configure({"ledger_fields": OF_CRM})
    return crm


@pytest.fixture
def erp(tmp_path: Path) -> Served:
    """An ERP that is asked for further fields, with an order and its invoice."""
    erp = served("netsuite", tmp_path, ERP)
    erp.fake.configure({"ledger_fields": OF_ERP})
    plant = {"name": "Bonn plant", "externalId": "P-1"}
    assert erp.reply("POST", f"{RECORD}/customrecord_plant", plant).status == 204
    assert erp.reply("POST", f"{RECORD}/salesOrder", {**BODY, "custbody_plant": {"externalId": "P-1"}}).status == 204
    assert erp.reply("POST", f"{RECORD}/salesOrder/eid:O-1/!transform/invoice", {}).status == 204
    return erp


def test_a_crm_states_fields_of_deals_lines_accounts_and_parents(crm: Served) -> None:
    given = {"Region__c": "APAC", "Margin__c": "12.5", "Type": "Renewal", "lines": [{**LINE, "Note__c": "gift"}]}
    crm.fake.operate("close_deal", "D-1", {**DEAL, **given})
    ledger = crm.fake.ledger()
    [entry] = ledger.entries
    assert {name: entry.fields[name] for name in ("Region__c", "Margin__c", "Type", "Account.Name")} == {
        "Region__c": "APAC",
        "Margin__c": "12.5",
        "Type": "Renewal",
        "Account.Name": "A-1",
    }
    assert entry.lines[0].fields == (("Note__c", "gift"),)
    assert ledger.customers[entry.customer]["Tier__c"] == "Gold"
    assert {f"fields.{name}" for name in OF_CRM} <= set(ledger.states)


def test_an_amended_field_is_a_change_of_the_deal_only_if_a_sync_carries_it_over(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-1", {**DEAL, "Region__c": "EMEA"})
    [before] = crm.fake.ledger().entries
    path = f"/services/data/v60.0/sobjects/Opportunity/{before.id}"
    crm.fake.clock.origin_s -= 60
    assert crm.reply("PATCH", path, {"Rush__c": True}).status == 204
    assert crm.fake.ledger().entries[0].changed_s == before.changed_s
    assert crm.reply("PATCH", path, {"Region__c": "APAC"}).status == 204
    assert crm.fake.ledger().entries[0].changed_s >= before.changed_s + 60


def test_a_restored_crm_has_the_fields_again(crm: Served) -> None:
    given = {"Region__c": "APAC", "Type": "Renewal", "lines": [{**LINE, "Note__c": "gift"}]}
    crm.fake.operate("close_deal", "D-1", {**DEAL, **given})
    before = crm.fake.ledger()
    crm.fake.start_again(0)
    crm.fake.operate("seed", "", CATALOG)
    crm.fake.configure({"ledger_fields": OF_CRM})
    crm.fake.restore(before)
    after = crm.fake.ledger()
    assert [(e.fields, e.lines) for e in after.entries] == [(e.fields, e.lines) for e in before.entries]


def test_an_erp_states_fields_of_orders_invoices_lines_and_customers(erp: Served) -> None:
    ledger = erp.fake.ledger()
    [entry] = ledger.entries
    assert entry.fields == {
        "custbody_region": "APAC",
        "custbody_margin": "12.50",
        "custbody_rush": "true",
        "memo": "by truck",
        "custbody_plant": "P-1",
        "custbody_plant.externalId": "P-1",
    }
    assert entry.lines[0].fields == (("custcol_note", "gift"),)
    assert entry.invoices[0].fields == {"custbody_region": "APAC"}
    assert entry.invoices[0].lines[0].fields == (("custcol_note", "gift"),)
    assert {f"fields.{name}" for name in OF_ERP} <= set(ledger.states)


def test_customers_of_an_erp_state_their_fields(erp: Served) -> None:
    assert erp.reply("PATCH", f"{RECORD}/customer/eid:A-1", {"custentity_tier": "Gold"}).status == 204
    assert erp.fake.ledger().customers["A-1"]["custentity_tier"] == "Gold"


def test_a_corrected_field_is_another_content_and_a_rewritten_one_is_not(erp: Served) -> None:
    def content(body: dict[str, Any]) -> str:
        reply = erp.reply("PATCH", f"{RECORD}/salesOrder/eid:O-1", body)
        assert reply.event is not None
        return str(reply.event[1]["content"])

    first = content({"custbody_region": {"refName": "APAC"}})
    assert content({"custbody_region": {"refName": "APAC"}}) == first
    assert content({"custbody_region": {"refName": "EMEA"}}) != first


def test_a_restored_erp_has_the_fields_again(erp: Served) -> None:
    before = erp.fake.ledger()
    erp.fake.start_again(0)
    erp.fake.operate("seed", "", CATALOG)
    erp.fake.configure({"ledger_fields": [name for name in OF_ERP if "plant" not in name]})
    erp.fake.restore(before)
    [old], [new] = before.entries, erp.fake.ledger().entries
    assert new.fields == {name: value for name, value in old.fields.items() if "plant" not in name}
    assert (new.lines, new.invoices[0].fields, new.invoices[0].lines) == (
        old.lines,
        old.invoices[0].fields,
        old.invoices[0].lines,
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custbody_regoin", "unknown field 'custbody_regoin' of salesOrder; known: .*did you mean 'custbody_region'"),
        ("line.custbody_region", "unknown field 'custbody_region' of salesOrder.item; known: class, custcol_note"),
        ("invoice.custbody_plant", "unknown field 'custbody_plant' of invoice; known"),
        ("custbody_plant.colour", "unknown field 'colour' of salesOrder.custbody_plant; known"),
    ],
)
def test_a_field_that_an_erp_lacks_is_refused_with_the_known_ones(erp: Served, name: str, words: str) -> None:
    with pytest.raises(ControlError, match=f"ledger_fields: {words}"):
        erp.fake.configure({"ledger_fields": [name]})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Regoin__c", "unknown field 'Regoin__c' of Opportunity; known: .*did you mean 'Region__c'"),
        ("line.Region__c", "unknown field 'Region__c' of OpportunityLineItem; known"),
        ("Site__r.Name", "Opportunity has no relationship 'Site__r' to a"),
    ],
)
def test_a_field_that_a_crm_lacks_is_refused_with_the_known_ones(crm: Served, name: str, words: str) -> None:
    with pytest.raises(ControlError, match=f"ledger_fields: {words}"):
        crm.fake.configure({"ledger_fields": [name]})


def test_a_field_is_stated_under_the_name_that_a_coming_schema_has_for_it(crm: Served, erp: Served) -> None:
    crm.fake.configure({"ledger_fields": ["Region__c as Area__c"]})
    crm.fake.operate("close_deal", "D-1", {**DEAL, "Region__c": "APAC"})
    assert crm.fake.ledger().entries[0].fields["Area__c"] == "APAC"
    assert "fields.Area__c" in crm.fake.ledger().states
    erp.fake.configure({"ledger_fields": ["custbody_region as custbody_area", "line.custcol_note as custcol_text"]})
    [order] = erp.fake.ledger().entries
    assert (order.fields, order.lines[0].fields) == ({"custbody_area": "APAC"}, (("custcol_text", "gift"),))
    assert "fields.line.custcol_text" in erp.fake.ledger().states
