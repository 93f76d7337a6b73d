"""What the ledger says beside orders of deals: new customers, and the orders of others as they were booked."""

from __future__ import annotations

from typing import Any

import pytest

SOLD = [{"sku": "SAW-1", "quantity": "2", "unit_price": "75.00", "amount": "150.00"}]
ORDER = {"account": "001A", "currency": "USD", "date": "2026-03-10", "lines": SOLD}


def test_only_customers_that_a_request_has_added_are_new(erp: Any) -> None:
    assert erp.whole_ledger()["new_customers"] == []
    erp.call("PUT", "/record/v1/customer/eid:001C", {"companyName": "Charlie"})
    erp.call("POST", "/record/v1/customer", {"companyName": "Acme Twin"})
    first, twin = erp.whole_ledger()["new_customers"]
    assert first == "001C"
    assert erp.customers()[twin]["companyName"] == "Acme Twin"


def test_a_customer_that_is_brought_up_to_date_is_not_new(erp: Any) -> None:
    erp.call("PUT", "/record/v1/customer/eid:001A", {"companyName": "Acme Inc."})
    assert erp.whole_ledger()["new_customers"] == []


def test_an_order_of_others_is_in_the_ledger_and_again_as_it_was_booked(erp: Any) -> None:
    erp.operate("book_order", ORDER, key="WEB-1")
    [booked] = erp.whole_ledger()["others"]
    [entry] = erp.ledger()
    assert booked == entry
    assert (entry["keys"]["otherRefNum"], entry["total"], entry["date"]) == ("WEB-1", "150.00", "2026-03-10")
    erp.call("PATCH", f"/record/v1/salesOrder/{entry['id']}", {"orderStatus": {"id": "C"}})
    assert erp.ledger()[0]["state"] == "cancelled"
    assert erp.whole_ledger()["others"] == [booked]
    erp.call("DELETE", f"/record/v1/salesOrder/{entry['id']}")
    assert (erp.ledger(), erp.whole_ledger()["others"]) == ([], [booked])


def test_an_order_of_others_is_no_write_of_a_client(erp: Any) -> None:
    erp.operate("book_order", ORDER, key="WEB-1")
    assert erp.events("order_write") == []


@pytest.mark.parametrize("bad", [{"account": "001Z"}, {"lines": []}])
def test_an_order_of_others_that_cannot_be_is_refused_in_one_line(erp: Any, bad: dict[str, Any]) -> None:
    reply = erp.try_operation("book_order", {**ORDER, **bad}, key="WEB-1")
    assert reply.status_code == 400
    assert "the order cannot be booked: " in reply.json()["error"]


def test_a_ledger_with_new_customers_and_orders_of_others_comes_back(erp: Any) -> None:
    erp.operate("book_order", ORDER, key="WEB-1")
    erp.call("PUT", "/record/v1/customer/eid:001C", {"companyName": "Charlie"})
    twin = erp.call("POST", "/record/v1/customer", {"companyName": "Acme Twin"}).headers["location"]
    erp.put_order(entity={"id": twin.rpartition("/")[2]})
    item = erp.call("POST", "/record/v1/inventoryItem", {"itemId": "SAW-1 (2)", "displayName": "Saw"})
    before = erp.whole_ledger()
    erp.reset()
    assert erp.restore(before).status_code == 204
    after = erp.whole_ledger()
    assert before["new_items"] == {
        item.headers["location"].rpartition("/")[2]: {"itemId": "SAW-1 (2)", "displayName": "Saw"}
    }
    assert "SAW-1" in before["items"]
    for part in ("entries", "customers", "new_customers", "others", "items", "new_items"):
        assert after[part] == before[part]
