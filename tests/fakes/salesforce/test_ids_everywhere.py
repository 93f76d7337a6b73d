"""An id of 15 characters, or of 18 in another case, is accepted wherever an id is: paths, queries, bodies, batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FORMS: dict[str, Callable[[str], str]] = {
    "15 characters": lambda id18: id18[:15],
    "18 in capitals": str.upper,
    "18 in small letters": str.lower,
}


@pytest.fixture(params=FORMS)
def written(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """One of the ways in which clients write an id."""
    return FORMS[request.param]


def test_in_the_path_of_a_read_and_a_change(crm: Any, written: Any) -> None:
    deal = crm.close_deal()
    path = f"/sobjects/Opportunity/{written(deal)}"
    assert crm.get(path).json()["Id"] == deal
    assert crm.call("PATCH", path, json={"ERP_Order_Id__c": "SO-1"}).status_code == 204
    assert crm.entries()[0]["keys"]["ERP_Order_Id__c"] == "SO-1"
    assert crm.get(f"/sobjects/Opportunity/Id/{written(deal)}").json()["Id"] == deal
    assert crm.call("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "condition", ["Id = '{}'", "Id IN ('{}')", "Id != '{}'", "AccountId = '{}'", "Account.Id = '{}'"]
)
def test_in_the_condition_of_a_query(crm: Any, written: Any, condition: str) -> None:
    deal = crm.close_deal()
    id_ = crm.accounts["A-1"] if "Account" in condition else deal
    rows = crm.rows(f"SELECT Id FROM Opportunity WHERE {condition.format(written(id_))}")
    assert [row["Id"] for row in rows] == ([] if "!=" in condition else [deal])


def test_in_a_reference_of_a_body(crm: Any, written: Any) -> None:
    account = crm.accounts["A-1"]
    body = {"Name": "N", "StageName": "Prospecting", "CloseDate": "2024-03-31", "AccountId": written(account)}
    made = crm.call("POST", "/sobjects/Opportunity", json=body).json()
    assert crm.get(f"/sobjects/Opportunity/{made['id']}").json()["AccountId"] == account


def test_in_collections(crm: Any, written: Any) -> None:
    deal = crm.close_deal()
    record = {"attributes": {"type": "Opportunity"}, "id": written(deal), "ERP_Order_Id__c": "SO-1"}
    assert crm.call("PATCH", "/composite/sobjects", json={"records": [record]}).json()[0]["success"]
    read = crm.get("/composite/sobjects/Opportunity", params={"ids": written(deal), "fields": "Id"}).json()
    assert [one["Id"] for one in read] == [deal]
    gone = crm.call("DELETE", "/composite/sobjects", params={"ids": written(deal)}).json()
    assert gone[0]["success"]


def test_in_a_part_of_a_batch(crm: Any, written: Any) -> None:
    deal = crm.close_deal()
    part = {"method": "GET", "url": f"/services/data/v60.0/sobjects/Opportunity/{written(deal)}", "referenceId": "a"}
    reply = crm.call("POST", "/composite", json={"compositeRequest": [part]}).json()
    assert reply["compositeResponse"][0]["body"]["Id"] == deal


def test_a_fault_selects_the_same_deal_by_each_form(crm: Any, written: Any) -> None:
    deal = crm.close_deal()
    crm.inject("http", action="reply", operation="deal.read", error="server_error")
    crm.get(f"/sobjects/Opportunity/{written(deal)}")
    assert crm.hits() == [("deal.read", deal)]


def test_two_ids_of_15_characters_that_differ_by_case_are_two(crm: Any) -> None:
    deal = crm.close_deal()
    other = deal[:15].swapcase()
    assert crm.get(f"/sobjects/Opportunity/{other}").status_code == 404
    assert crm.rows(f"SELECT Id FROM Opportunity WHERE Id = '{other}'") == []
