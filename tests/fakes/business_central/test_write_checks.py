"""What a contract demands of orders is enforced in the body of whichever request, and each write is an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes.business_central.conftest import order

LINE = {"lineType": "Item", "lineObjectNumber": "SAW-1", "quantity": 2}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["orderDate", "salesOrderLines", "totalAmountExcludingTax"],
    "properties": {
        "externalDocumentNumber": {"type": "string", "maxLength": 10},
        "salesOrderLines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["unitPrice", "netAmount"],
                "properties": {"unitPrice": {"type": "number", "minimum": 0}},
            },
        },
    },
}


@pytest.fixture
def demanding(erp: Any) -> Any:
    """The fake, which demands a date, and of each line a price."""
    erp.inject("check_writes", record="salesOrders", schema=SCHEMA, report=True)
    return erp


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"salesOrderLines": [{**LINE, "unitPrice": 9.5}]}, None),
        # What the ERP computes need not be sent, and lines may come later.
        ({"salesOrderLines": None}, None),
        ({"orderDate": None}, "orderDate must have a value"),
        ({"salesOrderLines": [LINE]}, "salesOrderLines[0].unitPrice must have a value"),
        ({"externalDocumentNumber": "12345678901"}, "externalDocumentNumber has more than 10 characters"),
        ({"salesOrderLines": [{**LINE, "unitPrice": -1}]}, "The value of salesOrderLines[0].unitPrice is not allowed"),
    ],
)
def test_a_new_order_is_checked_with_its_lines(demanding: Any, changed: dict[str, Any], refusal: str | None) -> None:
    body = order("1", **{"salesOrderLines": [{**LINE, "unitPrice": 1}], **changed})
    reply = demanding.call("POST", "salesOrders", body)
    if refusal is None:
        assert reply.status_code == 201, reply.text
        return
    assert reply.status_code == 400
    assert refusal in demanding.message_of(reply)
    assert demanding.hits() == [("fault", "order.write", body["externalDocumentNumber"])]
    assert demanding.ledger() == []


def test_a_change_need_not_say_what_is_there_already(demanding: Any) -> None:
    created = demanding.order("1", salesOrderLines=[{**LINE, "unitPrice": 1}])
    one = f"salesOrders({created['id']})"
    assert demanding.call("PATCH", one, {"postingDate": "2026-03-16"}, if_match="*").status_code == 200
    emptied = demanding.call("PATCH", one, {"orderDate": None}, if_match="*")
    assert emptied.status_code == 400
    # A line of its own, added or changed, is checked too.
    assert demanding.call("POST", f"{one}/salesOrderLines", LINE).status_code == 400
    added = demanding.call("POST", f"{one}/salesOrderLines", {**LINE, "unitPrice": 2})
    assert added.status_code == 201, added.text
    line = f"salesOrderLines({added.json()['id']})"
    assert demanding.call("PATCH", line, {"quantity": 3}, if_match="*").status_code == 200
    assert demanding.call("PATCH", line, {"unitPrice": -2}, if_match="*").status_code == 400


def test_each_write_is_an_event_with_its_body_and_no_rule_is_left_after_it_is_healed(demanding: Any) -> None:
    demanding.order("1", salesOrderLines=[{**LINE, "unitPrice": 1}])
    [event] = demanding.events("record_sent")
    assert (event["value"]["record"], event["value"]["deal"]) == ("salesOrders", "1")
    assert json.loads(event["value"]["body"])["salesOrderLines"] == [{**LINE, "unitPrice": 1}]
    assert event["value"]["supplied"] == ["salesOrderLines", "salesOrderLines.netAmount", "totalAmountExcludingTax"]
    demanding.heal()
    assert demanding.call("POST", "salesOrders", order("2", orderDate=None)).status_code == 201
    assert len(demanding.events("record_sent")) == 1
