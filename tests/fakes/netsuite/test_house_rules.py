"""An account's own rules at the fake NetSuite: forms, subsidiaries, locations, lists with ids, records of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.netsuite.models import CUSTOM_PRICE
from support.rows import rows
from support.served import Served, write

RECORD = "/services/rest/record/v1"
FORMS = {
    "Standard Sales Order": {"id": "68", "required": ["location", "item.class", "memo"], "preferred": True},
    "Web Order": {"id": "105"},
}
ORDER = {
    "fields": {
        "custbody_channel": {"type": "select", "values": ["Web", "Shop"], "ids": ["7", "3"], "default": "Shop"},
    },
    "forms": FORMS,
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "subsidiary": [{"id": "2", "name": "Europe", "currency": "2"}, {"id": "4", "name": "Asia"}],
    "location": [
        {"id": "11", "name": "Berlin", "subsidiary": "2"},
        {"id": "12", "externalId": "TYO", "name": "Tokyo", "subsidiary": {"refName": "Asia"}},
    ],
    "classification": [{"id": "21", "name": "Hardware"}],
    "salesTaxItem": [{"id": "31", "itemId": "DE19", "rate": 19}],
}


def organisation(folder: Path, **more: Any) -> Path:
    """A folder with these forms and records."""
    records = {f"netsuite__{kind}": {"records": each} for kind, each in RECORDS.items()}
    return write(folder, **{"netsuite__salesOrder": ORDER, **records, **more})


@pytest.fixture
def erp(tmp_path: Path) -> Served:
    """An ERP with rules of its own."""
    return Served("netsuite", organisation(tmp_path))


def order(erp: Served, line: dict[str, Any] | None = None, **fields: Any) -> tuple[int, str, str]:
    """Status, text and place of a refusal of a new order, or status, id and nothing."""
    body = {
        "entity": {"externalId": "A-1"},
        "item": {"items": [{"item": {"externalId": "SKU-1"}, "quantity": 1, **({} if line is None else line)}]},
        **fields,
    }
    reply = erp.reply("POST", f"{RECORD}/salesOrder", body)
    if reply.status == 204:
        return 204, dict(reply.headers)[b"location"].decode().rpartition("/")[2], ""
    _, answer = erp.call("POST", f"{RECORD}/salesOrder", body)
    (detail,) = answer["o:errorDetails"]
    return (
        reply.status,
        detail["detail"].removeprefix("Error while accessing a resource. "),
        detail.get("o:errorPath", ""),
    )


WHOLE: dict[str, Any] = {"location": {"id": "11"}, "memo": "x", "line": {"class": {"id": "21"}}}


def test_what_the_preferred_form_requires_is_needed_in_header_and_lines(erp: Served) -> None:
    assert order(erp) == (400, "Please enter value(s) for: Location, Class, memo.", "")
    assert order(erp, **WHOLE)[0] == 204


def test_another_form_requires_other_fields(erp: Served) -> None:
    status, id_, _ = order(erp, customForm={"id": "105"})
    assert status == 204
    _, read = erp.call("GET", f"{RECORD}/salesOrder/{id_}")
    assert read["customForm"] == {"id": "105", "refName": "Web Order"}
    assert order(erp, customForm={"id": "9"})[:2] == (400, "Invalid Field Value 9 for the following field: customForm.")


def test_a_mandatory_field_cannot_be_emptied(erp: Served) -> None:
    _, id_, _ = order(erp, **WHOLE)
    status, answer = erp.call("PATCH", f"{RECORD}/salesOrder/{id_}", {"memo": ""})
    assert (status, answer["o:errorDetails"][0]["o:errorCode"]) == (400, "USER_ERROR")


def test_an_invoice_has_a_form_of_its_own(tmp_path: Path) -> None:
    forms = {"Standard Invoice": {"id": "70", "preferred": True, "required": ["department"]}}
    erp = Served("netsuite", organisation(tmp_path, netsuite__invoice={"forms": forms}))
    _, id_, _ = order(erp, **WHOLE)
    status, answer = erp.call("POST", f"{RECORD}/salesOrder/{id_}/!transform/invoice", {})
    assert (status, answer["o:errorDetails"][0]["detail"][-38:]) == (400, "Please enter value(s) for: Department.")


def test_orders_of_others_satisfy_the_form(erp: Served) -> None:
    line = {"sku": "SKU-1", "quantity": "1", "unit_price": "5", "amount": "5"}
    booked = {"account": "A-1", "currency": "USD", "lines": [line]}
    assert erp.fake.operate("book_order", "B-1", booked)["id"]


def test_a_list_has_the_ids_of_the_account(erp: Served) -> None:
    _, id_, _ = order(erp, **WHOLE)
    _, read = erp.call("GET", f"{RECORD}/salesOrder/{id_}")
    assert read["custbody_channel"] == {"id": "3", "refName": "Shop"}
    assert order(erp, **WHOLE, custbody_channel={"id": "7"})[0] == 204
    assert order(erp, **WHOLE, custbody_channel={"id": "1"})[0] == 400
    _, found = erp.suiteql("SELECT BUILTIN.DF(custbody_channel) AS channel FROM transaction ORDER BY id")
    assert [row["channel"] for row in found["items"]] == ["Shop", "Web"]


def test_locations_and_classes_are_read_queried_and_kept_by_invoices(erp: Served) -> None:
    _, id_, _ = order(erp, **WHOLE)
    _, read = erp.call("GET", f"{RECORD}/salesOrder/{id_}", query={"expandSubResources": "true"})
    assert (read["location"]["refName"], read["item"]["items"][0]["class"]["refName"]) == ("Berlin", "Hardware")
    query = "SELECT l.location, c.name FROM transactionLine l JOIN classification c ON c.id = l.class"
    _, found = erp.suiteql(query)
    assert [row["name"] for row in found["items"]] == ["Hardware"]
    reply = erp.reply("POST", f"{RECORD}/salesOrder/{id_}/!transform/invoice", {})
    _, invoice = erp.call("GET", dict(reply.headers)[b"location"].decode().partition("erp.example")[2])
    assert invoice["location"]["id"] == "11"
    assert order(erp, **{**WHOLE, "location": {"id": "99"}})[1:] == (
        "Invalid Field Value 99 for the following field: location.",
        "location",
    )


def test_an_account_has_the_records_of_its_file(erp: Served) -> None:
    _, found = erp.suiteql("SELECT id, name FROM subsidiary ORDER BY id")
    assert [(row["id"], row["name"]) for row in found["items"]] == [("2", "Europe"), ("4", "Asia")]
    _, location = erp.call("GET", f"{RECORD}/location/eid:TYO")
    assert location["subsidiary"]["refName"] == "Asia"
    _, customer = erp.call("GET", f"{RECORD}/customer/eid:A-1")
    assert customer["subsidiary"]["id"] == "2"
    _, taxes = erp.call("GET", f"{RECORD}/salesTaxItem")
    assert [each["id"] for each in taxes["items"]] == ["31"]


@pytest.mark.parametrize(
    ("fields", "name", "path"),
    [
        ({"subsidiary": {"id": "4"}}, "subsidiary", "subsidiary"),
        ({"location": {"id": "12"}}, "location", "location"),
        ({"line": {"class": {"id": "21"}, "location": {"id": "12"}}}, "location", "item.items[0].location"),
    ],
)
def test_an_order_is_of_its_customers_subsidiary_where_the_account_says_so(
    erp: Served, fields: dict[str, Any], name: str, path: str
) -> None:
    assert order(erp, **{**WHOLE, **fields})[0] == 204
    erp.fake.configure({"subsidiaries_must_match": True})
    status, text, place = order(erp, **{**WHOLE, **fields})
    assert (status, place) == (400, path)
    assert text.endswith(f"for the following field: {name}.")
    assert order(erp, **WHOLE)[0] == 204


def test_a_standard_field_of_lines_that_the_account_requires_is_needed(tmp_path: Path) -> None:
    lines = {"description": {"type": "string", "required": True, "label": "Description"}}
    erp = Served("netsuite", write(tmp_path, netsuite__salesOrder={"lines": lines}))
    assert order(erp) == (400, "Please enter value(s) for: Description.", "")
    line = {"description": "Two", "rate": 5, "price": {"id": CUSTOM_PRICE}}
    assert order(erp, line=line)[0] == 204


@rows(
    ("objects", "words"),
    [
        (
            {"location": {"records": [{"id": "1", "nam": "x"}]}},
            "a record has the unknown field 'nam'; known: externalId",
        ),
        ({"location": {"records": [{"id": "1"}]}}, "location.json: a record lacks Name"),
        ({"location": {"records": [{"id": "1", "name": "a"}, {"id": "1", "name": "b"}]}}, "two records are '1'"),
        ({"location": {"records": [{"id": "1", "name": "a", "subsidiary": "9"}]}}, "Invalid Field Value 9"),
        ({"customer": {"records": [{"id": "1"}]}}, "customer.json: records of this type cannot be given"),
        ({"salesOrder": {"forms": {"A": {"id": "1"}}}}, "one of its forms has to be 'preferred'"),
        ({"salesOrder": {"forms": {"A": {"id": "x"}}}}, "A: Expected `str` matching regex"),
        (
            {"salesOrder": {"forms": {"A": {"id": "1", "preferred": True, "required": ["item.x"]}}}},
            "the form 'A' requires the unknown field 'item.x'",
        ),
        ({"salesOrder": {"fields": {"custbody_x": {"type": "select", "values": ["a"], "ids": ["1", "2"]}}}}, "one id"),
        ({"salesOrder": {"record_types": {"A": {}}}}, "has 'record_types', which record types of NetSuite"),
    ],
)
def test_a_mistake_in_a_rule_is_named(tmp_path: Path, objects: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r"json|Org") as refused:
        Served("netsuite", write(tmp_path, **{f"netsuite__{name}": each for name, each in objects.items()}))
    assert words in str(refused.value)
