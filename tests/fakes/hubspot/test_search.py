"""Searches: filters, sorting, paging, limits, and the index that lags behind."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.hubspot.conftest import Crm, code_of
from support.rows import rows


@pytest.fixture
def deals(crm: Crm) -> dict[str, str]:
    """Three deals by name."""
    values = {
        "Big order": {"amount": "1000", "closedate": "2024-01-31", "dealtype": "newbusiness"},
        "small order": {"amount": "9.5", "closedate": "2024-02-29"},
        "Renewal": {"closedate": "2024-03-31", "dealtype": "existingbusiness", "description": "North-South"},
    }
    return {name: crm.deal(dealname=name, **more) for name, more in values.items()}


@rows(
    ("filters", "names"),
    [
        ([("dealname", "EQ", "BIG ORDER")], ["Big order"]),
        ([("dealname", "NEQ", "renewal")], ["Big order", "small order"]),
        ([("amount", "GT", "9.5")], ["Big order"]),
        ([("amount", "GTE", 9.50)], ["Big order", "small order"]),
        ([("amount", "LT", "1000")], ["small order"]),
        ([("closedate", "LTE", "2024-02-29")], ["Big order", "small order"]),
        ([("closedate", "GTE", "1709164800000")], ["small order", "Renewal"]),
        ([("dealtype", "IN", ["newbusiness", "x"])], ["Big order"]),
        ([("dealtype", "NOT_IN", ["newbusiness"])], ["Renewal"]),
        ([("dealname", "IN", ["Renewal"])], []),
        ([("dealname", "IN", ["renewal"])], ["Renewal"]),
        ([("amount", "IN", ["1000.00"])], ["Big order"]),
        ([("amount", "HAS_PROPERTY", None)], ["Big order", "small order"]),
        ([("amount", "NOT_HAS_PROPERTY", None)], ["Renewal"]),
        ([("dealname", "CONTAINS_TOKEN", "order")], ["Big order", "small order"]),
        ([("dealname", "CONTAINS_TOKEN", "sm*")], ["small order"]),
        ([("description", "CONTAINS_TOKEN", "*out*")], ["Renewal"]),
        ([("dealname", "NOT_CONTAINS_TOKEN", "order")], ["Renewal"]),
        ([("dealname", "CONTAINS_TOKEN", "order"), ("amount", "LT", "50")], ["small order"]),
    ],
)
def test_filters_find_what_they_say(crm: Crm, deals: dict[str, str], filters: Any, names: list[str]) -> None:
    assert crm.found("deals", *filters) == [deals[name] for name in names]


def test_groups_are_alternatives_and_filters_conditions(crm: Crm, deals: dict[str, str]) -> None:
    groups = [
        {"filters": [{"propertyName": "amount", "operator": "BETWEEN", "value": "1", "highValue": "10"}]},
        {"filters": [{"propertyName": "dealtype", "operator": "EQ", "value": "existingbusiness"}]},
    ]
    reply = crm.search("deals", filterGroups=groups, properties=["amount"])
    assert [each["id"] for each in reply.json()["results"]] == [deals["small order"], deals["Renewal"]]
    assert reply.json()["results"][1]["properties"]["amount"] is None


def test_a_query_looks_into_the_usual_properties(crm: Crm, deals: dict[str, str]) -> None:
    assert crm.found("deals", query="ORDER") == [deals["Big order"], deals["small order"]]
    assert crm.found("products", query="sku-2") == [crm.seeded["products"]["SKU-2"]]


def test_results_are_sorted_by_one_property_and_by_creation_otherwise(crm: Crm, deals: dict[str, str]) -> None:
    by_amount = [{"propertyName": "amount", "direction": "DESCENDING"}]
    assert crm.found("deals", sorts=by_amount) == [deals[name] for name in ("Big order", "small order", "Renewal")]
    assert crm.found("deals", sorts=["-closedate"]) == list(deals.values())[::-1]
    assert crm.found("deals") == list(deals.values())


def test_pages_follow_by_after(crm: Crm, deals: dict[str, str]) -> None:
    first = crm.search("deals", limit=2).json()
    assert (first["total"], len(first["results"]), first["paging"]["next"]["after"]) == (3, 2, "2")
    second = crm.search("deals", limit=2, after="2").json()
    assert [each["id"] for each in second["results"]] == [deals["Renewal"]]
    assert "paging" not in second


def test_beyond_10_000_results_there_is_no_page(crm: Crm) -> None:
    assert crm.search("deals", limit=200, after="9800").status_code == 200
    assert code_of(crm.search("deals", limit=200, after="9801")) == (400, "VALIDATION_ERROR")
    assert code_of(crm.search("deals", limit=201)) == (400, "VALIDATION_ERROR")


FILTER = {"propertyName": "amount", "operator": "GT", "value": "1"}


@rows(
    "body",
    [
        {"filterGroups": [{"filters": [FILTER]}] * 6},
        {"filterGroups": [{"filters": [FILTER] * 7}]},
        {"filterGroups": [{"filters": [FILTER] * 5}] * 4},
        {"filterGroups": [{"filters": [{**FILTER, "propertyName": "nope"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "operator": "LIKE"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "operator": ["GT"]}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "value": "ten"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "value": {"a": 1}}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "value": "1e999999999"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "operator": "BETWEEN"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "operator": "IN"}]}]},
        {"filterGroups": [{"filters": [{**FILTER, "operator": "IN", "values": [{}]}]}]},
        {"filterGroups": {"filters": []}},
        {"filterGroups": ["x"]},
        {"filterGroups": [{"filters": {"a": 1}}]},
        {"sorts": ["nope"]},
        {"sorts": ["amount", "dealname"]},
        {"sorts": [5]},
        {"query": "x" * 3001},
        {"query": 5},
        {"limit": "many"},
        {"after": -1},
        {"properties": "amount"},
        [],
    ],
)
def test_a_search_that_cannot_be_is_refused(crm: Crm, body: Any) -> None:
    reply = crm.call("POST", "/crm/v3/objects/deals/search", body)
    assert code_of(reply) == (400, "VALIDATION_ERROR")


def test_a_search_does_not_see_what_has_just_changed(crm: Crm) -> None:
    id_ = crm.deal(amount="1")
    assert crm.found("deals") == [id_]
    crm.configure(index_lag_s=1_000_000).raise_for_status()
    crm.update("deals", id_, amount="2")
    later = crm.deal()
    assert crm.found("deals", ("amount", "EQ", "1")) == [id_]
    assert crm.read("deals", later)["id"] == later


def test_archived_and_merged_records_are_not_found(crm: Crm) -> None:
    gone, primary, other = crm.deal(), crm.deal(), crm.deal()
    crm.call("DELETE", f"/crm/v3/objects/deals/{gone}")
    body = {"primaryObjectId": primary, "objectIdToMerge": other}
    merged = crm.call("POST", "/crm/v3/objects/deals/merge", body).json()["id"]
    assert crm.found("deals") == [merged]


def test_changes_are_found_by_when_they_were_made(crm: Crm, deals: dict[str, str]) -> None:
    since = crm.read("deals", deals["small order"])["properties"]["hs_lastmodifieddate"]
    crm.update("deals", deals["Big order"], amount="1001")
    sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
    found = crm.found("deals", ("hs_lastmodifieddate", "GTE", since), sorts=sorts)
    assert found == [deals["small order"], deals["Renewal"], deals["Big order"]]
