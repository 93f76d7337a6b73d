"""The faults of an ERP, in S/4HANA's own words, and its own."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.s4hana.conftest import BILLING, ORDERS, order, priced


@pytest.mark.parametrize(
    ("error", "status", "media", "retry_after"),
    [
        ("rate_limited", 429, "text/html", "10"),
        ("unavailable", 503, "text/html", "30"),
        ("server_error", 500, "application/json", None),
        ("csrf_token", 403, "text/plain", None),
        ("locked", 400, "application/json", None),
    ],
)
def test_an_error_is_answered_as_the_system_does(
    erp: Any, error: str, status: int, media: str, retry_after: str | None
) -> None:
    erp.inject("http", action="reply", error=error, operation="order.write")
    reply = erp.create()
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (status, media)
    assert reply.headers.get("retry-after") == retry_after
    assert erp.ledger() == []
    assert erp.hits() == [("fault", "order.write", "006xY")]


def test_a_gateway_answers_with_a_page_although_the_order_is_written(erp: Any) -> None:
    erp.inject("http", action="reply", error="gateway_timeout", operation="order.write", when="after")
    assert erp.create().status_code == 504
    assert len(erp.ledger()) == 1
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]


def test_a_document_in_use_cannot_be_changed(erp: Any) -> None:
    created = erp.order()
    erp.inject("lock_document", user="SMITH", times=2)
    path = f"{ORDERS}('{created['SalesOrder']}')"
    refused = erp.call("PATCH", path, {"AssignmentReference": "x"}, if_match="*")
    assert erp.error_of(refused) == (400, "V1/042")
    text = f"Sales document {created['SalesOrder']} is currently being processed by user SMITH"
    assert erp.message_of(refused) == text
    item = {"Material": "SAW-1", "RequestedQuantity": "1"}
    assert erp.call("POST", f"{path}/to_Item", item).status_code == 400
    assert erp.call("POST", f"{path}/to_Item", item).status_code == 201
    assert erp.get(path)["TotalNetAmount"] == "300.00"
    assert erp.hits() == [("fault", "order.write", "006xY")] * 2


def test_a_new_order_waits_for_its_customer(erp: Any) -> None:
    erp.inject("lock_document")
    assert erp.message_of(erp.create()) == "Customer 17100001 is currently being processed by user MILLER"
    erp.heal()
    assert erp.create().status_code == 201


def test_a_locked_order_is_refused_as_often_as_the_fault_says(erp: Any) -> None:
    erp.inject("lock_record", times=1)
    assert erp.create().status_code == 400
    assert erp.create().status_code == 201


def test_a_revoked_permission_is_of_an_order_and_its_parts(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    erp.inject("revoke_permission", record="A_SalesOrder", access="edit")
    assert erp.error_of(erp.create("2")) == (403, "/IWFND/MED/170")
    item = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='10')"
    assert erp.call("PATCH", item, {"RequestedQuantity": "5"}).status_code == 403
    assert erp.call("GET", item).status_code == 200
    assert erp.call("GET", BILLING).status_code == 200
    erp.heal()
    assert erp.create("3").status_code == 201


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("AssignmentReference", {"AssignmentReference": "x"}),
        ("to_Item.ShippingPoint", {"to_Item": [{"Material": "SAW-1", "RequestedQuantity": "1", "ShippingPoint": "1"}]}),
        ("to_Item.to_PricingElement.ConditionCurrency", {"to_Item": [priced("SAW-1", "1", "5")]}),
    ],
)
def test_a_required_field_must_be_there(erp: Any, field: str, given: dict[str, Any]) -> None:
    if "Pricing" in field:
        given["to_Item"][0]["to_PricingElement"]["results"][0]["ConditionCurrency"] = "USD"
    erp.inject("require_field", record="A_SalesOrder", field=field)
    refused = erp.create(to_Item=[priced("SAW-1", "1", "5")])
    assert erp.error_of(refused) == (400, "00/055")
    assert erp.create(**given).status_code == 201


def test_a_renamed_field_is_gone_under_its_old_name(erp: Any) -> None:
    erp.order("1")
    erp.inject("rename_field", record="A_SalesOrder", field="PurchaseOrderByCustomer", new_name="CustomerReference")
    assert erp.message_of(erp.create("2")) == "Property PurchaseOrderByCustomer is invalid"
    body = {**order("3"), "CustomerReference": "3"}
    del body["PurchaseOrderByCustomer"]
    assert erp.call("POST", ORDERS, body).json()["d"]["CustomerReference"] == "3"
    assert [row["SalesOrder"] for row in erp.get(f"{ORDERS}?$filter=CustomerReference eq '1'")["results"]] == [
        "30000001"
    ]
    assert 'Name="CustomerReference"' in erp.call("GET", "API_SALES_ORDER_SRV/$metadata").text
    assert {hit[0] for hit in erp.hits()} == {"fault"}
    erp.heal()
    keys = [entry["keys"]["PurchaseOrderByCustomer"] for entry in erp.ledger()]
    assert keys == ["1", "3"]


def test_a_hidden_field_of_items_can_neither_be_read_nor_written(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    item = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='10')"
    erp.inject("hide_field", record="A_SalesOrder", field="to_Item.RequestedQuantity")
    erp.call("GET", f"{ORDERS}?$select=SalesOrder")
    assert erp.hits() == []
    for query in ("$expand=to_Item", "$expand=to_Item&$select=to_Item/RequestedQuantity"):
        erp.call("GET", f"{ORDERS}?{query}")
    assert [operation for _, operation, _ in erp.hits()] == ["order.read"] * 2
    assert "RequestedQuantity" not in erp.get(item)
    assert erp.create("2").status_code == 400
    erp.heal()
    assert erp.get(item)["RequestedQuantity"] == "2"


def test_a_blocked_customer_is_refused(erp: Any) -> None:
    erp.inject("inactive_reference")
    assert erp.error_of(erp.create()) == (400, "VP/150")


def test_prices_drift_where_a_request_gives_none(erp: Any) -> None:
    erp.inject("price_drift", percent="10")
    assert erp.order("1")["TotalNetAmount"] == "220.00"
    assert erp.order("2", to_Item=[priced("SAW-1", "2", "100")])["TotalNetAmount"] == "200.00"


def test_the_tax_is_0_while_the_tax_engine_does_not_answer(erp: Any) -> None:
    erp.inject("zero_tax")
    created = erp.order(to_Item=[{"Material": "BOLT-2", "RequestedQuantity": "100"}])
    assert created["to_Item"]["results"][0]["TaxAmount"] == "0.00"


def test_of_a_half_written_order_only_the_header_is_there(erp: Any) -> None:
    erp.inject("half_write")
    assert erp.create().status_code == 500
    (entry,) = erp.ledger()
    assert (entry["total"], entry["lines"]) == ("0.00", [])


def test_requests_beyond_a_number_at_a_time_are_refused(erp: Any) -> None:
    erp.inject("concurrency_limit", limit=1, busy_s=1000)
    assert [erp.call("GET", ORDERS).status_code for _ in range(2)] == [200, 429]


def test_what_makes_no_sense_is_no_fault(erp: Any) -> None:
    for params in ({"record": "nosuch", "field": "x"}, {"record": "A_SalesOrder", "field": "SalesOrder"}):
        with pytest.raises(AssertionError, match="unknown"):
            erp.inject("require_field", **params)
    with pytest.raises(AssertionError, match=r"\$\.user"):
        erp.inject("lock_document", user="")
