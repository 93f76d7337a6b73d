"""Batches: all, or those that can be, and what 207 says of the others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fakes.hubspot.conftest import Crm, code_of

NONE = "18699999999"


def batch(crm: Crm, act: str, *inputs: Any, object_: str = "deals", **more: Any) -> httpx.Response:
    return crm.call("POST", f"/crm/v3/objects/{object_}/batch/{act}", {"inputs": list(inputs), **more})


def of(name: str, **more: Any) -> dict[str, Any]:
    """An input of a create."""
    return {"properties": {"dealname": name, "dealstage": "contractsent", **more.pop("properties", {})}, **more}


def test_a_batch_of_creates_is_all_or_none(crm: Crm) -> None:
    made = batch(crm, "create", of("one"), of("two"))
    assert (made.status_code, made.json()["status"]) == (201, "COMPLETE")
    refused = batch(crm, "create", of("three"), of("four", properties={"amount": "x"}))
    assert code_of(refused) == (400, "VALIDATION_ERROR")
    assert len(crm.call("GET", "/crm/v3/objects/deals").json()["results"]) == 2


def test_with_trace_ids_the_others_are_created_and_207_says_which_failed(crm: Crm) -> None:
    reply = batch(
        crm, "create", of("one", objectWriteTraceId="a"), of("x", properties={"amount": "x"}, objectWriteTraceId="b")
    )
    body = reply.json()
    assert (reply.status_code, body["numErrors"]) == (207, 1)
    assert [each["objectWriteTraceId"] for each in body["results"]] == ["a"]
    error = body["errors"][0]
    assert (error["category"], error["context"]["objectWriteTraceId"]) == ("VALIDATION_ERROR", ["b"])
    assert {"status", "category", "message", "context", "errors", "links"} <= error.keys()


def test_a_batch_reads_what_is_there_and_names_what_is_not(crm: Crm) -> None:
    id_ = crm.deal(amount="5")
    body = batch(crm, "read", {"id": id_}, {"id": NONE}, properties=["amount"]).json()
    assert [each["properties"]["amount"] for each in body["results"]] == ["5"]
    assert body["errors"][0]["context"] == {"ids": [NONE]}
    assert batch(crm, "read", {"id": id_}, properties=[]).status_code == 200


def test_a_batch_reads_by_a_unique_property(crm: Crm) -> None:
    id_ = crm.deal(erp_order_id="SO-1")
    body = batch(crm, "read", {"id": "SO-1"}, idProperty="erp_order_id", propertiesWithHistory=["amount"]).json()
    assert [each["id"] for each in body["results"]] == [id_]


def test_an_update_of_what_is_not_there_fails_alone(crm: Crm) -> None:
    id_ = crm.deal()
    reply = batch(
        crm, "update", {"id": id_, "properties": {"amount": "9"}}, {"id": NONE, "properties": {"amount": "9"}}
    )
    assert reply.status_code == 207
    assert reply.json()["errors"][0]["context"]["ids"] == [NONE]
    assert crm.read("deals", id_)["properties"]["amount"] == "9"


def test_an_upsert_says_what_is_new_and_can_be_repeated(crm: Crm) -> None:
    given = {"id": "SO-1", "idProperty": "erp_order_id", **of("upserted")}
    first, second = (batch(crm, "upsert", given).json()["results"][0] for _ in range(2))
    assert (first["new"], second["new"]) == (True, False)
    assert first["id"] == second["id"]
    assert first["properties"]["erp_order_id"] == "SO-1"


def test_an_upsert_needs_a_unique_property(crm: Crm) -> None:
    assert batch(crm, "upsert", {"id": "1", **of("x")}).status_code == 400
    assert batch(crm, "upsert", {"id": "1", "idProperty": "dealname", **of("x")}).status_code == 400


def test_a_batch_archives_what_is_there(crm: Crm) -> None:
    id_ = crm.deal()
    assert batch(crm, "archive", {"id": id_}, {"id": NONE}).status_code == 204
    assert crm.call("GET", f"/crm/v3/objects/deals/{id_}").status_code == 404


@pytest.mark.parametrize("act", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_has_1_to_100_inputs_that_are_objects(crm: Crm, act: str) -> None:
    for inputs in ([], [{"id": "1"}] * 101):
        assert batch(crm, act, *inputs, properties=[]).status_code == 400
    for body in ({}, {"inputs": "x"}, {"inputs": ["x"]}, []):
        assert crm.call("POST", f"/crm/v3/objects/deals/batch/{act}", body).status_code == 400
