"""Return authorizations: of orders, invoices and cash sales, or of nothing; and the credit memos made of them."""

from __future__ import annotations

from typing import Any

import pytest

from support.served import Served

RECORDS = "/services/rest/record/v1"


@pytest.fixture
def erp() -> Served:
    """An account with an order of ten pieces at 5."""
    erp = Served("netsuite")
    lines = [{"item": {"externalId": "SKU-1"}, "quantity": 10}]
    body = {"entity": {"externalId": "A-1"}, "item": {"items": lines}}
    assert erp.call("PUT", f"{RECORDS}/salesOrder/eid:D-1", body)[0] == 204
    return erp


def transform(erp: Served, path: str, to: str, key: str, *items: dict[str, Any]) -> int:
    body = {"externalId": key, **({"item": {"items": list(items)}} if items else {})}
    return int(erp.call("POST", f"{RECORDS}/{path}/!transform/{to}", body)[0])


def read(erp: Served, path: str) -> Any:
    status, body = erp.call("GET", f"{RECORDS}/{path}", query={"expandSubResources": "true"})
    assert status == 200, body
    return body


def test_what_was_billed_comes_back_and_is_credited(erp: Served) -> None:
    assert transform(erp, "salesOrder/eid:D-1", "invoice", "I-1") == 204
    assert transform(erp, "salesOrder/eid:D-1", "returnAuthorization", "R-1", {"orderLine": 1, "quantity": 4}) == 204
    returned = read(erp, "returnAuthorization/eid:R-1")
    assert (returned["total"], returned["status"]["refName"]) == (20, "Pending Receipt")
    assert returned["createdFrom"]["refName"].startswith("Sales Order #SO")
    assert transform(erp, "returnAuthorization/eid:R-1", "creditMemo", "C-1") == 204
    memo = read(erp, "creditMemo/eid:C-1")
    assert (memo["total"], memo["createdFrom"]["id"]) == (20, returned["id"])
    assert read(erp, "returnAuthorization/eid:R-1")["status"]["refName"] == "Refunded"
    assert read(erp, "invoice/eid:I-1")["amountRemaining"] == 30
    (invoice,) = erp.fake.ledger().entries[0].invoices
    assert (invoice.total, invoice.credited) == (50, 20)
    rows = erp.suiteql("SELECT type, BUILTIN.DF(createdfrom) AS source FROM transaction WHERE type = 'RtnAuth'")
    assert rows[1]["items"][0]["source"].startswith("Sales Order #SO")


@pytest.mark.parametrize("bill", ["invoice", "cashSale"])
def test_a_bill_comes_back(erp: Served, bill: str) -> None:
    assert transform(erp, "salesOrder/eid:D-1", bill, "B-1") == 204
    assert transform(erp, f"{bill}/eid:B-1", "returnAuthorization", "R-1") == 204
    assert read(erp, "returnAuthorization/eid:R-1")["total"] == 50
    # What is returned cannot be deleted; nor what has been credited.
    assert erp.call("DELETE", f"{RECORDS}/{bill}/eid:B-1")[0] == 400
    # A cash sale is refunded in cash, which is not played.
    assert transform(erp, "returnAuthorization/eid:R-1", "creditMemo", "C-1") == (204 if bill == "invoice" else 400)
    assert erp.call("DELETE", f"{RECORDS}/returnAuthorization/eid:R-1")[0] == (400 if bill == "invoice" else 204)


def test_a_return_of_its_own_is_written_read_and_deleted(erp: Served) -> None:
    lines = {"items": [{"item": {"externalId": "SKU-1"}, "quantity": 2}]}
    body = {"entity": {"externalId": "A-1"}, "item": lines, "memo": "broken"}
    path = f"{RECORDS}/returnAuthorization/eid:R-1"
    assert erp.call("PUT", path, body)[0] == 204
    assert erp.call("PATCH", path, {"memo": "late"})[0] == 204
    assert (read(erp, "returnAuthorization/eid:R-1")["memo"], erp.fake.ledger().entries[0].total) == ("late", 50)
    assert erp.call("GET", f"{path}/item")[1]["totalResults"] == 1
    assert erp.call("GET", f"{RECORDS}/returnAuthorization", query={"q": 'memo IS "late"'})[1]["totalResults"] == 1
    assert erp.call("DELETE", path)[0] == 204
    assert erp.call("POST", f"{RECORDS}/returnAuthorization", {"item": lines})[0] == 400


def test_what_cannot_come_back_is_refused(erp: Served) -> None:
    assert transform(erp, "salesOrder/eid:D-1", "returnAuthorization", "R-1") == 400
    transform(erp, "salesOrder/eid:D-1", "invoice", "I-1")
    assert transform(erp, "invoice/eid:I-1", "returnAuthorization", "R-1", {"orderLine": 7}) == 400
    assert transform(erp, "invoice/eid:I-1", "returnAuthorization", "R-1") == 204
    assert transform(erp, "invoice/eid:I-1", "returnAuthorization", "R-1") == 400
    assert transform(erp, "invoice/eid:I-1", "customerPayment", "P-1") == 204
    # The invoice is paid: NetSuite would keep the credit for another one.
    assert transform(erp, "returnAuthorization/eid:R-1", "creditMemo", "C-1") == 400
    (event,) = [event for event in erp.fake.events.after(0) if event.f == "unsupported"]
    assert event.value["call"] == "a credit memo that is applied to no invoice"


@pytest.mark.parametrize("to", ["itemReceipt", "cashRefund"])
def test_what_follows_a_return_otherwise_is_left_out(erp: Served, to: str) -> None:
    transform(erp, "salesOrder/eid:D-1", "invoice", "I-1")
    transform(erp, "invoice/eid:I-1", "returnAuthorization", "R-1")
    assert transform(erp, "returnAuthorization/eid:R-1", to, "X-1") == 501
    assert [event for event in erp.fake.events.after(0) if event.f == "unsupported"]


@pytest.mark.parametrize(
    "kind", ["customerDeposit", "customerRefund", "cashRefund", "itemReceipt", "depositApplication"]
)
def test_records_that_are_left_out_are_refused_and_noted(erp: Served, kind: str) -> None:
    assert erp.call("POST", f"{RECORDS}/{kind}", {"customer": {"externalId": "A-1"}})[0] == 404
    (event,) = [event for event in erp.fake.events.after(0) if event.f == "unsupported"]
    assert kind in event.value["call"]
