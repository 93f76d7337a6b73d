"""Lines that sell nothing (discounts, markups, subtotals, texts), and the discount of a whole document."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from gameday_fakes.netsuite.tenant_entries import Names, order_entry
from support.served import Served

RECORDS = "/services/rest/record/v1"
ITEMS = (
    ("discountItem", {"itemId": "Tenth", "rate": "-10%"}),
    ("discountItem", {"itemId": "Five off", "rate": -5}),
    ("discountItem", {"itemId": "Open"}),
    ("markupItem", {"itemId": "Rush", "rate": "20%"}),
    ("subtotalItem", {"itemId": "Sum"}),
    ("descriptionItem", {"itemId": "Note"}),
)


@pytest.fixture
def erp() -> Served:
    """An account with such items; its item SKU-1 costs 5."""
    erp = Served("netsuite")
    for kind, item in ITEMS:
        body = {**item, "externalId": item["itemId"].replace(" ", "_")}
        assert erp.call("POST", f"{RECORDS}/{kind}", body)[0] == 204
    return erp


def line(item: str, **fields: Any) -> dict[str, Any]:
    return {"item": {"externalId": item}, **fields}


def put(erp: Served, *lines: dict[str, Any], **fields: Any) -> tuple[int, Any]:
    body = {"entity": {"externalId": "A-1"}, "item": {"items": list(lines)}, **fields}
    return erp.call("PUT", f"{RECORDS}/salesOrder/eid:D-1", body, query={"replace": "item"})


def read(erp: Served, path: str = "salesOrder/eid:D-1") -> Any:
    status, body = erp.call("GET", f"{RECORDS}/{path}", query={"expandSubResources": "true"})
    assert status == 200, body
    return body


def amounts(erp: Served, path: str = "salesOrder/eid:D-1") -> list[Any]:
    return [each.get("amount") for each in read(erp, path)["item"]["items"]]


def booked(erp: Served) -> Any:
    """The only entry of the ledger."""
    return erp.fake.ledger().entries[0]


@pytest.mark.parametrize(
    ("lines", "expected", "total"),
    [
        ([line("SKU-1", quantity=20), line("Tenth")], [100, -10], 90),
        ([line("SKU-1", quantity=20), line("Tenth", rate="-12.5%")], [100, -12.5], 87.5),
        ([line("SKU-1", quantity=20), line("Tenth", rate=-7)], [100, -7], 93),
        ([line("SKU-1", quantity=20), line("Open", amount=-3)], [100, -3], 97),
        ([line("SKU-1", quantity=20), line("Five_off"), line("Tenth")], [100, -5, -9.5], 85.5),
        ([line("SKU-1", quantity=20), line("Rush")], [100, 20], 120),
        ([line("SKU-1", quantity=20), line("Note", description="By the crate"), line("Tenth")], [100, None, -10], 90),
        ([line("SKU-1"), line("SKU-1", quantity=19), line("Tenth")], [5, 95, -9.5], 90.5),
        ([line("SKU-1"), line("SKU-1", quantity=19), line("Sum"), line("Tenth")], [5, 95, 100, -10], 90),
        (
            [line("SKU-1"), line("Sum"), line("SKU-1", quantity=2), line("Sum"), line("Tenth")],
            [5, 5, 10, 10, -1],
            14,
        ),
        ([line("SKU-1", quantity=-2), line("Tenth")], [-10, 1], -9),
    ],
)
def test_what_a_line_comes_to_that_sells_nothing(erp: Served, lines: Any, expected: Any, total: float) -> None:
    assert put(erp, *lines)[0] == 204
    assert (amounts(erp), read(erp)["total"]) == (expected, total)


def test_a_line_shows_what_it_has(erp: Served) -> None:
    put(erp, line("SKU-1", quantity=20), line("Sum"), line("Tenth"), line("Note", description="Hello"))
    shown = [each.keys() & {"quantity", "rate", "price"} for each in read(erp)["item"]["items"]]
    assert shown == [{"quantity", "rate", "price"}, set(), {"rate"}, set()]
    assert read(erp)["item"]["items"][2]["rate"] == "-10.0%"


def test_a_changed_line_changes_the_discount_on_it(erp: Served) -> None:
    put(erp, line("SKU-1", quantity=20), line("Sum"), line("Tenth"))
    changed = {"item": {"items": [{"line": 1, "quantity": 40}]}}
    assert erp.call("PATCH", f"{RECORDS}/salesOrder/eid:D-1", changed)[0] == 204
    assert amounts(erp) == [200, 200, -20]


def test_a_discount_has_the_tax_code_of_what_it_applies_to(erp: Served) -> None:
    taxed = {"taxCode": {"externalId": "VAT20"}}
    put(erp, line("SKU-1", quantity=20, **taxed), line("Tenth"))
    assert [each["tax1Amt"] for each in read(erp)["item"]["items"]] == [20, -2]
    assert (booked(erp).lines[0].amount, booked(erp).lines[0].tax) == (90, 18)


def test_the_ledger_has_goods_at_what_they_come_to(erp: Served) -> None:
    put(erp, line("SKU-1"), line("SKU-1", quantity=2), line("SKU-1", quantity=3), line("Sum"), line("Five_off"))
    lines = [(each.sku, each.quantity, each.unit_price, str(each.amount)) for each in booked(erp).lines]
    # 5 off 5, 10 and 15, to the cent.
    assert lines == [("SKU-1", 1, 5, "4.17"), ("SKU-1", 2, 5, "8.33"), ("SKU-1", 3, 5, "12.50")]
    assert booked(erp).total == 25


def test_a_document_has_a_discount_of_its_own(erp: Served) -> None:
    tenth = {"discountItem": {"externalId": "Tenth"}}
    put(erp, line("SKU-1", quantity=20), line("SKU-1", quantity=20), **tenth)
    body = read(erp)
    shown = [body[name] for name in ("subtotal", "discountRate", "discountTotal", "total")]
    assert shown == [200, "-10.0%", -20, 180]
    assert ([line.amount for line in booked(erp).lines], booked(erp).total) == ([90, 90], 180)
    rows = erp.suiteql(
        "SELECT SUM(foreignamount) AS net, MAX(CASE WHEN transactiondiscount = 'T' THEN ratepercent END) AS percent "
        "FROM transactionline"
    )[1]["items"]
    assert [(row["net"], row["percent"]) for row in rows] == [("180.00", "-0.1")]
    for rate, total in (("-25%", 150), (-30, 170), ("", 200)):
        assert erp.call("PATCH", f"{RECORDS}/salesOrder/eid:D-1", {"discountRate": rate})[0] == 204
        assert read(erp)["total"] == total
    erp.call("PATCH", f"{RECORDS}/salesOrder/eid:D-1", {"discountItem": None})
    assert "discountItem" not in read(erp)


def test_a_tenant_s_orders_are_read_as_the_fake_states_them(erp: Served) -> None:
    tenth = {"discountItem": {"externalId": "Tenth"}}
    put(erp, line("SKU-1", quantity=3), line("SKU-1"), line("Sum"), line("Rush"), line("Note"), **tenth)
    read_again = order_entry(json.loads(json.dumps(read(erp))), Names(), scenario_s=lambda _: 0.0)
    assert read_again.total == booked(erp).total == Decimal("21.6")
    assert [each.amount for each in read_again.lines] == [each.amount for each in booked(erp).lines]


def test_what_is_made_of_a_document_has_its_discounts(erp: Served) -> None:
    tenth = {"discountItem": {"externalId": "Tenth"}}
    estimate = {"entity": {"externalId": "A-1"}, **tenth, "externalId": "Q-1"}
    lines = [line("SKU-1", quantity=20), line("Tenth"), line("SKU-1", quantity=20)]
    assert erp.call("POST", f"{RECORDS}/estimate", {**estimate, "item": {"items": lines}})[0] == 204
    assert erp.call("POST", f"{RECORDS}/estimate/eid:Q-1/!transform/salesOrder", {"externalId": "D-1"})[0] == 204
    assert (amounts(erp), read(erp)["total"]) == ([100, -10, 100], 171)
    # Half of the first line has half of its discount, and no third line.
    half = {"externalId": "I-1", "item": {"items": [{"orderLine": 1, "quantity": 10}]}}
    assert erp.call("POST", f"{RECORDS}/salesOrder/eid:D-1/!transform/invoice", half)[0] == 204
    assert (amounts(erp, "invoice/eid:I-1"), read(erp, "invoice/eid:I-1")["total"]) == ([50, -5], 40.5)
    assert erp.call("POST", f"{RECORDS}/invoice/eid:I-1/!transform/creditMemo", {"externalId": "C-1"})[0] == 204
    assert read(erp, "creditMemo/eid:C-1")["total"] == 40.5
    (invoice,) = booked(erp).invoices
    assert ([each.amount for each in invoice.lines], invoice.total, invoice.credited) == ([40.5], 40.5, 40.5)


def test_only_goods_are_fulfilled(erp: Served) -> None:
    put(erp, line("SKU-1", quantity=20), line("Tenth"), line("Note"))
    path = f"{RECORDS}/salesOrder/eid:D-1/!transform/itemFulfillment"
    assert erp.call("POST", path, {"externalId": "F-1"})[0] == 204
    assert len(read(erp, "itemFulfillment/eid:F-1")["item"]["items"]) == 1
    assert read(erp)["status"]["refName"] == "Pending Billing"


def test_a_closed_line_takes_its_discount_with_it(erp: Served) -> None:
    put(erp, line("SKU-1", quantity=20), line("Tenth"), line("SKU-1"))
    erp.call("PATCH", f"{RECORDS}/salesOrder/eid:D-1", {"item": {"items": [{"line": 1, "isClosed": True}]}})
    assert ([each.amount for each in booked(erp).lines], booked(erp).total) == ([5], 5)


@pytest.mark.parametrize(
    ("lines", "fields", "path"),
    [
        ([line("Tenth"), line("SKU-1")], {}, "item"),
        ([line("SKU-1"), line("Open")], {}, "item.items[1].rate"),
        ([line("SKU-1"), line("Tenth", rate="ten%")], {}, "item.items[1].rate"),
        ([line("SKU-1", rate="-10%", price={"id": "-1"})], {}, "item.items[0].rate"),
        ([line("SKU-1")], {"discountItem": {"externalId": "SKU-1"}}, "discountItem"),
        ([line("SKU-1")], {"discountItem": {"externalId": "None"}}, "discountItem"),
        ([line("SKU-1")], {"discountRate": "-10%"}, "discountRate"),
        ([line("SKU-1")], {"discountItem": {"externalId": "Tenth"}, "discountRate": "a"}, "discountRate"),
    ],
)
def test_what_makes_no_sense_is_refused(erp: Served, lines: Any, fields: Any, path: str) -> None:
    status, body = put(erp, *lines, **fields)
    assert (status, body["o:errorDetails"][0].get("o:errorPath")) == (400, path)


def test_the_account_limits_percentages_too(erp: Served) -> None:
    erp.fake.configure({"largest_discount_percent": 15})
    assert put(erp, line("SKU-1"), line("Tenth"))[0] == 204
    assert put(erp, line("SKU-1"), line("Tenth", rate="-16%"))[0] == 400


def test_queries_tell_what_kind_of_line_it_is(erp: Served) -> None:
    put(erp, line("SKU-1", quantity=2), line("Sum"), line("Tenth"), line("Note"))
    rows = erp.suiteql("SELECT itemtype, quantity, rate, foreignamount FROM transactionline ORDER BY id")[1]["items"]
    found = [{name: row[name] for name in row if name != "links"} for row in rows]
    assert found == [
        {"itemtype": "InvtPart", "quantity": "2", "rate": "5", "foreignamount": "10.00"},
        {"itemtype": "Subtotal", "foreignamount": "0"},
        {"itemtype": "Discount", "foreignamount": "-1.00"},
        {"itemtype": "Description", "foreignamount": "0"},
    ]


@pytest.mark.parametrize("kind", ["paymentItem", "itemGroup", "giftCertificateItem"])
def test_other_items_are_refused_and_noted(erp: Served, kind: str) -> None:
    assert erp.call("POST", f"{RECORDS}/{kind}", {"itemId": "X"})[0] == 404
    (event,) = [event for event in erp.fake.events.after(0) if event.f == "unsupported"]
    assert kind in event.value["call"]
