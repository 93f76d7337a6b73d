"""What a contract demands of orders is enforced in the body of whichever request, and each write is an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes.s4hana.conftest import ORDERS, order

ITEMS, ELEMENTS = f"{ORDERS}Item", f"{ORDERS}ItemPrElement"
PRICE = {"ConditionType": "PPR0", "ConditionRateValue": "9.50", "ConditionCurrency": "USD"}
DISCOUNT = {"ConditionType": "DRN1", "ConditionRateValue": "5.0"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["SalesOrderDate", "to_Item", "TotalNetAmount"],
    "properties": {
        "PurchaseOrderByCustomer": {"type": "string", "maxLength": 10},
        "SalesOrderDate": {"type": "string", "pattern": "^2026-"},
        "to_Item": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["to_PricingElement", "NetAmount"],
                "properties": {
                    "RequestedQuantity": {"type": "number", "exclusiveMinimum": 0},
                    "to_PricingElement": {
                        "type": "object",
                        "required": ["ConditionRateValue"],
                        "properties": {
                            "ConditionRateValue": {"type": "number", "minimum": 1},
                            "DRN1": {"type": "number", "maximum": 10},
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture
def demanding(erp: Any) -> Any:
    """The fake, which demands a date, and of each item a price."""
    erp.inject("check_writes", record="A_SalesOrder", schema=SCHEMA, report=True)
    return erp


def item(*elements: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The body of an item with these elements of its price."""
    priced = {"to_PricingElement": [*elements]} if elements else {}
    return {"Material": "SAW-1", "RequestedQuantity": "2", **priced, **changed}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"to_Item": [item(PRICE, DISCOUNT)]}, None),
        ({"to_Item": {"results": [item(PRICE)]}}, None),
        ({"to_Item": [item(to_PricingElement={"results": [PRICE]})]}, None),
        # What the ERP computes need not be sent, and items may come later.
        ({"to_Item": None}, None),
        ({"SalesOrderDate": None}, "SalesOrderDate must have a value"),
        ({"SalesOrderDate": "/Date(1742256000000)/"}, "The value of SalesOrderDate is not allowed"),
        ({"to_Item": [item()]}, "to_Item[0].to_PricingElement must have a value"),
        ({"to_Item": [item(DISCOUNT)]}, "to_Item[0].to_PricingElement.ConditionRateValue must have a value"),
        ({"PurchaseOrderByCustomer": "12345678901"}, "PurchaseOrderByCustomer has more than 10 characters"),
        ({"to_Item": [item(PRICE), item(PRICE, RequestedQuantity="0")]}, "to_Item[1].RequestedQuantity is not allowed"),
        ({"to_Item": [item(PRICE | {"ConditionRateValue": "0.5"})]}, "ConditionRateValue is not allowed"),
        ({"to_Item": [item(PRICE, DISCOUNT | {"ConditionRateValue": "11"})]}, "to_PricingElement.DRN1 is not allowed"),
        ({"to_Item": [item(PRICE | {"ConditionRateValue": "dear"})]}, "ConditionRateValue is not allowed"),
    ],
)
def test_a_new_order_is_checked_with_its_items_and_their_prices(
    demanding: Any, changed: dict[str, Any], refusal: str | None
) -> None:
    body = order("1", **{"to_Item": [item(PRICE)], **changed})
    reply = demanding.call("POST", ORDERS, body)
    if refusal is None:
        assert reply.status_code == 201, reply.text
        return
    assert reply.status_code == 400
    assert refusal in demanding.message_of(reply)
    assert demanding.hits() == [("fault", "order.write", body["PurchaseOrderByCustomer"])]
    assert demanding.ledger() == []


def test_a_change_need_not_say_what_is_there_already(demanding: Any) -> None:
    number = demanding.order("1", to_Item=[item(PRICE, DISCOUNT)])["SalesOrder"]
    one = f"{ORDERS}('{number}')"
    assert demanding.call("PATCH", one, {"AssignmentReference": "x"}, if_match="*").status_code == 204
    assert demanding.call("PATCH", one, {"SalesOrderDate": None}, if_match="*").status_code == 400
    # An item of its own, added or changed, is checked too, and so is an element of its price.
    assert demanding.call("POST", f"{one}/to_Item", item()).status_code == 400
    assert demanding.call("POST", f"{one}/to_Item", item(PRICE)).status_code == 201
    line = f"{ITEMS}(SalesOrder='{number}',SalesOrderItem='10')"
    assert demanding.call("PATCH", line, {"RequestedQuantity": "3"}, if_match="*").status_code == 204
    assert demanding.call("PATCH", line, {"RequestedQuantity": "-3"}, if_match="*").status_code == 400
    for element in demanding.get(f"{line}/to_PricingElement")["results"]:
        path = element["__metadata"]["uri"].partition("/sap/opu/odata/sap/")[2]
        refused = demanding.call("PATCH", path, {"ConditionRateValue": "0.1"}, if_match="*")
        # Only the price is limited below.
        assert refused.status_code == (400 if element["ConditionType"] == "PPR0" else 204), refused.text


def test_each_write_is_an_event_with_numbers_and_days_and_no_rule_is_left_after_it_is_healed(demanding: Any) -> None:
    demanding.order("1", to_Item=[item(PRICE, DISCOUNT)])
    [event] = demanding.events("record_sent")
    assert (event["value"]["record"], event["value"]["deal"]) == ("A_SalesOrder", "1")
    body = json.loads(event["value"]["body"])
    assert body["SalesOrderDate"] == "2026-03-15T00:00:00"
    prices = {**PRICE, "ConditionRateValue": 9.5, "DRN1": 5}
    assert body["to_Item"] == [{"Material": "SAW-1", "RequestedQuantity": 2, "to_PricingElement": prices}]
    assert event["value"]["supplied"] == ["TotalNetAmount", "to_Item", "to_Item.NetAmount"]
    demanding.heal()
    assert demanding.call("POST", ORDERS, order("2", SalesOrderDate=None)).status_code == 201
    assert len(demanding.events("record_sent")) == 1
