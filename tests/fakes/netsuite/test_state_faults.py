"""The faults in NetSuite's own state: they take effect, are recorded, and heal."""

from __future__ import annotations

from typing import Any

import pytest


def hits(erp: Any) -> list[tuple[str, str | None]]:
    return [(event["value"]["operation"], event["value"]["order"]) for event in erp.events("hit")]


def custom(rate: float) -> dict[str, Any]:
    line = {"item": {"externalId": "SAW-1"}, "quantity": 1, "rate": rate, "price": {"id": "-1"}}
    return {"items": [line]}


@pytest.mark.parametrize("period", ["", "2026-03"])
def test_a_closed_period_refuses_invoices_until_healed(erp: Any, period: str) -> None:
    erp.put_order()
    erp.inject("close_period", period=period)
    assert erp.error_of(erp.invoice_order()) == (400, "USER_ERROR")
    erp.heal()
    assert erp.invoice_order().status_code == 204
    assert hits(erp) == [("invoice.write", "006X")]


def test_a_locked_record_refuses_as_many_writes_as_times_says(erp: Any) -> None:
    erp.inject("lock_record", share=1.0, times=2)
    assert [erp.put_order().status_code for _ in range(3)] == [400, 400, 204]
    assert [event["value"]["error"] for event in erp.events("order_write")] == ["locked", "locked", ""]


def test_the_same_orders_are_locked_whatever_the_order_of_arrival(erp: Any) -> None:
    keys = [f"006{n}" for n in range(30)]
    erp.inject("lock_record", share=0.4)
    first = {key: erp.put_order(key).status_code for key in keys}
    second = {key: erp.put_order(key).status_code for key in reversed(keys)}
    assert first == second
    assert set(first.values()) == {204, 400}


def test_requests_are_selected_by_the_field_that_names_the_deal(erp: Any) -> None:
    erp.configure(deal_field="custbody_crm_deal_id").raise_for_status()
    erp.inject("http", action="reply", error="locked", operation="order.write", times=1)
    keys = [("SO-1", "006A"), ("SO-2", "006A"), ("SO-1", "006B")]
    assert [erp.put_order(key, custbody_crm_deal_id=deal).status_code for key, deal in keys] == [400, 204, 400]
    assert hits(erp) == [("order.write", "006A"), ("order.write", "006B")]


def test_a_drifted_price_refuses_the_old_rate_and_changes_the_listed_one(erp: Any) -> None:
    erp.configure(price_tolerance_percent=5)
    erp.inject("price_drift", percent=12, share=1.0)
    assert erp.error_of(erp.put_order(item=custom(100))) == (400, "USER_ERROR")
    assert erp.put_order(item=custom(112)).status_code == 204
    erp.heal()
    assert erp.query("SELECT unitprice FROM pricing WHERE item = 1003 AND currency = 1") == [{"unitprice": "100.00"}]


def test_a_drifted_price_is_what_a_price_lookup_shows(erp: Any) -> None:
    erp.inject("price_drift", percent=10, share=1.0)
    prices = {row["unitprice"] for row in erp.query("SELECT unitprice FROM pricing")}
    assert prices == {"110.00", "99.00", "16500", "0.39"}


def test_a_repriced_item_has_its_new_price(erp: Any) -> None:
    erp.operate("reprice", {"sku": "SAW-1", "currency": "USD", "price": "120.00"})
    erp.put_order()
    assert erp.ledger()[0]["total"] == "240.00"


def test_without_permission_to_edit_reading_goes_on(erp: Any) -> None:
    erp.put_order()
    erp.inject("revoke_permission", record="salesOrder", access="edit")
    assert erp.error_of(erp.put_order()) == (403, "INSUFFICIENT_PERMISSION")
    assert erp.call("GET", "/record/v1/salesOrder/eid:006X").status_code == 200


def test_without_permission_to_read_orders_are_missing_from_queries(erp: Any) -> None:
    erp.put_order()
    erp.inject("revoke_permission", record="salesOrder", access="read")
    assert erp.error_of(erp.call("GET", "/record/v1/salesOrder/eid:006X")) == (403, "INSUFFICIENT_PERMISSION")
    assert erp.query("SELECT id FROM transaction") == []


def test_without_permission_to_read_a_table_of_its_own_is_unknown(erp: Any) -> None:
    erp.inject("revoke_permission", record="pricing", access="read")
    reply = erp.call("POST", "/query/v1/suiteql", {"q": "SELECT id FROM pricing"}, headers={"prefer": "transient"})
    assert erp.error_of(reply) == (400, "INVALID_PARAMETER")
    assert "Record 'pricing' was not found" in reply.text


def test_revoked_tokens_refuse_every_request_until_healed(erp: Any) -> None:
    erp.inject("revoke_tokens")
    assert erp.error_of(erp.put_order()) == (401, "INVALID_LOGIN")
    erp.heal()
    assert erp.put_order().status_code == 204


def test_over_the_concurrency_limit_the_title_is_still_bad_request(erp: Any) -> None:
    erp.inject("concurrency_limit", limit=1, busy_s=3600)
    assert erp.put_order().status_code == 204
    reply = erp.put_order()
    assert erp.error_of(reply) == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    assert reply.json()["title"] == "Bad Request"
    assert "retry-after" not in reply.headers


def test_a_renamed_field_is_dropped_without_an_error_under_its_old_name(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="otherRefNum", new_name="custbody_po_number")
    assert erp.put_order().status_code == 204
    assert erp.ledger()[0]["keys"].get("otherRefNum") is None
    assert hits(erp) == [("order.write", "006X")]


def test_a_renamed_field_is_taken_and_shown_under_its_new_name(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="otherRefNum", new_name="custbody_po_number")
    erp.put_order(otherRefNum=None, custbody_po_number="PO-7")
    assert erp.order()["custbody_po_number"] == "PO-7"
    schema = erp.call("GET", "/record/v1/metadata-catalog/salesOrder", headers={"accept": "application/schema+json"})
    assert "otherRefNum" not in schema.json()["properties"]
    assert "custbody_po_number" in schema.json()["properties"]


def test_a_renamed_field_is_refused_under_its_old_name_where_names_are_checked(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="memo", new_name="custbody_memo")
    headers = {"x-netsuite-propertynamevalidation": "error"}
    reply = erp.call("PUT", "/record/v1/salesOrder/eid:006X", {"memo": "x"}, headers=headers)
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")


def schema_of(erp: Any) -> dict[str, Any]:
    reply = erp.call("GET", "/record/v1/metadata-catalog/salesOrder", headers={"accept": "application/schema+json"})
    return dict(reply.json()["properties"])


def test_a_renamed_field_of_lines_is_dropped_without_an_error_under_its_old_name(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="item.quantity", new_name="units")
    assert erp.put_order().status_code == 204
    [line] = erp.order()["item"]["items"]
    # Two were sold.
    assert line["units"] == 1
    assert hits(erp) == [("order.write", "006X")]


def test_a_renamed_field_of_the_lines_is_taken_and_shown_under_its_new_name(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="item.quantity", new_name="units")
    erp.put_order(item={"items": [{"item": {"externalId": "SAW-1"}, "units": 3}]})
    [shown] = erp.order()["item"]["items"]
    assert (shown["units"], "quantity" in shown) == (3, False)
    columns = schema_of(erp)["item"]["properties"]["items"]["items"]["properties"]
    assert ("units" in columns, "quantity" in columns) == (True, False)


def test_a_field_of_the_lines_is_refused_under_its_old_name_where_names_are_checked(erp: Any) -> None:
    erp.inject("rename_field", record="salesOrder", field="item.rate", new_name="unitPrice")
    headers = {"x-netsuite-propertynamevalidation": "error"}
    body = {"item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2, "rate": 10}]}}
    reply = erp.call("PUT", "/record/v1/salesOrder/eid:006X", body, headers=headers)
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert "item.items[0].rate" in reply.text


def test_a_hidden_field_is_neither_taken_nor_shown(erp: Any) -> None:
    erp.inject("hide_field", record="salesOrder", field="memo")
    erp.put_order(memo="a gift")
    assert "memo" not in erp.order()
    assert "memo" not in schema_of(erp)
    assert hits(erp) == [("order.write", "006X")]


def test_an_inactive_customer_refuses_the_order(erp: Any) -> None:
    erp.inject("inactive_reference", share=1.0)
    reply = erp.put_order()
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert "The record is inactive" in reply.text


def test_a_half_written_order_has_a_header_without_lines_and_was_answered_500(erp: Any) -> None:
    erp.inject("half_write", share=1.0)
    assert erp.error_of(erp.put_order()) == (500, "UNEXPECTED_ERROR")
    [entry] = erp.ledger()
    assert (entry["lines"], entry["total"]) == ([], "0")
    [event] = erp.events("order_write")
    assert (event["outcome"], event["value"]["order"], event["value"]["status"]) == ("info", entry["id"], 500)


def test_a_repeated_put_completes_a_half_written_order(erp: Any) -> None:
    erp.inject("half_write", share=1.0)
    assert [erp.put_order().status_code for _ in range(2)] == [500, 204]
    [entry] = erp.ledger()
    assert entry["total"] == "200.00"


def test_a_half_written_order_is_not_invoiced(erp: Any) -> None:
    erp.inject("half_write", share=1.0)
    erp.put_order()
    assert erp.invoice_order().status_code == 400


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [
        ("no_such_fault", {}, "known: change_type, check_writes, close_period"),
        ("revoke_permission", {"record": "unicorn"}, "unknown record 'unicorn'"),
        ("rename_field", {"record": "salesOrder", "field": "horn", "new_name": "x"}, "unknown field 'horn'"),
        ("rename_field", {"record": "customer", "field": "item.rate", "new_name": "x"}, "unknown field 'item.rate'"),
        ("hide_field", {"record": "salesOrder", "field": "item.horn"}, "unknown field 'item.horn'"),
        ("lock_record", {"shares": 1}, "shares"),
        ("http", {"action": "reply", "error": "no_such_error"}, "unknown error 'no_such_error'"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_one_line(
    erp: Any, kind: str, params: dict[str, Any], named: str
) -> None:
    reply = erp.inject(kind, **params)
    assert reply.status_code == 400
    assert named in reply.json()["error"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("rate_limited", 429, "CONCURRENCY_LIMIT_EXCEEDED"),
        ("unauthorized", 401, "INVALID_LOGIN"),
        ("forbidden", 403, "INSUFFICIENT_PERMISSION"),
        ("locked", 400, "USER_ERROR"),
        ("unavailable", 503, "SERVICE_UNAVAILABLE"),
        ("server_error", 500, "UNEXPECTED_ERROR"),
        ("not_found", 404, "NONEXISTENT_ID"),
        ("closed_period", 400, "USER_ERROR"),
        ("record_changed", 400, "RCRD_HAS_BEEN_CHANGED"),
    ],
)
def test_an_http_fault_answers_in_netsuites_own_shape(erp: Any, error: str, status: int, code: str) -> None:
    erp.inject("http", operation="order.write", action="reply", error=error)
    reply = erp.put_order()
    assert erp.error_of(reply) == (status, code)
    assert reply.json()["status"] == status
    assert erp.ledger() == []


def test_a_reply_lost_after_the_commit_leaves_the_order_and_an_open_outcome(erp: Any) -> None:
    erp.inject("http", operation="order.write", action="reply", error="server_error", when="after", times=1)
    assert [erp.put_order().status_code for _ in range(2)] == [500, 204]
    assert [event["outcome"] for event in erp.events("order_write")] == ["info", "ok"]
    assert len(erp.ledger()) == 1


def test_a_snapshot_is_no_hit(erp: Any) -> None:
    erp.inject("price_drift", share=1.0)
    erp.snapshot()
    erp.call("GET", "/record/v1/currency/1")
    assert hits(erp) == []


def test_a_clock_that_is_minutes_ahead_refuses_every_signature_until_healed(erp: Any) -> None:
    erp.inject("skew_clock", by_s=360)
    assert erp.put_order().status_code == 401
    erp.heal()
    assert erp.put_order().status_code == 204
    assert [operation for operation, _ in hits(erp)] == ["order.write"]


def test_a_clock_that_is_a_little_ahead_refuses_nothing(erp: Any) -> None:
    erp.inject("skew_clock", by_s=100)
    assert erp.put_order().status_code == 204
    assert hits(erp) == []


def test_a_moved_address_answers_with_a_redirect_and_writes_nothing(erp: Any) -> None:
    erp.inject("http", action="reply", error="moved", operation="write")
    reply = erp.put_order()
    assert (reply.status_code, reply.headers["location"]) == (301, "https://moved.invalid/")
    assert [(event["outcome"], event["value"]["error"]) for event in erp.events("order_write")] == [("fail", "moved")]
    erp.heal()
    assert erp.query("SELECT id FROM transaction WHERE type = 'SalesOrd' AND otherrefnum = '006X'") == []
