"""The address book of a customer: written with it, merged by id, read as a sublist, and queried."""

from __future__ import annotations

from typing import Any

import pytest

from support.served import Served

CUSTOMER = "/services/rest/record/v1/customer"
BERLIN = {"addr1": "1 Main St", "city": "Berlin", "zip": "10115", "country": {"id": "DE"}}
PARIS = {"attention": "Accounts", "addr1": "2 Rue", "city": "Paris", "zip": "75001", "country": {"refName": "France"}}


@pytest.fixture
def erp() -> Any:
    """An account with the customer ``C-1``, whose only address is the default of both kinds."""
    erp = Served("netsuite")
    entry = {"label": "HQ", "defaultBilling": True, "defaultShipping": True, "addressBookAddress": BERLIN}
    body = {"companyName": "Northwind", "addressBook": {"items": [entry]}}
    assert erp.call("PUT", f"{CUSTOMER}/eid:C-1", body)[0] == 204
    return erp


def book(erp: Any, path: str = "") -> Any:
    status, body = erp.call("GET", f"{CUSTOMER}/eid:C-1/addressBook{path}")
    assert status == 200, body
    return body


def patch(erp: Any, *items: Any, **query: str) -> tuple[int, Any]:
    status, body = erp.call("PATCH", f"{CUSTOMER}/eid:C-1", {"addressBook": {"items": [*items]}}, query=query)
    return status, body and body["o:errorDetails"][0]["o:errorPath"]


def test_an_address_is_read_where_its_links_lead(erp: Any) -> None:
    customer = erp.call("GET", f"{CUSTOMER}/eid:C-1")[1]
    assert set(customer["addressBook"]) == {"links"}
    whole = erp.call("GET", f"{CUSTOMER}/eid:C-1", query={"expandSubResources": "true", "fields": "addressBook"})[1]
    assert {*whole} == {"links", "id", "addressBook"}
    assert whole["addressBook"] == book(erp)
    entry = book(erp, "/1")
    assert (entry["label"], entry["internalId"], set(entry["addressBookAddress"])) == ("HQ", 1, {"links"})
    address = book(erp, "/1/addressBookAddress")
    shown = {"addr1": "1 Main St", "country": {"id": "DE", "refName": "DE"}, "addrText": "1 Main St\nBerlin 10115\nDE"}
    assert shown.items() <= address.items()
    assert erp.call("GET", f"{CUSTOMER}/eid:C-1/addressBook/2")[0] == 404


def test_addresses_are_added_changed_by_their_id_or_replaced(erp: Any) -> None:
    assert patch(erp, {"defaultBilling": True, "addressBookAddress": PARIS}) == (204, None)
    states = [(each["id"], each["defaultBilling"], each["defaultShipping"]) for each in book(erp)["items"]]
    assert states == [("1", False, True), ("2", True, False)]
    assert patch(erp, {"id": "1", "addressBookAddress": {"zip": "10117"}}) == (204, None)
    first, second = (each["addressBookAddress"] for each in book(erp)["items"])
    assert (first["city"], first["zip"]) == ("Berlin", "10117")
    assert (second["addrText"], book(erp)["items"][1]["label"]) == ("Accounts\n2 Rue\nParis 75001\nFrance", "2 Rue")
    assert patch(erp, {"label": "New", "addressBookAddress": PARIS}, replace="addressBook") == (204, None)
    assert [each["label"] for each in book(erp)["items"]] == ["New"]


def test_what_is_refused_changes_nothing(erp: Any) -> None:
    before = book(erp)
    first = "addressBook.items[0]"
    for item, path in (
        ("x", first),
        ({"id": "7"}, first),
        ({"addressBookAddress": "x"}, f"{first}.addressBookAddress"),
        ({"addressBookAddress": {"city": "x" * 51}}, f"{first}.addressBookAddress.city"),
    ):
        assert patch(erp, item) == (400, path)
    assert book(erp) == before


def test_queries_join_customers_with_their_addresses(erp: Any) -> None:
    patch(erp, {"label": "Shop", "addressBookAddress": PARIS})
    statement = (
        "SELECT c.entityid, b.label, b.defaultbilling, a.city, a.country FROM customer c JOIN entityaddressbook b "
        "ON b.entity = c.id JOIN entityaddress a ON a.nkey = b.addressbookaddress ORDER BY b.internalid"
    )
    status, body = erp.call("POST", "/services/rest/query/v1/suiteql", {"q": statement}, prefer="transient")
    rows = [tuple(value for name, value in row.items() if name != "links") for row in body["items"]]
    assert (status, rows) == (
        200,
        [("Northwind", "HQ", "T", "Berlin", "DE"), ("Northwind", "Shop", "F", "Paris", "France")],
    )


def test_the_catalogue_describes_addresses(erp: Any) -> None:
    schema = erp.call("GET", "/services/rest/record/v1/metadata-catalog/customer", accept="application/schema+json")[1]
    entry = schema["properties"]["addressBook"]["properties"]["items"]["items"]["properties"]
    assert "zip" in entry["addressBookAddress"]["properties"]
