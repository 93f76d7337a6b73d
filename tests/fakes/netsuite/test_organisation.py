"""Custom fields, custom records and further record types of an organisation at the fake NetSuite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.rows import rows
from support.served import Served, write

RECORD = "/services/rest/record/v1"
ORDER = {
    "fields": {
        "custbody_deal": {"type": "string", "length": 18},
        "custbody_region": {"type": "select", "label": "Region", "values": ["EMEA", "APAC"], "required": True},
        "custbody_plant": {"type": "reference", "refers_to": "CustomRecord_Plant"},
        "custbody_due": {"type": "date"},
        "custbody_rush": {"type": "boolean", "default": False},
        "custbody_rate": {"type": "number"},
        "custbody_partner": {"type": "reference", "refers_to": "partner"},
        "custbody_stamp": {"type": "string", "read_only": True},
        "memo": {"type": "string", "label": "Memo"},
    },
    "lines": {
        "custcol_note": {"type": "string", "length": 10},
        "custcol_kind": {"type": "select", "values": ["x", "y"]},
    },
}
INVOICE = {"fields": {"custbody_region": {"type": "select", "values": ["EMEA", "APAC"]}}}
PLANT = {"label": "Plant", "fields": {"custrecord_city": {"type": "string", "required": True, "label": "City"}}}
CUSTOMER = {"fields": {"custentity_class": {"type": "select", "values": ["A", "B"], "required": True}}}
BODY = {
    "entity": {"externalId": "A-1"},
    "custbody_deal": "006x",
    "custbody_region": {"refName": "APAC"},
    "item": {"items": [{"item": {"externalId": "SKU-1"}, "custcol_note": "gift", "custcol_kind": {"id": "2"}}]},
}


@pytest.fixture
def erp(tmp_path: Path) -> Served:
    """A fake that serves an organisation with custom fields and custom records."""
    objects = {"salesOrder": ORDER, "invoice": INVOICE, "customrecord_plant": PLANT, "customer": CUSTOMER}
    return Served("netsuite", write(tmp_path, **{f"netsuite__{name}": each for name, each in objects.items()}))


@pytest.fixture
def order(erp: Served) -> str:
    """The path of an order."""
    return located(erp.reply("POST", f"{RECORD}/salesOrder", BODY))


def located(reply: Any) -> str:
    """The path of what was written."""
    assert reply.status == 204, reply.body
    return str(dict(reply.headers)[b"location"].decode().removeprefix("http://erp.example"))


def detail(answer: Any) -> str:
    """Why a request was refused."""
    assert answer[0] == 400
    return str(answer[1]["o:errorDetails"][0]["detail"])


def test_what_is_written_to_custom_fields_is_kept_and_read_back(erp: Served, order: str) -> None:
    plant = located(
        erp.reply("POST", f"{RECORD}/customrecord_plant", {"name": "Bonn plant", "custrecord_city": "Bonn"})
    )
    change = {"custbody_plant": {"id": plant.rpartition("/")[2]}, "custbody_due": "2026-07-01", "custbody_rate": 1.5}
    assert erp.call("PATCH", order, change)[0] == 204
    _, read = erp.call("GET", order, query={"expandSubResources": "true"})
    assert read["custbody_region"] == {"id": "2", "refName": "APAC"}
    assert read["custbody_plant"]["refName"] == "Bonn plant"
    assert (read["custbody_due"], read["custbody_rush"], read["custbody_rate"]) == ("2026-07-01", False, 1.5)
    line = read["item"]["items"][0]
    assert (line["custcol_note"], line["custcol_kind"]) == ("gift", {"id": "2", "refName": "y"})


def test_an_emptied_field_is_left_out(erp: Served, order: str) -> None:
    erp.call("PATCH", order, {"custbody_deal": None})
    assert "custbody_deal" not in erp.call("GET", order)[1]


def test_queries_select_custom_fields_by_value_and_by_name(erp: Served, order: str) -> None:
    _, found = erp.suiteql(
        "SELECT custbody_region, BUILTIN.DF(custbody_region) AS named, custbody_rush FROM transaction "
        "WHERE custbody_deal = '006x'"
    )
    assert found["items"] == [{"links": [], "custbody_region": "2", "named": "APAC", "custbody_rush": "F"}]
    _, lines = erp.suiteql("SELECT custcol_note, BUILTIN.DF(custcol_kind) AS kind FROM transactionline")
    assert {"links": [], "custcol_note": "gift", "kind": "y"} in lines["items"]
    _, customers = erp.suiteql("SELECT BUILTIN.DF(custentity_class) AS class FROM customer")
    assert customers["items"] == [{"links": [], "class": "A"}]


def test_custom_records_can_be_listed_and_queried(erp: Served) -> None:
    path = located(erp.reply("POST", f"{RECORD}/customrecord_plant", {"name": "P", "custrecord_city": "Bonn"}))
    assert erp.call("GET", path)[1]["custrecord_city"] == "Bonn"
    assert erp.call("GET", f"{RECORD}/customrecord_plant")[1]["totalResults"] == 1
    assert (
        erp.suiteql("SELECT name, custrecord_city FROM customrecord_plant")[1]["items"][0]["custrecord_city"] == "Bonn"
    )


def test_the_metadata_catalogue_has_custom_fields_and_records(erp: Served) -> None:
    _, listed = erp.call("GET", f"{RECORD}/metadata-catalog")
    assert "customrecord_plant" in {each["name"] for each in listed["items"]}
    _, schema = erp.call("GET", f"{RECORD}/metadata-catalog/salesOrder", accept="application/schema+json")
    properties = schema["properties"]
    assert (properties["custbody_deal"]["maxLength"], properties["custbody_region"]["type"]) == (18, "object")
    assert "custcol_note" in properties["item"]["properties"]["items"]["items"]["properties"]
    assert "custbody_crm_deal_id" not in properties


@rows(
    ("body", "words"),
    [
        ({"custbody_region": None}, "Please enter value(s) for: Region."),
        ({"custbody_region": {"id": "3"}}, "Invalid Field Value 3 for the following field: custbody_region."),
        ({"custbody_region": {"refName": "Mars"}}, "Invalid Field Value Mars for the following field"),
        ({"custbody_due": "soon"}, "Invalid date 'soon'"),
        ({"custbody_deal": "x" * 19}, "more than the maximum number ( 18 )"),
        ({"custbody_deal": {"id": "1"}}, "a text is expected"),
        ({"custbody_plant": {"id": "77"}}, "Invalid Field Value 77 for the following field: custbody_plant."),
        ({"custbody_partner": {"externalId": "77"}}, "Invalid Field Value 77 for the following field"),
        ({"custbody_rush": "yes"}, "true or false"),
        ({"custbody_rate": "much"}, "a number is expected"),
        ({"item": {"items": [{"line": 1, "custcol_note": "x" * 11}]}}, "item.items[0].custcol_note"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(erp: Served, order: str, body: dict[str, Any], words: str) -> None:
    before = erp.call("GET", order)[1]
    assert words in detail(erp.call("PATCH", order, body))
    assert erp.call("GET", order)[1] == before


def test_a_required_custom_field_is_asked_of_a_new_record(erp: Served) -> None:
    body = {name: value for name, value in BODY.items() if name != "custbody_region"}
    assert detail(erp.call("POST", f"{RECORD}/salesOrder", body)).endswith("Please enter value(s) for: Region.")
    assert detail(erp.call("POST", f"{RECORD}/customrecord_plant", {"name": "P"})).endswith("value(s) for: City.")


def test_an_unknown_field_is_dropped_or_refused_as_the_client_asks(erp: Served, order: str) -> None:
    body = {"custbody_crm_deal_id": "1"}
    assert erp.call("PATCH", order, body)[0] == 204
    assert "custbody_crm_deal_id" not in erp.call("GET", order)[1]
    answer = erp.call("PATCH", order, body, **{"x_netsuite_propertynamevalidation": "error"})
    assert "Unknown property 'custbody_crm_deal_id'" in detail(answer)


def test_a_read_only_field_is_not_written(erp: Served, order: str) -> None:
    assert erp.call("PATCH", order, {"custbody_stamp": "x"})[0] == 204
    assert "custbody_stamp" not in erp.call("GET", order)[1]


def test_an_invoice_has_those_of_the_orders_fields_that_invoices_have(erp: Served, order: str) -> None:
    invoice = located(erp.reply("POST", f"{order}/!transform/invoice", {}))
    _, read = erp.call("GET", invoice, query={"expandSubResources": "true"})
    assert read["custbody_region"] == {"id": "2", "refName": "APAC"}
    assert "custbody_deal" not in read
    assert "custcol_note" not in read["item"]["items"][0]


def test_the_field_that_names_the_deal_is_among_the_keys_of_an_order(erp: Served, order: str) -> None:
    erp.fake.configure({"deal_field": "custbody_deal"})
    [entry] = erp.fake.ledger().entries
    assert entry.keys["custbody_deal"] == "006x"
    with pytest.raises(ControlError, match="deal_field: unknown field 'custbody_crm_deal_id'; known: id"):
        erp.fake.configure({"deal_field": "custbody_crm_deal_id"})


def test_orders_of_others_have_what_the_account_requires(erp: Served) -> None:
    line = {"sku": "SKU-1", "quantity": "1", "unit_price": "5", "amount": "5"}
    erp.fake.operate("book_order", "W-1", {"account": "A-1", "currency": "USD", "lines": [line]})
    [booked] = erp.fake.snapshot()["salesOrder"]
    assert booked["custbody_region"]["refName"] == "EMEA"


def test_a_fault_can_rename_a_custom_field(erp: Served, order: str) -> None:
    rule = {"kind": "rename_field", "record": "salesOrder", "field": "custbody_deal", "new_name": "custbody_crm"}
    erp.fake.inject("f1", rule)
    assert erp.call("GET", order)[1]["custbody_crm"] == "006x"
    with pytest.raises(ControlError, match="unknown field 'custbody_crm_deal_id' of salesOrder; known"):
        erp.fake.inject("f2", {**rule, "field": "custbody_crm_deal_id"})


@pytest.mark.parametrize(
    ("field", "label", "given"),
    [
        ("memo", "Memo", {"memo": "x"}),
        ("custbody_due", "custbody_due", {"custbody_due": "2026-07-01"}),
        ("otherRefNum", "otherRefNum", {"otherRefNum": "PO-1"}),
        ("item.custcol_kind", "custcol_kind", {"item": {"items": [{"line": 1, "custcol_kind": {"id": "1"}}]}}),
    ],
)
def test_a_fault_makes_any_field_of_an_order_mandatory(
    erp: Served, field: str, label: str, given: dict[str, Any]
) -> None:
    body = {**BODY, "item": {"items": [{"item": {"externalId": "SKU-1"}}]}}
    path = located(erp.reply("POST", f"{RECORD}/salesOrder", body))
    erp.fake.inject("f1", {"kind": "require_field", "record": "salesOrder", "field": field})
    words = f"Please enter value(s) for: {label}."
    assert words in detail(erp.call("POST", f"{RECORD}/salesOrder", body))
    assert words in detail(erp.call("PATCH", path, {"custbody_rate": 2}))
    assert [event.value["fault"] for event in erp.fake.events.after(0) if event.f == "hit"] == ["f1", "f1"]
    assert erp.call("PATCH", path, given)[0] == 204
    erp.fake.heal("f1")
    assert erp.call("POST", f"{RECORD}/salesOrder", body)[0] == 204


def test_a_fault_makes_a_field_of_other_records_and_invoices_mandatory(erp: Served, order: str) -> None:
    plant = located(erp.reply("POST", f"{RECORD}/customrecord_plant", {"name": "P", "custrecord_city": "Bonn"}))
    erp.fake.inject("f1", {"kind": "require_field", "record": "customrecord_plant", "field": "externalId"})
    assert "externalId" in detail(erp.call("PATCH", plant, {"name": "Q"}))
    assert erp.call("GET", plant)[1]["name"] == "P"
    erp.fake.inject("f2", {"kind": "require_field", "record": "invoice", "field": "memo"})
    assert "Please enter value(s) for: memo." in detail(erp.call("POST", f"{order}/!transform/invoice", {}))
    assert erp.call("POST", f"{order}/!transform/invoice", {"memo": "m"})[0] == 204
