"""What people do in the CRM, and the ledger that follows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fakes.hubspot.conftest import Crm, line


def entry(crm: Crm) -> dict[str, Any]:
    """The only deal in the ledger."""
    (found,) = crm.entries()
    return found


def test_a_won_deal_is_in_the_ledger_exactly_as_sold(crm: Crm) -> None:
    lines = [
        line("SKU-1", "3", "9.99", "26.97", discount="10"),
        line("SKU-2", "1", "0.35", "0.35", tax="0.07", tax_code="DE-19"),
    ]
    deal = crm.close_deal(amount="27.32", lines=lines, subsidiary="Berlin", terms="Net 30")
    found = entry(crm)
    assert (found["id"], found["keys"]["key"], found["state"]) == (deal, "D-1", "won")
    assert (found["customer"], found["currency"], found["total"]) == (crm.seeded["accounts"]["A-1"], "EUR", "27.32")
    assert (found["date"], found["subsidiary"], found["terms"]) == ("2024-03-31", "Berlin", "Net 30")
    first, second = found["lines"]
    assert (first["sku"], first["quantity"], first["amount"], first["discount"]) == ("SKU-1", "3", "26.97", "10")
    assert (second["tax"], second["tax_code"]) == ("0.07", "DE-19")


def test_what_people_sold_is_what_a_client_reads(crm: Crm) -> None:
    deal = crm.close_deal(lines=[line("SKU-1", "3", "9.99", "26.97", discount="10")], amount="26.97")
    (item,) = crm.lines_of(deal)
    asked = "hs_product_id,quantity,price,amount,hs_discount_percentage,hs_sku,hs_line_item_currency_code"
    own = crm.read("line_items", item, properties=asked)["properties"]
    assert own["hs_product_id"] == crm.seeded["products"]["SKU-1"]
    assert (own["quantity"], own["price"], own["amount"]) == ("3", "9.99", "26.97")
    assert (own["hs_discount_percentage"], own["hs_sku"], own["hs_line_item_currency_code"]) == ("10", "SKU-1", "EUR")
    shown = crm.read("deals", deal, properties="deal_currency_code,amount,closedate")["properties"]
    assert (shown["deal_currency_code"], shown["closedate"]) == ("EUR", "2024-03-31T00:00:00Z")


def test_an_open_deal_is_in_the_ledger_once_it_is_won(crm: Crm) -> None:
    lines = [line("SKU-1", "1", "5", "5")]
    deal = crm.operate(
        "open_deal", "D-1", account="A-1", currency="EUR", close_date="2024-01-01", amount=5, lines=lines
    )["id"]
    assert crm.entries() == []
    crm.update("deals", deal, dealstage="closedwon")
    assert entry(crm)["state"] == "won"
    assert crm.ledger()["changed_by_sync"] == [deal]


def test_amending_voiding_and_deleting(crm: Crm) -> None:
    deal = crm.close_deal()
    before = entry(crm)
    crm.operate("amend_deal", "D-1", lines=[line("SKU-2", "2", "0.35", "0.70")])
    amended = entry(crm)
    assert (amended["total"], [each["sku"] for each in amended["lines"]]) == ("0.70", ["SKU-2"])
    assert amended["changed_s"] > before["changed_s"]
    crm.operate("void_deal", "D-1")
    assert (entry(crm)["state"], crm.read("deals", deal)["properties"]["dealstage"]) == ("void", "closedlost")
    crm.operate("delete_deal", "D-1")
    assert entry(crm)["state"] == "void"
    assert crm.call("GET", f"/crm/v3/objects/deals/{deal}").status_code == 404
    crm.operate("restore_deal", "D-1")
    assert crm.read("deals", deal)["id"] == deal


def test_a_restored_deal_is_won_again_with_its_lines(crm: Crm) -> None:
    crm.close_deal()
    crm.operate("delete_deal", "D-1")
    crm.operate("restore_deal", "D-1")
    assert (entry(crm)["state"], len(entry(crm)["lines"])) == ("won", 2)


def test_a_write_back_is_visible_and_changes_nothing_that_was_sold(crm: Crm) -> None:
    deal = crm.close_deal()
    assert crm.update("deals", deal, erp_order_id="SO-1").status_code == 200
    assert entry(crm)["keys"]["erp_order_id"] == "SO-1"
    assert crm.ledger()["changed_by_sync"] == []
    crm.update("deals", deal, amount="1")
    assert crm.ledger()["changed_by_sync"] == [deal]


def test_lines_that_the_sync_changes_are_stated(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.update("line_items", crm.lines_of(deal)[0], quantity="5")
    assert entry(crm)["lines"][0]["quantity"] == "5"
    assert Decimal(entry(crm)["lines"][0]["amount"]) == Decimal("49.95")
    assert crm.ledger()["changed_by_sync"] == [deal]


def test_a_price_changes_in_one_currency(crm: Crm) -> None:
    crm.operate("reprice", sku="SKU-1", currency="EUR", price="12.50")
    product = crm.seeded["products"]["SKU-1"]
    own = crm.read("products", product, properties="hs_price_eur,hs_price_usd")["properties"]
    assert (own["hs_price_eur"], own["hs_price_usd"]) == ("12.50", "11.00")


def test_merging_companies_gives_another_id_and_keeps_the_customer(crm: Crm) -> None:
    deal, first = crm.close_deal(), crm.seeded["accounts"]["A-1"]
    second = crm.close_deal("D-2", account="A-2", currency="USD")
    new = crm.operate("merge_accounts", winner="A-1", loser="A-2")["id"]
    for id_ in (deal, second):
        read = crm.read("deals", id_, associations="companies")["associations"]["companies"]["results"]
        assert {each["id"] for each in read} == {new}
    assert {each["customer"] for each in crm.entries()} == {first}
    ledger, other = crm.ledger(), crm.seeded["accounts"]["A-2"]
    customer = ledger["customers"]
    assert list(customer) == [first, other]
    assert customer[first]["hs_object_id"] == new
    # Both ids lead to the new record; the ledger has it under the first, and no deal was changed by the sync.
    assert (ledger["leads_to"], ledger["changed_by_sync"]) == ({other: first}, [])
    crm.close_deal("D-3", account="A-2")
    assert crm.try_operation("merge_accounts", winner="A-1", loser="A-2").status_code == 400


def test_the_company_of_a_deal_is_merged_with_a_duplicate_again_and_again(crm: Crm) -> None:
    crm.close_deal()
    crm.close_deal("D-2")
    ids = [crm.seeded["accounts"]["A-1"], *(crm.operate("merge_duplicate", key)["id"] for key in ("D-1", "D-2"))]
    crm.close_deal("D-3")
    assert len(set(ids)) == 3
    assert {each["customer"] for each in crm.entries()} == {ids[0]}
    assert crm.ledger()["customers"][ids[0]]["hs_object_id"] == ids[2]
    assert crm.try_operation("merge_duplicate", "D-9").status_code == 400


def test_merging_deals_keeps_the_id_of_the_ledger(crm: Crm) -> None:
    first, second = crm.close_deal("D-1"), crm.close_deal("D-2")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    merged = crm.call("POST", "/crm/v3/objects/deals/merge", body).json()["id"]
    kept, gone = crm.entries()
    assert (kept["id"], kept["keys"]["merged_id"], kept["state"], len(kept["lines"])) == (first, merged, "won", 4)
    assert (gone["id"], gone["state"]) == (second, "void")
    crm.operate("void_deal", "D-1")
    assert {each["state"] for each in crm.entries()} == {"void"}


def test_further_properties_are_stated_if_asked_for(crm: Crm) -> None:
    crm.configure(ledger_fields=["dealtype", "line.description", "customer.city"]).raise_for_status()
    crm.close_deal(lines=[line("SKU-1", "1", "5", "5", description="blue")], amount="5", description="x")
    found = crm.ledger()
    assert found["entries"][0]["fields"] == {"dealtype": "newbusiness"}
    assert found["entries"][0]["lines"][0]["fields"] == [["description", "blue"]]
    assert found["customers"][crm.seeded["accounts"]["A-1"]]["city"] == "Bonn"
    assert {"fields.dealtype", "fields.line.description", "fields.customer.city"} <= set(found["states"])
    assert "did you mean 'dealtype'?" in crm.configure(ledger_fields=["dealtypes"]).json()["error"]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"account": "A-9"}, "no account 'A-9': seed it first"),
        ({"lines": [line("SKU-9", "1", "1", "1")]}, "no product 'SKU-9': seed it first"),
        ({"nope": "x"}, "unknown field 'nope' of deals"),
        ({"hs_is_closed": "true"}, "is set by the CRM itself"),
        ({"dealtype": "x"}, "was not one of the allowed options"),
        ({"fields": {"amount": "1"}}, "is given twice"),
    ],
)
def test_an_operation_that_cannot_be_says_why_and_changes_nothing(crm: Crm, changed: Any, problem: str) -> None:
    value = {"account": "A-1", "currency": "EUR", "close_date": "2024-03-31", "amount": "1", **changed}
    reply = crm.try_operation("close_deal", "D-1", **value)
    assert reply.status_code == 400
    assert problem in reply.json()["error"]
    assert crm.entries() == []
    assert crm.call("GET", "/crm/v3/objects/deals").json()["results"] == []


def test_a_deal_is_closed_once_and_has_to_be_there(crm: Crm) -> None:
    crm.close_deal()
    value = {"account": "A-1", "currency": "EUR", "close_date": "2024-03-31", "amount": "1"}
    assert "is closed already" in crm.try_operation("close_deal", "D-1", **value).json()["error"]
    assert "no deal 'D-9'" in crm.try_operation("void_deal", "D-9").json()["error"]


def test_a_ledger_can_be_brought_back(crm: Crm) -> None:
    crm.close_deal("D-1", lines=[line("SKU-1", "3", "9.99", "26.97", discount="10")], amount="26.97")
    second = crm.close_deal("D-2", account="A-2", currency="USD")
    crm.update("deals", second, erp_order_id="SO-2")
    crm.operate("void_deal", "D-2")
    before = crm.ledger()
    crm.reset()
    assert crm.restore(before).status_code < 300
    after = crm.ledger()
    assert after["entries"] == before["entries"]
    assert crm.restore(before).status_code == 400


def test_a_restored_deal_may_have_any_id_that_no_other_has(crm: Crm) -> None:
    crm.close_deal("D-1")
    before = crm.ledger()
    crm.reset()
    crm.operate("seed", accounts=[{"key": "A-7", "id": "7001", "name": "Third", "currency": "EUR"}])
    entries = [{**before["entries"][0], "id": id_, "customer": "7001"} for id_ in ("512", "99000000000")]
    assert crm.restore({**before, "entries": entries}).status_code < 300
    assert {(entry["id"], entry["customer"]) for entry in crm.entries()} == {("512", "7001"), ("99000000000", "7001")}
    assert int(crm.close_deal("D-2")) > 99000000000
    refused = crm.restore({**before, "entries": [{**entries[0], "id": "seven"}]})
    assert refused.status_code == 400 and "'seven' is no id of a record" in refused.text


def test_the_stages_of_people_can_be_others(crm: Crm) -> None:
    crm.configure(open_stage="qualifiedtobuy").raise_for_status()
    assert "known: appointmentscheduled" in crm.configure(won_stage="won").json()["error"]
    assert "no such stage" in crm.configure(won_stage="contractsent", open_stage="qualifiedtobuy").json()["error"]
    assert "not three stages" in crm.configure(lost_stage="contractsent", open_stage="contractsent").json()["error"]
