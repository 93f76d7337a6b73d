"""Creating, changing and deleting records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes.odata.sample import ask, customer_id, filled
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import Version
from gameday_fakes.odata.service import Service
from support.rows import rows

ORDER = {"Number": "n1", "Total": 12.5, "Items": [{"Line": 10, "Quantity": 2}, {"Line": 20, "Quantity": 3}]}


def order(service: Service, number: str = "O001") -> dict[str, Any]:
    """The values of an order."""
    return service.records["Orders"].records[number,].values


def header(reply: Any, name: bytes) -> str:
    """A header of a reply."""
    return next(value for key, value in reply.headers if key == name).decode()


@rows("version", ["2.0", "4.0"])
def test_a_record_comes_with_those_in_it(version: Version) -> None:
    service = filled(version)
    reply = ask(service, "Orders", "POST", ORDER)
    shown = json.loads(reply.body)
    items = shown["d"]["Items"]["results"] if version == "2.0" else shown["Items"]
    assert reply.status == 201
    assert [item["Line"] for item in items] == [10, 20]
    assert header(reply, b"location") == "http://fake/sales/Orders('N1')"
    assert order(service, "N1")["Status"] == "Draft"


def test_a_record_is_not_created_if_one_in_it_is_refused() -> None:
    service = filled("4.0")
    before = service.records["Orders"].records.copy()
    with pytest.raises(ODataError, match="13"):
        ask(service, "Orders", "POST", {**ORDER, "Items": [{"Line": 10, "Quantity": 1}, {"Line": 20, "Quantity": 13}]})
    assert service.records["Orders"].records == before
    assert service.records["Items"].find(("OrderNumber",), ("N1",)) == []


def test_a_record_is_created_below_another_one() -> None:
    service = filled("4.0")
    assert ask(service, "Orders('O000')/Items", "POST", {"Line": 10}).status == 201
    assert service.records["Items"].records["O000", 10].values["OrderNumber"] == "O000"


def test_a_record_is_bound_to_another_by_its_address() -> None:
    service = filled("4.0")
    for path in (f"Customers({customer_id(1)})", f"http://fake/sales/Customers({customer_id(1)})"):
        ask(service, "Orders('O000')", "PATCH", {"Buyer@odata.bind": path})
        assert order(service, "O000")["Customer"] == customer_id(1)
    with pytest.raises(ODataError, match="binds to no"):
        ask(service, "Orders('O000')", "PATCH", {"Buyer@odata.bind": "Items(Line=10,OrderNumber='O001')"})


def test_what_a_record_refers_to_is_created_with_it_and_let_go_with_null() -> None:
    service = filled("4.0")
    ask(service, "Orders", "POST", {"Number": "X1", "Buyer": {"Id": customer_id(9), "Name": "Nine"}})
    assert order(service, "X1")["Customer"] == customer_id(9)
    assert service.records["Customers"].records[customer_id(9),].values["Name"] == "Nine"
    ask(service, "Orders('X1')", "PATCH", {"Buyer@odata.bind": None})
    assert order(service, "X1")["Customer"] is None


@rows(
    ("given", "kind"),
    [
        ({"Nosuch": 1}, "unknown_field"),
        ({"Number": "O001"}, "duplicate"),
        ({"Number": None}, "bad_value"),
        ({}, "missing_field"),
        ({"Number": 5}, "bad_value"),
        ({"Number": "X" * 11}, "too_long"),
        ({"Number": "X", "Total": "many"}, "bad_value"),
        ({"Number": "X", "Total": True}, "bad_value"),
        ({"Number": "X", "Total": 1e300}, "bad_value"),
        ({"Number": "X", "Placed": "2026-02-30"}, "bad_value"),
        ({"Number": "X", "Changed": 5}, "bad_value"),
        ({"Number": "X", "Status": "Nosuch"}, "bad_value"),
        ({"Number": "X", "Urgent": "yes"}, "bad_value"),
        ({"Number": "X", "Customer": "acme"}, "bad_value"),
        ({"Number": "X", "Computed": 5}, "read_only"),
        ({"Number": "X", "Items": 5}, "bad_body"),
        ({"Number": "X", "Items": [5]}, "bad_body"),
        ({"Number": "X", "Items": [{"Line": 10, "Order": {"Number": "Y"}}]}, "bad_body"),
        ({"Number": "X", "Buyer": [{}]}, "bad_body"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(given: dict[str, Any], kind: str) -> None:
    service = filled("4.0")
    before = service.records["Orders"].records.copy()
    with pytest.raises(ODataError) as refused:
        ask(service, "Orders", "POST", given)
    if kind != "duplicate" or given["Number"] != "X":
        assert refused.value.kind == kind
    assert service.records["Orders"].records == before


@rows(("version", "method"), [("2.0", "MERGE"), ("2.0", "PATCH"), ("4.0", "PATCH")])
def test_a_change_leaves_other_values_as_they_are(version: Version, method: str) -> None:
    service = filled(version)
    reply = ask(service, "Orders('O001')", method, {"Urgent": True})
    assert reply.status == 204
    assert (order(service)["Urgent"], order(service)["Reference"]) == (True, "deal-1")


def test_a_put_takes_the_place_of_all_values_that_can_be_written() -> None:
    service = filled("4.0")
    ask(service, "Orders('O001')", "PUT", {"Urgent": True})
    assert (order(service)["Urgent"], order(service)["Reference"], order(service)["Status"]) == (True, None, "Draft")
    assert (order(service)["Number"], order(service)["Computed"]) == ("O001", 1)


def test_a_key_cannot_be_changed() -> None:
    with pytest.raises(ODataError, match="'Number' is read-only"):
        ask(filled("4.0"), "Orders('O001')", "PATCH", {"Number": "O999"})


def test_a_change_may_be_answered_with_the_record_or_without() -> None:
    service = filled("4.0")
    reply = ask(service, "Orders('O001')", "PATCH", {"Urgent": True}, prefer="return=representation")
    assert json.loads(reply.body)["Urgent"] is True
    reply = ask(service, "Orders", "POST", {"Number": "N2"}, prefer="return=minimal")
    assert (reply.status, header(reply, b"odata-entityid")) == (204, "http://fake/sales/Orders('N2')")
    quiet = filled("4.0", create_answers=False)
    statuses = [
        ask(quiet, "Orders", "POST", {"Number": number}, prefer=wanted).status
        for number, wanted in (("N3", ""), ("N4", "return=representation"))
    ]
    assert statuses == [204, 201]


def test_a_change_needs_the_etag_of_what_is_there() -> None:
    service = filled("4.0", needs_if_match=True)
    etag = header(ask(service, "Orders('O001')"), b"etag")
    for method, given in (("PATCH", {"Urgent": True}), ("DELETE", None)):
        with pytest.raises(ODataError) as refused:
            ask(service, "Orders('O001')", method, given)
        assert refused.value.kind == "precondition_required"
    assert ask(service, "Orders('O001')", "PATCH", {"Urgent": True}, if_match=f'W/"0", {etag}').status == 204
    with pytest.raises(ODataError) as refused:
        ask(service, "Orders('O001')", "PATCH", {"Urgent": False}, if_match=etag)
    assert refused.value.kind == "precondition_failed"
    assert ask(service, "Orders('O001')", "DELETE", if_match="*").status == 204


def test_what_a_record_contains_goes_with_it() -> None:
    service = filled("4.0")
    ask(service, "Orders('O002')", "DELETE")
    assert service.records["Items"].find(("OrderNumber",), ("O002",)) == []


def test_what_cannot_be_deleted_is_refused() -> None:
    with pytest.raises(ODataError) as refused:
        ask(filled("4.0"), f"Customers({customer_id(0)})", "DELETE")
    assert refused.value.kind == "method_not_allowed"


@rows(
    ("version", "path", "body"),
    [
        ("4.0", "Orders('O001')/Sample.Close", {}),
        ("4.0", "Orders('O001')/Close", {}),
        ("2.0", "Close?Number='O001'", None),
    ],
)
def test_an_operation_is_carried_out(version: Version, path: str, body: Any) -> None:
    service = filled(version)
    assert ask(service, path, "POST", body).status == 200
    assert order(service)["Status"] == "Closed"


def test_a_function_takes_its_parameters_from_the_query() -> None:
    service = filled("2.0")
    assert json.loads(ask(service, "CountOf?Status='Open'").body) == {"d": {"CountOf": 4}}
    for path in ("CountOf", "CountOf?Status=Open", "CountOf?Status=5"):
        with pytest.raises(ODataError):
            ask(service, path)


def test_a_transaction_is_kept_as_a_whole_or_not_at_all() -> None:
    service = filled("4.0")
    before = {name: dict(table.records) for name, table in service.records.tables.items()}

    def several() -> None:
        with service.records.transaction():
            service.records.put("Customers", {"Id": "x", "Name": "X", "City": None})
            service.records.change("Orders", service.records["Orders"].records["O001",], Reference="other")
            service.records.remove("Orders", ("O002",))
            raise KeyError

    with pytest.raises(KeyError):
        several()
    assert {name: dict(table.records) for name, table in service.records.tables.items()} == before
    found = service.records["Orders"].find(("Reference",), ("deal-1",))
    assert sorted(each.values["Number"] for each in found) == ["O001", "O008"]
    assert len(service.records["Items"].find(("OrderNumber",), ("O002",))) == 2
