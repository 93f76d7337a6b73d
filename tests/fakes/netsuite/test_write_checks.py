"""The fault that puts the bodies of writes under a JSON Schema: what it refuses, and what a record has already."""

from __future__ import annotations

import json
from typing import Any

import pytest

TEXT: dict[str, Any] = {"type": "string"}
LINES: dict[str, Any] = {"type": "array", "items": {"type": "object", "properties": {}, "required": ["rate"]}}


def demand(erp: Any, properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> None:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    erp.inject("check_writes", record=more.pop("record", "salesOrder"), schema=schema, **more)


def test_an_order_without_a_field_that_the_schema_requires_is_refused_by_its_name(erp: Any) -> None:
    demand(erp, {"custbody_region": TEXT}, ("custbody_region",))
    reply = erp.put_order()
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert "Please enter value(s) for: custbody_region." in reply.text
    assert erp.ledger() == []
    [hit] = erp.events("hit")
    assert hit["value"]["order"] == "006X"


def test_a_required_field_that_the_account_itself_does_not_know_is_enough_if_it_is_sent(erp: Any) -> None:
    demand(erp, {"custbody_region": TEXT}, ("custbody_region",))
    assert erp.put_order(custbody_region="EMEA").status_code == 204


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("memo", {"type": "string", "maxLength": 3}, "Rosebud"),
        ("memo", {"type": "string", "minLength": 9}, "Rosebud"),
        ("memo", {"type": "string", "pattern": "^[0-9]+$"}, "Rosebud"),
        ("memo", {"type": "string", "enum": ["A", "B"]}, "Rosebud"),
        ("memo", {"type": "string"}, 731),
        ("exchangeRate", {"type": "number", "minimum": 1000}, 731),
        ("exchangeRate", {"type": "number", "exclusiveMaximum": 731}, 731),
        ("exchangeRate", {"type": "integer"}, 7.31),
        ("exchangeRate", {"type": "number", "multipleOf": 0.5}, 7.31),
        ("tranDate", {"type": "object"}, "2026-07-31"),
    ],
)
def test_a_value_that_breaks_the_schema_is_refused_and_not_quoted(
    erp: Any, name: str, schema: dict[str, Any], value: Any
) -> None:
    demand(erp, {name: schema})
    reply = erp.put_order(**{name: value})
    [entry] = reply.json()["o:errorDetails"]
    assert (reply.status_code, entry["o:errorPath"]) == (400, name)
    assert str(value) not in reply.text
    erp.heal()
    assert erp.put_order(**{name: value} if name == "memo" else {}).status_code == 204


def test_a_text_that_is_too_long_is_refused_with_the_longest_length(erp: Any) -> None:
    demand(erp, {"otherRefNum": {"type": "string", "maxLength": 2}})
    assert "more than the maximum number ( 2 ) of characters" in erp.put_order(otherRefNum="PO-7").text


def test_a_field_of_a_line_is_named_by_its_place(erp: Any) -> None:
    demand(erp, {"item": {"type": "array", "items": {"properties": {"quantity": {"maximum": 0}}}}})
    [entry] = erp.put_order().json()["o:errorDetails"]
    assert entry["o:errorPath"] == "item.items[0].quantity"


def test_lines_must_have_what_the_schema_requires_of_them(erp: Any) -> None:
    demand(erp, {"item": LINES})
    line = {"item": {"externalId": "SAW-1"}, "quantity": 1}
    assert "Please enter value(s) for: item.items[0].rate." in erp.put_order(item={"items": [line]}).text
    assert erp.put_order(item={"items": [{**line, "rate": 100}]}).status_code == 204


def test_a_change_need_not_repeat_what_the_order_has(erp: Any) -> None:
    erp.put_order(memo="Rosebud")
    demand(erp, {"memo": TEXT, "item": LINES}, ("memo",))
    assert erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"tranDate": "2026-07-31"}).status_code == 204


@pytest.mark.parametrize("empty", ["", None])
def test_a_change_cannot_empty_what_the_schema_requires(erp: Any, empty: str | None) -> None:
    erp.put_order(memo="Rosebud")
    demand(erp, {"memo": TEXT}, ("memo",))
    reply = erp.call("PATCH", "/record/v1/salesOrder/eid:006X", {"memo": empty})
    assert "Please enter value(s) for: memo." in reply.text


def test_what_the_account_computes_need_not_be_sent(erp: Any) -> None:
    demand(erp, {"total": {"type": "number"}}, ("total",))
    assert erp.put_order().status_code == 204


def test_an_upsert_has_the_external_id_of_its_path(erp: Any) -> None:
    demand(erp, {"externalId": TEXT}, ("externalId",))
    assert erp.put_order().status_code == 204


def test_an_invoice_has_the_fields_of_its_order_and_nothing_else(erp: Any) -> None:
    erp.put_order()
    required = ("tranDate", "entity", "createdFrom", "postingPeriod", "item")
    demand(erp, {"item": LINES}, (*required, "custbody_region"), record="invoice")
    assert "Please enter value(s) for: custbody_region." in erp.invoice_order().text
    erp.heal()
    demand(erp, {"item": LINES}, required, record="invoice")
    assert erp.invoice_order().status_code == 204


def test_a_renamed_field_is_required_under_its_new_name(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="tranDate", new_name="custbody_day")
    schema = {"type": "object", "properties": {}, "required": ["custbody_day"]}
    erp.inject("check_writes", fault="second", record="salesOrder", schema=schema)
    assert erp.error_of(erp.put_order()) == (400, "USER_ERROR")
    assert erp.put_order(custbody_day="2026-07-31").status_code == 204


def test_writes_are_events_only_if_the_rule_says_so(erp: Any) -> None:
    demand(erp, {"memo": {"type": "string", "maxLength": 3}})
    erp.put_order()
    assert erp.events("record_sent") == []
    erp.heal()
    demand(erp, {"memo": {"type": "string", "maxLength": 3}}, report=True)
    erp.put_order(memo="Rosebud", terms=None)
    [sent] = erp.events("record_sent")
    body = json.loads(sent["value"]["body"])
    assert (sent["value"]["record"], sent["value"]["deal"], body["memo"]) == ("salesOrder", "006X", "Rosebud")
    assert "terms" not in body


def test_a_schema_that_makes_no_sense_is_refused_in_one_line(erp: Any) -> None:
    reply = erp.inject("check_writes", record="salesOrder", schema={"type": "unicorn"})
    assert reply.status_code == 400
    assert "\n" not in reply.json()["error"]
