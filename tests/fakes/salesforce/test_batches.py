"""Several requests in one: composite, batch and collections, with mixed results inside a 200."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = "/services/data/v60.0"


def part(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": f"{ROOT}{path}", "body": body}


def composite(crm: Any, *parts: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    reply = crm.call("POST", "/composite", json=body)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["compositeResponse"]
    return found


def statuses(parts: list[dict[str, Any]]) -> list[int]:
    return [one["httpStatusCode"] for one in parts]


# -- composite -------------------------------------------------------------------------------------------


def test_a_deal_its_lines_and_its_account_come_in_one_request(crm: Any) -> None:
    deal = crm.close_deal()
    parts = composite(
        crm,
        part("deal", "GET", f"/sobjects/Opportunity/{deal}"),
        part("account", "GET", "/sobjects/Account/@{deal.AccountId}?fields=Name"),
        part("lines", "GET", f"/query?q=SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}'"),
    )
    assert [one["referenceId"] for one in parts] == ["deal", "account", "lines"]
    assert (parts[0]["body"]["Id"], parts[1]["body"]["Name"]) == (deal, "Northwind & Sons")
    assert parts[2]["body"]["totalSize"] == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"referenceId": "a-b"}, "INVALID_INPUT"),
        ({"referenceId": "_a"}, "INVALID_INPUT"),
        ({"referenceId": "taken"}, "INVALID_INPUT"),
        ({"referenceId": None}, "JSON_PARSER_ERROR"),
        ({"method": None}, "JSON_PARSER_ERROR"),
        ({"url": 7}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_part_without_what_it_needs_refuses_all(crm: Any, changed: dict[str, Any], code: str) -> None:
    parts = [part("taken", "GET", "/limits"), {**part("a", "GET", "/limits"), **changed}]
    graph = {"graphs": [{"graphId": "g", "compositeRequest": parts}]}
    for path, body in (("/composite", {"compositeRequest": parts}), ("/composite/graph", graph)):
        reply = crm.call("POST", path, json=body)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_a_reference_may_begin_with_a_digit_and_had_hyphens_once(crm: Any) -> None:
    found = part("1st", "GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name='Contoso'")
    parts = composite(crm, found, part("b", "GET", "/sobjects/Account/@{1st.records[0].Id}?fields=Name"))
    assert parts[1]["body"]["Name"] == "Contoso"
    old = {"compositeRequest": [part("a-b", "GET", "/limits")]}
    assert crm.call("POST", "/composite", version="v53.0", json=old).status_code == 200


def test_a_part_with_another_method_is_refused_alone(crm: Any) -> None:
    account = f"/sobjects/Account/{crm.accounts['A-1']}"
    assert statuses(composite(crm, part("a", "PUT", account), part("b", "GET", account))) == [405, 200]


def test_references_reach_into_lists_and_bodies(crm: Any) -> None:
    parts = composite(
        crm,
        part("found", "GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name='Contoso'"),
        part(
            "made",
            "POST",
            "/sobjects/Opportunity",
            {"Name": "x", "StageName": "y", "CloseDate": "2024-01-01", "AccountId": "@{found.records[0].Id}"},
        ),
        part("read", "GET", "/sobjects/Opportunity/@{made.id}"),
    )
    assert statuses(parts) == [200, 201, 200]
    assert parts[1]["httpHeaders"]["Location"].endswith(parts[1]["body"]["id"])
    assert parts[2]["body"]["AccountId"] == crm.accounts["A-2"]


def test_a_reference_to_what_failed_is_refused_and_the_rest_goes_on(crm: Any) -> None:
    parts = composite(
        crm,
        part("a", "GET", "/sobjects/Account/001Gd0000000999AAA"),
        part("b", "GET", "/sobjects/Account/@{a.Id}"),
        part("c", "GET", f"/sobjects/Account/{crm.accounts['A-1']}"),
    )
    assert statuses(parts) == [404, 400, 200]
    assert parts[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_all_or_none_rolls_back_what_succeeded(crm: Any) -> None:
    parts = composite(
        crm,
        part("a", "POST", "/sobjects/Account", {"Name": "Rolled back"}),
        part("b", "PATCH", f"/sobjects/Account/{crm.accounts['A-1']}", {"Name": "Rolled back"}),
        part("c", "DELETE", f"/sobjects/Account/{crm.accounts['A-2']}"),
        part("d", "POST", "/sobjects/Account", {}),
        part("e", "POST", "/sobjects/Account", {"Name": "Rolled back"}),
        all_or_none=True,
    )
    assert statuses(parts) == [400] * 5
    codes = [one["body"][0]["errorCode"] for one in parts]
    assert codes == ["PROCESSING_HALTED"] * 3 + ["REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert {row["Name"] for row in crm.rows("SELECT Name FROM Account")} == {"Northwind & Sons", "Contoso"}


def test_rows_stay_in_the_order_of_change_after_a_rollback(crm: Any) -> None:
    composite(
        crm,
        part("a", "PATCH", f"/sobjects/Account/{crm.accounts['A-1']}", {"Name": "Rolled back"}),
        part("b", "POST", "/sobjects/Account", {}),
        all_or_none=True,
    )
    (stamp,) = {r["SystemModstamp"] for r in crm.rows("SELECT SystemModstamp FROM Account WHERE Name = 'Contoso'")}
    found = crm.rows(f"SELECT Name FROM Account WHERE SystemModstamp >= {stamp}")
    assert "Contoso" in [row["Name"] for row in found]


def test_more_than_25_parts_are_refused(crm: Any) -> None:
    parts = [part(f"p{number}", "GET", "/limits") for number in range(26)]
    reply = crm.call("POST", "/composite", json={"compositeRequest": parts})
    assert reply.json()[0]["errorCode"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("body", [{}, {"compositeRequest": [1]}, [], {"compositeRequest": "x"}])
def test_a_composite_without_parts_is_refused(crm: Any, body: Any) -> None:
    assert crm.call("POST", "/composite", json=body).json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_composite_within_a_composite_is_not_found(crm: Any) -> None:
    assert statuses(composite(crm, part("a", "POST", "/composite"))) == [404]


# -- batch -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["v60.0", "/services/data/v60.0"])
def test_a_batch_runs_its_parts_independently(crm: Any, prefix: str) -> None:
    requests = [
        {"method": "GET", "url": f"{prefix}/sobjects/Account/{crm.accounts['A-1']}?fields=Name"},
        {"method": "GET", "url": f"{prefix}/sobjects/Account/001Gd0000000999AAA"},
        {"method": "PATCH", "url": f"{prefix}/sobjects/Account/{crm.accounts['A-2']}", "richInput": {"Name": "B"}},
    ]
    body = crm.call("POST", "/composite/batch", json={"batchRequests": requests}).json()
    assert body["hasErrors"] is True
    assert [one["statusCode"] for one in body["results"]] == [200, 404, 204]
    assert body["results"][2]["result"] is None


def test_a_batch_halts_on_an_error_if_asked(crm: Any) -> None:
    requests = [{"method": "GET", "url": f"v60.0/{path}"} for path in ("limits", "nothing", "limits")]
    body = crm.call("POST", "/composite/batch", json={"haltOnError": True, "batchRequests": requests}).json()
    assert [one["statusCode"] for one in body["results"]] == [200, 404, 412]
    assert body["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"


# -- collections -----------------------------------------------------------------------------------------


def account(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **fields}


def test_a_collection_answers_for_each_record(crm: Any) -> None:
    records = [account(Name="One"), account(), account(Name="Three")]
    results = crm.call("POST", "/composite/sobjects", json={"records": records}).json()
    assert [one["success"] for one in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(crm.rows("SELECT Id FROM Account")) == 4


def test_a_collection_of_all_or_none_is_rolled_back(crm: Any) -> None:
    records = [account(Name="One"), account()]
    results = crm.call("POST", "/composite/sobjects", json={"allOrNone": True, "records": records}).json()
    assert results[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(crm.rows("SELECT Id FROM Account")) == 2


def test_a_collection_updates_upserts_reads_and_deletes(crm: Any) -> None:
    ids = list(crm.accounts.values())
    updated = crm.call("PATCH", "/composite/sobjects", json={"records": [account(id=ids[0], ERP_Customer_Id__c="C")]})
    upserted = crm.call(
        "PATCH",
        "/composite/sobjects/Account/ERP_Customer_Id__c",
        json={"records": [account(ERP_Customer_Id__c="C", Name="x"), account(ERP_Customer_Id__c="D", Name="y")]},
    )
    read = crm.call("POST", "/composite/sobjects/Account", json={"ids": [*ids, "nothing"], "fields": ["Name"]})
    got = crm.get("/composite/sobjects/Account", params={"ids": ids[1], "fields": "Id,Name"})
    deleted = crm.call("DELETE", "/composite/sobjects", params={"ids": f"{ids[1]},nothing"})
    assert updated.json() == [{"id": ids[0], "success": True, "errors": []}]
    assert [one["created"] for one in upserted.json()] == [False, True]
    assert [row and row["Name"] for row in read.json()] == ["x", "Contoso", None]
    assert got.json()[0]["Name"] == "Contoso"
    assert [one["success"] for one in deleted.json()] == [True, False]


def test_more_than_200_records_are_refused(crm: Any) -> None:
    records = [account(Name="x") for _ in range(201)]
    reply = crm.call("POST", "/composite/sobjects", json={"records": records})
    assert reply.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


@pytest.mark.parametrize(
    ("record", "code"),
    [({"Name": "x"}, "INVALID_TYPE"), (account(Name="x"), "MISSING_ARGUMENT"), (account(id="x"), "NOT_FOUND")],
)
def test_a_record_that_says_too_little_fails_alone(crm: Any, record: dict[str, Any], code: str) -> None:
    (result,) = crm.call("PATCH", "/composite/sobjects", json={"records": [record]}).json()
    assert (result["success"], result["errors"][0]["statusCode"]) == (False, code)


def test_records_of_several_objects_come_in_ten_runs_at_most(crm: Any) -> None:
    kinds = ["Account", "Contact"] * 5 + ["Account"] * 2
    assert [each["success"] for each in create(crm, kinds[:10])] == [True] * 10
    reply = crm.call("POST", "/composite/sobjects", json={"records": list(map(of_kind, kinds))})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_a_record_names_its_object(crm: Any) -> None:
    reply = crm.call("POST", "/composite/sobjects", json={"records": [{"Name": "x"}]})
    assert reply.json()[0]["errors"][0]["message"] == "The record's attributes do not name its type."
    assert crm.call("DELETE", "/composite/sobjects").status_code == 400


def of_kind(kind: str) -> dict[str, Any]:
    return {"attributes": {"type": kind}, "Name" if kind == "Account" else "LastName": "x"}


def create(crm: Any, kinds: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = crm.call(
        "POST", "/composite/sobjects", json={"records": list(map(of_kind, kinds))}
    ).json()
    return found
