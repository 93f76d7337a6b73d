"""What a contract demands of orders is enforced in payloads, and each write is an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes.oracle_fusion.conftest import ORDERS, charge, line, order

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["TransactionOn", "lines", "OrderNumber"],
    "properties": {
        "CustomerPONumber": {"type": "string", "maxLength": 5},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["OrderedQuantity", "ExtendedAmount"],
                "properties": {"OrderedQuantity": {"type": "number", "maximum": 9}},
            },
        },
    },
}


@pytest.fixture
def demanding(erp: Any) -> Any:
    """The fake, which demands a date, and of each line a quantity of at most 9."""
    erp.inject("check_writes", record=ORDERS, schema=SCHEMA, report=True)
    return erp


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({}, None),
        ({"TransactionOn": None}, "TransactionOn"),
        ({"CustomerPONumber": "123456"}, "CustomerPONumber"),
        ({"lines": [line(OrderedQuantity=10)]}, "lines[0].OrderedQuantity"),
    ],
)
def test_a_new_order_is_checked_with_its_lines(demanding: Any, changed: dict[str, Any], path: str | None) -> None:
    reply = demanding.call("POST", ORDERS, order("1", **changed))
    if path is None:
        assert reply.status_code == 201, reply.text
        return
    assert reply.status_code == 400
    assert path in reply.text
    assert demanding.hits() == [("fault", "order.write", "1")]
    assert demanding.ledger() == []


def test_a_change_need_not_say_what_is_there_already(demanding: Any) -> None:
    key = demanding.order("1")["OrderKey"]
    assert demanding.call("PATCH", f"{ORDERS}/{key}", {"CustomerPONumber": "PO-1"}).status_code == 200
    assert demanding.call("PATCH", f"{ORDERS}/{key}", {"CustomerPONumber": "PO-123"}).status_code == 400
    added = {**line(2), "charges": charge("1", "2")}
    assert demanding.call("POST", f"{ORDERS}/{key}/child/lines", {**added, "OrderedQuantity": 10}).status_code == 400
    assert demanding.call("POST", f"{ORDERS}/{key}/child/lines", added).status_code == 201


def test_what_sends_no_record_is_answered_as_without_rules(demanding: Any) -> None:
    assert demanding.call("POST", ORDERS, [order("1")]).status_code == 400
    assert demanding.call("PATCH", "", {}).status_code == 405
    assert demanding.call("POST", f"{ORDERS}/GAMEDAY:1/child/nothing", {}).status_code == 404
    assert demanding.events("record_sent") == []


def test_each_write_is_an_event_with_its_body(demanding: Any) -> None:
    demanding.order("1")
    [event] = demanding.events("record_sent")
    assert (event["value"]["record"], event["value"]["deal"]) == (ORDERS, "1")
    assert json.loads(event["value"]["body"])["lines"][0]["OrderedQuantity"] == 2
    assert event["value"]["supplied"] == ["OrderNumber", "lines", "lines.ExtendedAmount"]
