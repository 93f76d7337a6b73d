"""The faults of an ERP, in the words of Oracle Fusion."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.oracle_fusion.conftest import INVOICES, ORDERS, charge, invoice, line, order
from gameday_fakes.oracle_fusion.account import API

KEY = f"{ORDERS}/GAMEDAY:006xY"
UNIT_PRICE = "lines.charges.chargeComponents.HeaderCurrencyUnitPrice"


def create(erp: Any, deal: str = "006xY", **changed: Any) -> Any:
    """The reply to a new order."""
    return erp.call("POST", ORDERS, order(deal, **changed))


def test_revoked_logins_open_nothing(erp: Any) -> None:
    erp.inject("revoke_tokens")
    assert erp.call("GET", ORDERS).status_code == 401
    assert erp.token().status_code == 401
    erp.heal()
    assert erp.call("GET", ORDERS).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "media", "retry_after"),
    [
        ("rate_limited", 429, "application/vnd.oracle.adf.error+json", "10"),
        ("unavailable", 503, "text/html", "30"),
        ("gateway_timeout", 504, "text/html", None),
        ("server_error", 500, "application/vnd.oracle.adf.error+json", None),
        ("record_changed", 412, "application/vnd.oracle.adf.error+json", None),
        ("moved", 301, "text/html", None),
    ],
)
def test_an_error_is_answered_as_the_pod_does(
    erp: Any, error: str, status: int, media: str, retry_after: str | None
) -> None:
    erp.inject("http", action="reply", error=error, operation="order.write")
    reply = create(erp)
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (status, media)
    assert reply.headers.get("retry-after") == retry_after
    assert erp.ledger() == []
    assert erp.hits() == [("fault", "order.write", "006xY")]


def test_a_reply_that_is_lost_after_the_commit_leaves_the_order_and_an_upsert_repairs_it(erp: Any) -> None:
    erp.inject("http", action="reply", error="gateway_timeout", operation="order.write", when="after", times=1)
    assert create(erp).status_code == 504
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]
    assert erp.call("POST", ORDERS, order(), upsert_mode="true").status_code == 200
    assert len(erp.ledger()) == 1


def test_a_revoked_permission_is_of_a_resource_and_its_children(erp: Any) -> None:
    erp.order()
    erp.inject("revoke_permission", record=ORDERS, access="edit")
    assert erp.error_of(create(erp, "2"))[0] == 403
    assert erp.call("POST", f"{KEY}/child/lines", line(2)).status_code == 403
    media = "application/vnd.oracle.adf.batch+json"
    part = {"id": "1", "path": ORDERS, "operation": "create", "payload": order("3")}
    assert erp.call("POST", f"{API}/", {"parts": [part]}, content_type=media).status_code == 403
    assert erp.call("GET", KEY).status_code == 200


def test_a_locked_order_is_refused_as_often_as_the_fault_says(erp: Any) -> None:
    erp.inject("lock_record", times=1)
    assert erp.error_of(create(erp)) == (400, "26030", "")
    assert create(erp).status_code == 201
    assert erp.hits() == [("fault", "order.write", "006xY")]


@pytest.mark.parametrize("field", ["CustomerPONumber", "lines.ProductDescription", "lines.charges.SourceChargeId"])
def test_a_required_field_must_be_there(erp: Any, field: str) -> None:
    erp.inject("require_field", record=ORDERS, field=field)
    bare = line(ProductNumber="SAW-1", charges=[{"PrimaryFlag": True, "AverageUnitSellingPrice": 100}])
    if field == "lines.ProductDescription":
        # The item has one.
        assert create(erp, lines=[bare]).status_code == 201
        return
    assert erp.error_of(create(erp, lines=[bare], FreezePriceFlag=True))[:2] == (400, "27014")
    assert erp.ledger() == []
    full = line(charges=charge("100", "200"))
    assert create(erp, lines=[full], FreezePriceFlag=True, CustomerPONumber="PO").status_code == 201


def test_a_renamed_field_is_gone_under_its_old_name(erp: Any) -> None:
    erp.order("1")
    erp.inject("rename_field", record=ORDERS, field="SourceTransactionNumber", new_name="DealNumber")
    assert erp.error_of(create(erp, "2")) == (400, "", "/SourceTransactionNumber")
    assert erp.call("GET", f"{ORDERS}?q=SourceTransactionNumber='1'").status_code == 400
    assert [operation for _, operation, _ in erp.hits()] == ["order.write", "order.read"]
    body = {**order("3"), "DealNumber": "3"}
    del body["SourceTransactionNumber"]
    assert erp.call("POST", ORDERS, body).json()["DealNumber"] == "3"
    assert [each["DealNumber"] for each in erp.found(f"{ORDERS}?q=DealNumber='1'&fields=DealNumber")] == ["1"]
    assert erp.call("GET", f"{ORDERS}?q=SourceTransactionNumber='1'").status_code == 400
    assert {hit[0] for hit in erp.hits()} == {"fault"}
    erp.heal()
    assert [entry["keys"]["SourceTransactionNumber"] for entry in erp.ledger()] == ["1", "3"]


def test_a_hidden_field_of_a_part_can_neither_be_read_nor_written(erp: Any) -> None:
    erp.order()
    erp.inject("hide_field", record=ORDERS, field=UNIT_PRICE)
    expanded = erp.get(f"{KEY}?expand=lines.charges.chargeComponents")
    (part, _) = expanded["lines"]["items"][0]["charges"]["items"][0]["chargeComponents"]["items"]
    assert "HeaderCurrencyUnitPrice" not in part
    refused = create(erp, "2", lines=[line(charges=charge("1", "1"))])
    path = "/lines/0/charges/0/chargeComponents/0/HeaderCurrencyUnitPrice"
    assert erp.error_of(refused) == (400, "", path)
    erp.heal()
    assert create(erp, "2", lines=[line(charges=charge("1", "1"))]).status_code == 201


def test_an_inactive_customer_or_item_is_refused(erp: Any) -> None:
    erp.inject("inactive_reference")
    assert "inactive" in create(erp).text
    erp.heal()
    assert create(erp).status_code == 201


def test_a_period_is_closed_as_long_as_the_fault_lasts(erp: Any) -> None:
    created = erp.order()
    erp.inject("close_period", period="2026-03")
    assert erp.call("POST", INVOICES, invoice(created)).status_code == 400
    assert erp.hits() == [("fault", "invoice.write", "006xY")]
    erp.heal()
    assert erp.call("POST", INVOICES, invoice(created)).status_code == 201


def test_prices_drift_and_taxes_fail(erp: Any) -> None:
    erp.inject("price_drift", "drift", percent="10")
    assert erp.order("1")["lines"]["items"][0]["UnitSellingPrice"] == 110
    frozen = erp.order("2", lines=[line(charges=charge("100", "200"))], FreezePriceFlag=True)
    assert frozen["lines"]["items"][0]["UnitSellingPrice"] == 100
    erp.heal("drift")
    erp.inject("zero_tax")
    assert erp.order("3", lines=[line(TaxClassificationCode="VAT19")])["lines"]["items"][0]["TaxAmount"] == 0


def test_of_a_half_written_order_only_the_header_is_there(erp: Any) -> None:
    erp.inject("half_write")
    assert create(erp).status_code == 500
    (entry,) = erp.ledger()
    assert (entry["total"], entry["lines"]) == ("0", [])
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]
    assert erp.found(f"{KEY}/child/lines") == []
    # An upsert brings the lines.
    erp.heal()
    assert erp.call("POST", ORDERS, order(), upsert_mode="true").status_code == 200
    assert [entry["total"] for entry in erp.ledger()] == ["200.00"]


def test_requests_beyond_a_number_at_a_time_are_refused(erp: Any) -> None:
    erp.inject("concurrency_limit", limit=1, busy_s=1000)
    assert [erp.call("GET", ORDERS).status_code for _ in range(2)] == [200, 429]


def test_what_makes_no_sense_is_no_fault(erp: Any) -> None:
    for params in ({"record": "nosuch", "field": "x"}, {"record": ORDERS, "field": "lines.nosuch"}):
        with pytest.raises(AssertionError, match="unknown"):
            erp.inject("require_field", **params)
