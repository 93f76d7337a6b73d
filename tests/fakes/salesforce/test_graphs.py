"""Composite graphs and trees: several records that depend on each other, all or none."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = "/services/data/v60.0"


def node(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": f"{ROOT}{path}", "body": body}


def graphs(crm: Any, **parts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    body = {"graphs": [{"graphId": name, "compositeRequest": nodes} for name, nodes in parts.items()]}
    reply = crm.call("POST", "/composite/graph", json=body)
    assert reply.status_code == 200, reply.text
    return {graph["graphId"]: graph for graph in reply.json()["graphs"]}


def names(crm: Any, sobject: str = "Account") -> set[str]:
    return {row["Name"] for row in crm.rows(f"SELECT Name FROM {sobject}")}


def test_each_graph_is_carried_out_whole_or_not_at_all(crm: Any) -> None:
    found = graphs(
        crm,
        good=[
            node("a", "POST", "/sobjects/Account", {"Name": "Good"}),
            node(
                "o",
                "POST",
                "/sobjects/Opportunity",
                {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2024-01-01", "AccountId": "@{a.id}"},
            ),
        ],
        bad=[
            node("a", "POST", "/sobjects/Account", {"Name": "Bad"}),
            node("o", "POST", "/sobjects/Opportunity", {"AccountId": "@{a.id}"}),
        ],
    )
    assert {name: graph["isSuccessful"] for name, graph in found.items()} == {"good": True, "bad": False}
    parts = found["bad"]["graphResponse"]["compositeResponse"]
    codes = [part["body"][0]["errorCode"] for part in parts]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert names(crm) == {"Northwind & Sons", "Contoso", "Good"}
    assert names(crm, "Opportunity") == {"Deal"}


def test_a_graph_may_have_more_parts_than_a_composite(crm: Any) -> None:
    nodes = [node(f"n{number}", "POST", "/sobjects/Account", {"Name": f"{number}"}) for number in range(26)]
    assert graphs(crm, many=nodes)["many"]["isSuccessful"]
    assert len(names(crm)) == 28


NODES = [node(f"n{i}", "GET", "/limits") for i in range(251)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "JSON_PARSER_ERROR"),
        ({"graphs": [1]}, "JSON_PARSER_ERROR"),
        ({"graphs": [{"graphId": "1"}]}, "JSON_PARSER_ERROR"),
        ({"graphs": [{"compositeRequest": []}]}, "JSON_PARSER_ERROR"),
        ({"graphs": [{"graphId": "1", "compositeRequest": []}] * 2}, "INVALID_INPUT"),
        ({"graphs": [{"graphId": f"{i}", "compositeRequest": []} for i in range(76)]}, "LIMIT_EXCEEDED"),
        ({"graphs": [{"graphId": f"{i}", "compositeRequest": NODES} for i in range(2)]}, "LIMIT_EXCEEDED"),
    ],
)
def test_graphs_that_cannot_be_are_refused(crm: Any, body: Any, error: str) -> None:
    assert crm.call("POST", "/composite/graph", json=body).json()[0]["errorCode"] == error


def test_a_graph_inside_a_composite_is_not_found(crm: Any) -> None:
    parts = [node("g", "POST", "/composite/graph", {"graphs": []}), node("j", "GET", "/jobs/ingest")]
    reply = crm.call("POST", "/composite", json={"compositeRequest": parts})
    assert [part["httpStatusCode"] for part in reply.json()["compositeResponse"]] == [404, 404]


def test_a_partly_failed_batch_rolls_a_graph_back(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("partial_batch", share=1.0)
    found = graphs(crm, one=[node("o", "PATCH", f"/sobjects/Opportunity/{deal}", {"Name": "x"})])
    assert found["one"]["isSuccessful"] is False
    assert crm.hits() == [("batch", deal)]


# -- trees -----------------------------------------------------------------------------------------------


def record(kind: str, reference: str, **more: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "referenceId": reference}, **more}


def deal_of(reference: str, **more: Any) -> dict[str, Any]:
    fields = {"Name": reference, "StageName": "Prospecting", "CloseDate": "2024-01-01", **more}
    return record("Opportunity", reference, **fields)


def tree(crm: Any, *records: dict[str, Any], sobject: str = "Account") -> Any:
    return crm.call("POST", f"/composite/tree/{sobject}", json={"records": list(records)})


def test_a_tree_creates_records_with_their_children(crm: Any) -> None:
    entry = crm.rows("SELECT Id FROM PricebookEntry WHERE CurrencyIsoCode = 'USD' LIMIT 1")[0]["Id"]
    line = record("OpportunityLineItem", "line", PricebookEntryId=entry, Quantity=2)
    deal = deal_of("deal", CurrencyIsoCode="USD", OpportunityLineItems={"records": [line]})
    root = record("Account", "account", Name="Tree", Opportunities={"records": [deal]})
    reply = tree(crm, root, record("Account", "other", Name="Other"))
    assert (reply.status_code, reply.json()["hasErrors"]) == (201, False)
    ids = {result["referenceId"]: result["id"] for result in reply.json()["results"]}
    assert list(ids) == ["account", "other", "deal", "line"]
    (row,) = crm.rows(f"SELECT Opportunity.AccountId FROM OpportunityLineItem WHERE Id = '{ids['line']}'")
    assert row["Opportunity"]["AccountId"] == ids["account"]


def test_a_tree_with_an_error_creates_nothing_and_names_only_the_error(crm: Any) -> None:
    root = record("Account", "a", Name="Tree", Opportunities={"records": [deal_of("d", StageName=None)]})
    reply = tree(crm, root)
    assert (reply.status_code, reply.json()["hasErrors"]) == (400, True)
    (result,) = reply.json()["results"]
    assert (result["referenceId"], result["errors"][0]["statusCode"]) == ("d", "REQUIRED_FIELD_MISSING")
    assert names(crm) == {"Northwind & Sons", "Contoso"}


def test_children_of_a_refused_record_are_not_created(crm: Any) -> None:
    reply = tree(crm, record("Account", "a", Opportunities={"records": [deal_of("d")]}))
    assert [result["referenceId"] for result in reply.json()["results"]] == ["a"]
    assert names(crm, "Opportunity") == set()


@pytest.mark.parametrize(
    ("records", "error"),
    [
        (None, "JSON_PARSER_ERROR"),
        ([1], "JSON_PARSER_ERROR"),
        ([{"Name": "x"}], "INVALID_INPUT"),
        ([record("Opportunity", "x")], "INVALID_INPUT"),
        ([record("Account", "")], "INVALID_INPUT"),
        ([record("Account", "x"), record("Account", "x")], "INVALID_INPUT"),
        ([record("Account", f"a{number}", Name="x") for number in range(201)], "EXCEEDED_ID_LIMIT"),
    ],
)
def test_a_tree_that_cannot_be_is_refused(crm: Any, records: Any, error: str) -> None:
    reply = crm.call("POST", "/composite/tree/Account", json={"records": records})
    assert reply.json()[0]["errorCode"] == error


def test_a_partly_failed_batch_fails_a_tree_of_its_deal(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("partial_batch", share=1.0)
    line = record("OpportunityLineItem", "line", OpportunityId=deal, Quantity=2)
    assert tree(crm, line, sobject="OpportunityLineItem").json()["results"][0]["errors"]
    assert crm.hits() == [("batch", deal)]


@pytest.mark.parametrize(("path", "version"), [("/composite/graph", "v49.0"), ("/composite/tree/Account", "v33.0")])
def test_an_older_version_of_the_api_has_no_graphs_and_trees(crm: Any, path: str, version: str) -> None:
    assert crm.call("POST", path, json={}, version=version).json()[0]["errorCode"] == "NOT_FOUND"
