"""The faults of an ERP, in Business Central's own words, and its own: the subscription that lapses."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.business_central.conftest import order
from gameday_fakes.business_central.account import CREDENTIALS


def create(erp: Any, deal: str = "006xY", **changed: Any) -> Any:
    """The reply to a new order."""
    return erp.call("POST", "salesOrders", order(deal, **changed))


def test_a_token_is_asked_for_and_needed(erp: Any) -> None:
    reply = erp.login()
    assert (reply.status_code, reply.json()["token_type"], reply.json()["expires_in"]) == (200, "Bearer", 3599)
    erp.token = "nosuch"
    refused = erp.call("GET", "items")
    assert erp.error_of(refused) == (401, "Authentication_InvalidCredentials")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "nosuch"}, 400, "unauthorized_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"scope": "openid"}, 400, "invalid_scope"),
    ],
)
def test_a_bad_request_for_a_token_is_refused(erp: Any, changed: Any, status: int, error: str) -> None:
    reply = erp.login(**changed)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert reply.json()["error_description"].startswith("AADSTS")


def test_revoked_tokens_open_nothing_and_there_are_no_new_ones(erp: Any) -> None:
    erp.inject("revoke_tokens")
    assert erp.call("GET", "items").status_code == 401
    assert erp.login().status_code == 401
    erp.heal()
    assert erp.call("GET", "items").status_code == 401
    erp.token = erp.login().json()["access_token"]
    assert erp.call("GET", "items").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        ("rate_limited", 429, "Application_TooManyRequests", "10"),
        ("unavailable", 503, "Internal_TenantUnavailable", "30"),
        ("server_error", 500, "Internal_ServerError", None),
        ("request_timeout", 408, "Application_OperationTimeout", None),
        ("record_changed", 409, "Request_EntityChanged", None),
    ],
)
def test_an_error_is_answered_as_business_central_does(
    erp: Any, error: str, status: int, code: str, retry_after: str | None
) -> None:
    erp.inject("http", action="reply", error=error, operation="order.write")
    reply = create(erp)
    assert erp.error_of(reply) == (status, code)
    assert reply.headers.get("retry-after") == retry_after
    assert erp.ledger() == []
    assert erp.hits() == [("fault", "order.write", "006xY")]


def test_an_address_that_has_moved_is_a_redirect_that_does_nothing(erp: Any) -> None:
    erp.inject("http", action="reply", error="moved", operation="order.write")
    reply = create(erp)
    assert (reply.status_code, reply.headers["location"]) == (301, "https://moved.invalid/")
    assert erp.ledger() == []


def test_a_gateway_answers_with_a_page_although_the_order_is_written(erp: Any) -> None:
    erp.inject("http", action="reply", error="gateway_timeout", operation="order.write", when="after")
    reply = create(erp)
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (504, "text/html")
    assert len(erp.ledger()) == 1
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]


def test_a_limit_of_requests_holds_for_five_minutes(erp: Any) -> None:
    erp.configure(requests_in_5_minutes=2)
    assert [erp.call("GET", "items").status_code for _ in range(3)] == [200, 200, 429]


def test_requests_beyond_a_number_at_a_time_are_refused(erp: Any) -> None:
    erp.inject("concurrency_limit", limit=1, busy_s=1000)
    assert [erp.call("GET", "items").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("in_batch", [False, True])
def test_a_revoked_permission_is_of_a_set_and_its_lines(erp: Any, in_batch: bool) -> None:
    created = erp.order()
    erp.inject("revoke_permission", record="salesOrders", access="edit")
    if in_batch:
        requests = [{"id": "1", "method": "POST", "url": "salesOrders", "body": order("2")}]
        part = erp.call("POST", "$batch", {"requests": requests}).json()["responses"][0]
        assert (part["status"], part["body"]["error"]["code"]) == (403, "Authorization_RequestDenied")
    else:
        assert erp.error_of(create(erp, "2")) == (403, "Authorization_RequestDenied")
        line = created["salesOrderLines"][0]["id"]
        assert erp.call("PATCH", f"salesOrderLines({line})", {"quantity": 5}).status_code == 403
    assert erp.call("GET", "salesOrders").status_code == 200
    assert erp.call("GET", "items").status_code == 200
    erp.heal()
    assert create(erp, "3").status_code == 201


def test_a_locked_order_is_refused_as_often_as_the_fault_says(erp: Any) -> None:
    erp.inject("lock_record", times=1)
    refused = create(erp)
    assert refused.status_code == 409
    assert "being updated in a transaction done by another session" in erp.message_of(refused)
    assert create(erp).status_code == 201
    assert erp.hits() == [("fault", "order.write", "006xY")]


def test_a_required_field_must_be_there(erp: Any) -> None:
    erp.inject("require_field", record="salesOrders", field="salesperson")
    assert erp.error_of(create(erp)) == (400, "Application_FieldValidationException")
    assert create(erp, salesperson="JO").status_code == 201
    assert [entry["keys"]["externalDocumentNumber"] for entry in erp.ledger()] == ["006xY"]


def test_a_required_field_of_lines_must_be_there(erp: Any) -> None:
    erp.inject("require_field", record="salesOrders", field="salesOrderLines.shipmentDate")
    assert erp.error_of(create(erp)) == (400, "Application_FieldValidationException")
    lines = [{"lineObjectNumber": "SAW-1", "quantity": 1, "shipmentDate": "2026-04-01"}]
    assert create(erp, salesOrderLines=lines).status_code == 201


def test_a_renamed_field_is_gone_under_its_old_name(erp: Any) -> None:
    created = erp.order("1")
    erp.inject("rename_field", record="salesOrders", field="externalDocumentNumber", new_name="dealNumber")
    refused = create(erp, "2")
    assert erp.error_of(refused) == (400, "BadRequest")
    assert "'externalDocumentNumber' does not exist" in erp.message_of(refused)
    body = {**order("3"), "dealNumber": "3x"}
    del body["externalDocumentNumber"]
    assert erp.call("POST", "salesOrders", body).json()["dealNumber"] == "3X"
    assert [row["id"] for row in erp.get("salesOrders?$filter=dealNumber eq '1'&$select=id,dealNumber")["value"]] == [
        created["id"]
    ]
    assert erp.call("GET", "salesOrders?$filter=externalDocumentNumber eq '1'").status_code == 400
    assert 'Name="dealNumber"' in erp.call("GET", "$metadata").text
    assert {hit[0] for hit in erp.hits()} == {"fault"}
    erp.heal()
    assert [entry["keys"]["externalDocumentNumber"] for entry in erp.ledger()] == ["1", "3x"]
    assert erp.get(f"salesOrders({created['id']})")["externalDocumentNumber"] == "1"


def test_a_hidden_field_of_lines_can_neither_be_read_nor_written(erp: Any) -> None:
    created = erp.order()
    erp.inject("hide_field", record="salesOrders", field="salesOrderLines.unitPrice")
    line = created["salesOrderLines"][0]["id"]
    erp.call("GET", "salesOrders?$select=number")
    assert erp.hits() == []
    for query in ("$expand=salesOrderLines", "$expand=salesOrderLines($select=unitPrice)"):
        erp.call("GET", f"salesOrders?{query}")
    assert [operation for _, operation, _ in erp.hits()] == ["order.read"] * 2
    assert "unitPrice" not in erp.get(f"salesOrderLines({line})")
    assert erp.call("PATCH", f"salesOrderLines({line})", {"unitPrice": 5}).status_code == 400
    assert erp.call("GET", f"salesOrderLines({line})/unitPrice").status_code == 404
    erp.heal()
    assert erp.get(f"salesOrderLines({line})")["unitPrice"] == 100


def test_a_blocked_customer_or_item_is_refused(erp: Any) -> None:
    erp.inject("inactive_reference")
    refused = create(erp)
    assert erp.error_of(refused) == (400, "Application_FieldValidationException")
    assert "is blocked" in erp.message_of(refused)
    erp.heal()
    customer = erp.get("customers?$filter=number eq '001AB'")["value"][0]["id"]
    erp.call("PATCH", f"customers({customer})", {"blocked": "All"})
    assert create(erp).status_code == 400


def test_a_period_is_closed_as_long_as_the_fault_lasts(erp: Any) -> None:
    created = erp.order()
    erp.inject("close_period", period="2026-03")
    path = f"salesOrders({created['id']})/Microsoft.NAV.shipAndInvoice"
    assert erp.call("POST", path).status_code == 400
    assert erp.hits() == [("fault", "invoice.write", "006xY")]
    erp.heal()
    assert erp.call("POST", path).status_code == 204


def test_prices_drift_where_a_request_gives_none(erp: Any) -> None:
    erp.inject("price_drift", percent="10")
    assert erp.order("1")["salesOrderLines"][0]["unitPrice"] == 110
    given = [{"lineObjectNumber": "SAW-1", "quantity": 2, "unitPrice": 100}]
    assert erp.order("2", salesOrderLines=given)["salesOrderLines"][0]["unitPrice"] == 100


def test_the_tax_is_0_while_the_tax_engine_does_not_answer(erp: Any) -> None:
    erp.inject("zero_tax")
    lines = [{"lineObjectNumber": "BOLT-2", "quantity": 100, "unitPrice": 1}]
    assert erp.order(salesOrderLines=lines)["salesOrderLines"][0]["totalTaxAmount"] == 0


def test_of_a_half_written_order_only_the_header_is_there(erp: Any) -> None:
    erp.inject("half_write")
    assert create(erp).status_code == 500
    (entry,) = erp.ledger()
    assert (entry["total"], entry["lines"]) == ("0.00", [])
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]


def test_what_makes_no_sense_is_no_fault(erp: Any) -> None:
    for params in ({"record": "nosuch", "field": "x"}, {"record": "salesOrders", "field": "nosuch"}):
        with pytest.raises(AssertionError, match="unknown"):
            erp.inject("require_field", **params)


def test_the_credentials_are_those_of_the_fake() -> None:
    assert {"tenant", "environment", "client_id", "client_secret", "company", "scope"} == CREDENTIALS.keys()
