"""What comes before an order and after it: estimates, opportunities, fulfilments and cash sales."""

from __future__ import annotations

from typing import Any

import pytest

RECORD = "/record/v1"
#: Two saws at the list price for Acme.
SAWS = {
    "entity": {"externalId": "001A"},
    "tranDate": "2026-03-15",
    "item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2}]},
}


def made(reply: Any) -> str:
    """The id of the record that a write made."""
    assert reply.status_code == 204, reply.text
    id_: str = reply.headers["location"].rpartition("/")[2]
    return id_


def read(erp: Any, path: str) -> dict[str, Any]:
    """A record with its lines."""
    reply = erp.call("GET", f"{RECORD}/{path}", query={"expandSubResources": "true"})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def transform(erp: Any, path: str, to: str, body: Any = None) -> Any:
    """The reply to a transformation."""
    return erp.call("POST", f"{RECORD}/{path}/!transform/{to}", body)


def lines(*quantities: int) -> dict[str, Any]:
    """Lines of saws at the list price."""
    return {"items": [{"item": {"externalId": "SAW-1"}, "quantity": quantity} for quantity in quantities]}


def status(erp: Any, key: str = "006X") -> str:
    """The status of an order."""
    found: str = read(erp, f"salesOrder/eid:{key}")["status"]["refName"]
    return found


# -- opportunities and estimates -------------------------------------------------------------------------


def test_an_opportunity_becomes_an_estimate_and_the_estimate_an_order(erp: Any) -> None:
    opportunity = made(erp.call("POST", f"{RECORD}/opportunity", {**SAWS, "title": "Saws", "probability": 60}))
    estimate = made(transform(erp, f"opportunity/{opportunity}", "estimate", {"externalId": "Q-1"}))
    sales_order = made(transform(erp, "estimate/eid:Q-1", "salesOrder", {"externalId": "006X", "memo": "rush"}))
    found = read(erp, f"salesOrder/{sales_order}")
    assert (found["createdFrom"]["id"], found["createdFrom"]["refName"]) == (estimate, f"Estimate #EST{estimate}")
    assert (found["memo"], found["total"], found["item"]["items"][0]["quantity"]) == ("rush", 200, 2)
    assert read(erp, f"estimate/{estimate}")["status"]["refName"] == "Processed"
    first = read(erp, f"opportunity/{opportunity}")
    assert (first["title"], first["probability"], first["status"]["refName"]) == ("Saws", 60, "Issued Estimate")


def test_only_the_order_is_in_the_ledger_and_in_the_history(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", {**SAWS, "otherRefNum": "006X"}))
    assert erp.ledger() == []
    made(transform(erp, f"estimate/{estimate}", "salesOrder"))
    [entry] = erp.ledger()
    assert (entry["keys"]["otherRefNum"], entry["total"]) == ("006X", "200.00")
    [event] = erp.events("order_write")
    assert (event["outcome"], event["value"]["deal"]) == ("ok", "006X")


def test_an_order_has_the_prices_of_its_estimate_not_those_of_today(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    erp.operate("reprice", {"sku": "SAW-1", "currency": "USD", "price": "150"})
    sales_order = made(transform(erp, f"estimate/{estimate}", "salesOrder"))
    assert read(erp, f"salesOrder/{sales_order}")["item"]["items"][0]["rate"] == 100


def test_a_second_transformation_makes_a_second_order(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    assert made(transform(erp, f"estimate/{estimate}", "salesOrder")) != made(
        transform(erp, f"estimate/{estimate}", "salesOrder")
    )
    assert erp.call("DELETE", f"{RECORD}/estimate/{estimate}").status_code == 400


def test_a_lost_reply_to_a_transformation_is_indeterminate(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    erp.inject("http", action="reply", error="server_error", when="after", operation="order.write")
    assert transform(erp, f"estimate/{estimate}", "salesOrder", {"externalId": "006X"}).status_code == 500
    assert [(event["outcome"], event["value"]["deal"]) for event in erp.events("order_write")] == [("info", "006X")]
    assert [event["value"]["order"] for event in erp.events("hit")] == ["006X"]


def test_estimates_are_upserted_changed_and_deleted(erp: Any) -> None:
    path = f"{RECORD}/estimate/eid:Q-1"
    first, again = made(erp.call("PUT", path, SAWS)), made(erp.call("PUT", path, {"memo": "again"}))
    assert (first == again, read(erp, "estimate/eid:Q-1")["memo"]) == (True, "again")
    assert erp.call("DELETE", path).status_code == 204
    assert erp.call("GET", path).status_code == 404


@pytest.mark.parametrize("source", ["estimate", "opportunity"])
@pytest.mark.parametrize("bill", ["invoice", "cashSale"])
def test_an_estimate_is_billed_without_an_order(erp: Any, source: str, bill: str) -> None:
    made_from = made(erp.call("POST", f"{RECORD}/{source}", {**SAWS, "externalId": "006X"}))
    billed = read(erp, f"{bill}/{made(transform(erp, f'{source}/{made_from}', bill, {'memo': 'now'}))}")
    assert (billed["createdFrom"]["id"], billed["memo"]) == (made_from, "now")
    assert billed["subtotal"] == read(erp, f"{source}/{made_from}")["subtotal"]
    assert read(erp, f"{source}/{made_from}")["status"]["id"] in ("Processed", "Issued Estimate")
    assert erp.events("invoice_write")[-1]["value"]["deal"] == "006X"


def test_an_estimate_that_is_billed_and_ordered_is_billed_twice_in_the_ledger(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    made(transform(erp, f"estimate/{estimate}", "invoice"))
    order = made(transform(erp, f"estimate/{estimate}", "salesOrder"))
    made(transform(erp, f"salesOrder/{order}", "invoice"))
    [entry] = [entry for entry in erp.ledger() if entry["id"] == order]
    assert len(entry["invoices"]) == 2


def test_what_an_estimate_cannot_become_is_unsupported(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    assert transform(erp, f"estimate/{estimate}", "itemFulfillment").status_code == 501
    assert len(erp.events("unsupported")) == 1


# -- item fulfilments ------------------------------------------------------------------------------------


def test_an_order_is_fulfilled_in_parts(erp: Any) -> None:
    erp.put_order(item=lines(2, 3))
    part = {"item": {"items": [{"orderLine": 1, "quantity": 1}, {"orderLine": 2, "itemReceive": False}]}}
    first = read(erp, f"itemFulfillment/{made(transform(erp, 'salesOrder/eid:006X', 'itemFulfillment', part))}")
    assert [(line["orderLine"], line["quantity"]) for line in first["item"]["items"]] == [(1, 1)]
    assert (first["shipStatus"]["refName"], "total" in first) == ("Shipped", False)
    assert status(erp) == "Partially Fulfilled"
    rest = read(erp, f"itemFulfillment/{made(transform(erp, 'salesOrder/eid:006X', 'itemFulfillment'))}")
    assert [(line["orderLine"], line["quantity"]) for line in rest["item"]["items"]] == [(1, 1), (2, 3)]
    assert status(erp) == "Pending Billing"
    assert transform(erp, "salesOrder/eid:006X", "itemFulfillment").status_code == 400
    assert erp.invoice_order().status_code == 204
    assert status(erp) == "Billed"


def test_a_fulfilment_that_is_deleted_leaves_the_order_unfulfilled(erp: Any) -> None:
    erp.put_order()
    made(transform(erp, "salesOrder/eid:006X", "itemFulfillment", {"externalId": "F-1"}))
    assert erp.call("DELETE", f"{RECORD}/salesOrder/eid:006X").status_code == 400
    assert erp.call("DELETE", f"{RECORD}/itemFulfillment/eid:F-1").status_code == 204
    assert status(erp) == "Pending Fulfillment"


@pytest.mark.parametrize(
    "part",
    [
        {"orderLine": 9},
        {"orderLine": 1, "quantity": 3},
        {"orderLine": 1, "quantity": 0},
        {"orderLine": 1, "quantity": -1},
        {"orderLine": 1, "itemReceive": False},
        {},
    ],
)
def test_what_cannot_be_fulfilled_is_refused(erp: Any, part: dict[str, Any]) -> None:
    erp.put_order()
    assert transform(erp, "salesOrder/eid:006X", "itemFulfillment", {"item": {"items": [part]}}).status_code == 400
    assert status(erp) == "Pending Fulfillment"


def test_a_closed_period_takes_no_fulfilment(erp: Any) -> None:
    erp.put_order()
    erp.inject("close_period", period="2026-03")
    body = {"tranDate": "2026-03-20"}
    assert erp.error_of(transform(erp, "salesOrder/eid:006X", "itemFulfillment", body)) == (400, "USER_ERROR")


def test_a_fulfilment_changes_no_amount_of_the_ledger(erp: Any) -> None:
    erp.put_order()
    before = erp.ledger()
    made(transform(erp, "salesOrder/eid:006X", "itemFulfillment"))
    assert erp.ledger() == before


# -- cash sales ------------------------------------------------------------------------------------------


def test_a_cash_sale_bills_an_order_and_is_paid(erp: Any) -> None:
    erp.put_order()
    sale = made(transform(erp, "salesOrder/eid:006X", "cashSale", {"externalId": "C-1"}))
    [invoice] = erp.ledger()[0]["invoices"]
    assert (invoice["id"], invoice["total"], invoice["paid"]) == (sale, "200.00", "200.00")
    assert status(erp) == "Billed"
    found = read(erp, "cashSale/eid:C-1")
    assert (found["createdFrom"]["refName"][:14], "amountRemaining" in found) == ("Sales Order #S", False)
    [event] = erp.events("invoice_write")
    assert (event["outcome"], event["value"]["deal"], event["value"]["total"]) == ("ok", "006X", "200.00")


def test_an_invoice_and_a_cash_sale_of_one_order_are_two(erp: Any) -> None:
    erp.put_order()
    made(erp.invoice_order())
    made(transform(erp, "salesOrder/eid:006X", "cashSale"))
    assert len(erp.ledger()[0]["invoices"]) == 2


def test_a_cash_sale_is_changed_and_deleted_and_is_no_invoice(erp: Any) -> None:
    erp.put_order()
    sale = made(transform(erp, "salesOrder/eid:006X", "cashSale"))
    assert erp.call("GET", f"{RECORD}/invoice/{sale}").status_code == 404
    assert made(erp.call("PATCH", f"{RECORD}/cashSale/{sale}", {"memo": "paid"})) == sale
    assert read(erp, f"cashSale/{sale}")["memo"] == "paid"
    assert erp.call("DELETE", f"{RECORD}/cashSale/{sale}").status_code == 204
    assert "invoices" not in erp.ledger()[0]


def test_a_role_without_the_right_makes_no_cash_sale(erp: Any) -> None:
    erp.put_order()
    erp.inject("revoke_permission", record="cashSale", access="edit")
    assert transform(erp, "salesOrder/eid:006X", "cashSale").status_code == 403
    assert erp.invoice_order().status_code == 204


# -- queries, contacts -----------------------------------------------------------------------------------


def test_suiteql_knows_all_of_them(erp: Any) -> None:
    estimate = made(erp.call("POST", f"{RECORD}/estimate", SAWS))
    sales_order = made(transform(erp, f"estimate/{estimate}", "salesOrder"))
    made(transform(erp, f"salesOrder/{sales_order}", "itemFulfillment"))
    made(transform(erp, f"salesOrder/{sales_order}", "cashSale"))
    rows = erp.query("SELECT type, createdfrom, BUILTIN.DF(status) AS status, posting FROM transaction ORDER BY type")
    assert [(row["type"], row.get("createdfrom"), row["status"], row["posting"]) for row in rows] == [
        ("CashSale", sales_order, "Cash Sale : Not Deposited", "T"),
        ("Estimate", None, "Estimate : Processed", "F"),
        ("ItemShip", sales_order, "Item Fulfillment : Shipped", "T"),
        ("SalesOrd", estimate, "Sales Order : Billed", "F"),
    ]


def test_a_contact_is_named_by_its_parts_and_belongs_to_a_customer(erp: Any) -> None:
    body = {"firstName": "Ann", "lastName": "Lee", "company": {"externalId": "001A"}}
    contact = read(erp, f"contact/{made(erp.call('POST', f'{RECORD}/contact', body))}")
    assert (contact["entityId"], contact["company"]["refName"]) == ("Ann Lee", "acme")
    assert erp.query("SELECT entityid FROM contact") == [{"entityid": "Ann Lee"}]
    assert erp.error_of(erp.call("POST", f"{RECORD}/contact", {"email": "a@example.com"})) == (400, "USER_ERROR")
