"""Credit memos and customer payments: what they take off an invoice, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

CREDIT, PAYMENT = "creditMemo", "customerPayment"
BOTH = pytest.mark.parametrize("kind", [CREDIT, PAYMENT])


@pytest.fixture
def bill(erp: Any) -> str:
    """The invoice of an order of two saws, 200.00; its id."""
    erp.put_order()
    return str(erp.invoice_order().headers["location"].rpartition("/")[2])


def settle(erp: Any, kind: str, invoice: str, body: Any = None) -> Any:
    """Transform an invoice."""
    return erp.call("POST", f"/record/v1/invoice/{invoice}/!transform/{kind}", body)


def taken(erp: Any) -> tuple[str, str]:
    """What the ledger says has been credited and paid of the one invoice."""
    [invoice] = erp.ledger()[0]["invoices"]
    return invoice.get("credited", "0"), invoice.get("paid", "0")


@BOTH
def test_an_invoice_is_transformed_to_a_document_of_its_whole_total(erp: Any, bill: str, kind: str) -> None:
    reply = settle(erp, kind, bill)
    assert reply.status_code == 204
    document = erp.call("GET", f"/record/v1/{kind}/{reply.headers['location'].rpartition('/')[2]}").json()
    assert (document["total"], document["createdFrom"]["id"]) == (200.0, bill)
    assert taken(erp) == (("200.00", "0") if kind == CREDIT else ("0", "200.00"))


@BOTH
def test_a_document_can_be_created_from_the_invoice_under_a_key_once(erp: Any, bill: str, kind: str) -> None:
    path, body = f"/record/v1/{kind}/eid:K-1", {"createdFrom": {"id": bill}}
    assert [erp.call("PUT", path, body).status_code for _ in range(2)] == [204, 204]
    assert erp.call("POST", f"/record/v1/{kind}", {**body, "externalId": "K-1"}).status_code == 400
    assert "200.00" in taken(erp)


@BOTH
def test_a_document_without_an_invoice_names_what_is_missing(erp: Any, kind: str) -> None:
    reply = erp.call("POST", f"/record/v1/{kind}", {})
    assert erp.error_of(reply) == (400, "USER_ERROR")
    assert erp.path_of(reply) == "createdFrom"


@BOTH
def test_no_more_than_what_remains_can_be_taken_off(erp: Any, bill: str, kind: str) -> None:
    settle(erp, PAYMENT, bill, {"payment": 150})
    assert settle(erp, CREDIT, bill).status_code == 400
    assert settle(erp, kind, bill, {"payment": 51}).status_code == 400
    assert taken(erp) == ("0", "150.00")


def test_a_part_of_the_quantity_is_credited(erp: Any, bill: str) -> None:
    settle(erp, CREDIT, bill, {"item": {"items": [{"orderLine": 1, "quantity": 1}]}})
    assert taken(erp) == ("100.00", "0")
    assert erp.call("GET", f"/record/v1/invoice/{bill}").json()["amountRemaining"] == 100.0


def test_a_part_is_credited_at_the_amount_that_the_body_gives_it(erp: Any, bill: str) -> None:
    settle(erp, CREDIT, bill, {"item": {"items": [{"orderLine": 1, "quantity": 1, "amount": 99.99}]}})
    assert taken(erp) == ("99.99", "0")


def test_a_credit_under_a_key_is_about_the_deal_of_its_invoice(erp: Any, bill: str) -> None:
    erp.inject("http", action="reply", error="unavailable", operation="credit.write", times=1).raise_for_status()
    statuses = [erp.call("PUT", "/record/v1/creditMemo/eid:K-1", {"createdFrom": {"id": bill}}) for _ in range(2)]
    assert [reply.status_code for reply in statuses] == [503, 204]
    [hit] = erp.events("hit")
    assert hit["value"]["order"] == erp.ledger()[0]["keys"]["externalId"]


def test_a_credit_is_net_in_the_ledger_and_gross_on_the_document(erp: Any) -> None:
    erp.put_order(item={"items": [{"item": {"externalId": "SAW-1"}, "taxCode": {"refName": "VAT20"}}]})
    invoice = erp.invoice_order().headers["location"].rpartition("/")[2]
    reply = settle(erp, CREDIT, invoice)
    document = erp.call("GET", f"/record/v1/creditMemo/{reply.headers['location'].rpartition('/')[2]}").json()
    assert document["total"] == 120.0
    assert taken(erp) == ("100.00", "0")


def test_an_invoice_that_is_settled_in_full_says_so(erp: Any, bill: str) -> None:
    settle(erp, PAYMENT, bill)
    assert erp.call("GET", f"/record/v1/invoice/{bill}").json()["status"]["refName"] == "Paid In Full"
    [row] = erp.query(f"SELECT status, statusname FROM transaction WHERE id = '{bill}'")
    assert row == {"status": "B", "statusname": "Paid In Full"}


@BOTH
def test_an_invoice_with_a_document_on_it_is_deleted_only_after_that_document(erp: Any, bill: str, kind: str) -> None:
    path = f"/record/v1/{kind}/{settle(erp, kind, bill).headers['location'].rpartition('/')[2]}"
    assert erp.call("DELETE", f"/record/v1/invoice/{bill}").status_code == 400
    assert erp.call("DELETE", path).status_code == 204
    assert taken(erp) == ("0", "0")
    assert erp.call("DELETE", f"/record/v1/invoice/{bill}").status_code == 204


@BOTH
def test_nothing_is_posted_to_a_closed_period(erp: Any, bill: str, kind: str) -> None:
    erp.operate("close_period", {"period": "2026-04"})
    assert settle(erp, kind, bill, {"tranDate": "2026-04-01"}).status_code == 400
    assert settle(erp, kind, bill, {"tranDate": "2026-05-01"}).status_code == 204


def test_suiteql_lists_what_was_made_from_an_invoice(erp: Any, bill: str) -> None:
    settle(erp, PAYMENT, bill, {"payment": 50})
    settle(erp, CREDIT, bill, {"item": {"items": [{"orderLine": 1, "quantity": 1}]}})
    rows = erp.query(f"SELECT type, foreigntotal FROM transaction WHERE createdfrom = '{bill}' ORDER BY type")
    assert [(row["type"], row["foreigntotal"]) for row in rows] == [("CustCred", "100.00"), ("CustPymt", "50.00")]


def test_a_credit_is_recorded_as_a_change_of_the_invoice_and_a_payment_is_not(erp: Any, bill: str) -> None:
    settle(erp, CREDIT, bill, {"item": {"items": [{"orderLine": 1, "quantity": 1}]}})
    settle(erp, PAYMENT, bill)
    made, credited = (event["value"] for event in erp.events("invoice_write"))
    assert credited["invoice"] == made["invoice"] == bill
    assert credited["content"] != made["content"]
    assert (credited["deal"], credited["total"]) == ("006X", "200.00")


def test_a_whole_credit_is_recorded_as_one(erp: Any, bill: str) -> None:
    settle(erp, CREDIT, bill)
    assert [event["value"]["state"] for event in erp.events("invoice_write")] == ["open", "credited"]


@BOTH
def test_the_memo_of_a_document_can_be_changed(erp: Any, bill: str, kind: str) -> None:
    path = f"/record/v1/{kind}/{settle(erp, kind, bill).headers['location'].rpartition('/')[2]}"
    assert erp.call("PATCH", path, {"memo": "as agreed"}).status_code == 204
    assert erp.call("GET", path).json()["memo"] == "as agreed"
    assert "200.00" in taken(erp)
