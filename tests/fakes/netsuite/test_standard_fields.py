"""Standard fields that ordinary syncs write: dates of orders, when an invoice is due, customers that are people."""

from __future__ import annotations

from typing import Any

import pytest

from support.served import Served

RECORD = "/services/rest/record/v1"
DATES = {"shipDate": "2026-04-01", "startDate": "2026-03-01", "endDate": "2027-02-28"}


@pytest.fixture(scope="module")
def erp() -> Any:
    """An account with a customer ``A-1`` and an item."""
    return Served("netsuite")


def order(erp: Any, key: str, **more: Any) -> dict[str, Any]:
    """An order as it is read."""
    line = {"item": {"refName": "SKU-1"}, "quantity": 1, "rate": 5}
    body = {"entity": {"refName": "A-1"}, "tranDate": "2026-03-10", "item": {"items": [line]}, **more}
    assert erp.call("PUT", f"{RECORD}/salesOrder/eid:{key}", body)[0] == 204
    found: dict[str, Any] = erp.call("GET", f"{RECORD}/salesOrder/eid:{key}")[1]
    return found


def invoice(erp: Any, key: str, **body: Any) -> dict[str, Any]:
    """The invoice of an order as it is read."""
    made = erp.call("POST", f"{RECORD}/salesOrder/eid:{key}/!transform/invoice", {"externalId": f"I-{key}", **body})
    assert made[0] == 204
    found: dict[str, Any] = erp.call("GET", f"{RECORD}/invoice/eid:I-{key}")[1]
    return found


def test_the_dates_of_an_order_are_kept_and_come_with_its_invoice(erp: Any) -> None:
    assert DATES.items() <= order(erp, "D-1", **DATES).items()
    assert DATES.items() <= invoice(erp, "D-1").items()
    rows = erp.call(
        "POST",
        "/services/rest/query/v1/suiteql",
        {"q": "SELECT shipdate, startdate, enddate FROM transaction WHERE externalid = 'D-1'"},
        prefer="transient",
    )[1]["items"]
    assert {**rows[0], "links": []} == {
        "links": [],
        "shipdate": "04/01/2026",
        "startdate": "03/01/2026",
        "enddate": "02/28/2027",
    }


def test_an_invoice_is_due_by_its_terms_unless_the_body_says_when(erp: Any) -> None:
    order(erp, "D-2", terms={"refName": "Net 30"})
    assert invoice(erp, "D-2", tranDate="2026-03-15")["dueDate"] == "2026-04-14"
    order(erp, "D-3", terms={"refName": "Net 30"})
    assert invoice(erp, "D-3", dueDate="2026-12-31")["dueDate"] == "2026-12-31"
    order(erp, "D-4")
    assert "dueDate" not in invoice(erp, "D-4")


def test_a_customer_that_is_a_person_needs_names_in_place_of_a_company(erp: Any) -> None:
    person = {"isPerson": True, "firstName": "Ada", "lastName": "Byron", "creditLimit": 500, "url": "https://a.example"}
    assert erp.call("PUT", f"{RECORD}/customer/eid:P-1", person)[0] == 204
    found = erp.call("GET", f"{RECORD}/customer/eid:P-1")[1]
    assert {**person, "entityId": "Ada Byron", "refName": "Ada Byron"}.items() <= found.items()
    for body, absent in (
        ({"isPerson": True, "firstName": "Ada"}, "Last Name"),
        ({"isPerson": True, "companyName": "Acme"}, "First Name, Last Name"),
        ({"firstName": "Ada", "lastName": "Byron"}, "Company Name"),
    ):
        status, refused = erp.call("POST", f"{RECORD}/customer", body)
        detail = refused["o:errorDetails"][0]["detail"]
        assert (status, detail) == (400, f"Error while accessing a resource. Please enter value(s) for: {absent}.")
