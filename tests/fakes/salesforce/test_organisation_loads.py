"""Custom objects and fields of an organisation in bulk, in trees, and in what a new run begins with."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.http import Reply, Request
from support.served import DEAL, Served, write

ROOT = "/services/data/v60.0"
EXTERNAL_ID = {"type": "string", "length": 20, "external_id": True, "unique": True}
OPPORTUNITY = {
    "fields": {
        "Region__c": {"type": "picklist", "values": ["EMEA", "APAC"], "restricted": True},
        "Plant__c": {"type": "reference", "refers_to": "Plant__c", "children": "Deals__r"},
        "Campaign__c": {"type": "reference", "refers_to": "Campaign"},
        "External_Id__c": EXTERNAL_ID,
        "Opens__c": {"type": "time"},
    }
}
PLANT = {"fields": {"City__c": {"type": "string", "length": 5, "required": True}, "External_Id__c": EXTERNAL_ID}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An organisation in which two objects have an external id of one name."""
    return write(tmp_path, salesforce__Opportunity=OPPORTUNITY, salesforce__Plant__c=PLANT)


@pytest.fixture
def crm(folder: Path) -> Served:
    """A fake that serves it, whose jobs wait for nothing."""
    served = Served("salesforce", folder)
    served.fake.configure({"bulk_queue_s": 0, "bulk_chunk_s": 0})
    return served


async def ask(crm: Served, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Reply:
    request = Request(method, f"{ROOT}{path}", headers={b"content-type": kind.encode()}, body=body, scheme="http")
    reply: Reply = await crm.fake.respond(request)
    return reply


async def end(crm: Served, path: str) -> dict[str, Any]:
    """A job once it has ended."""
    while True:
        job: dict[str, Any] = json.loads((await ask(crm, "GET", path)).body)
        if job["state"] in ("JobComplete", "Failed"):
            return job
        await asyncio.sleep(0)


def load(crm: Served, operation: str, sobject: str, data: str, **more: str) -> tuple[dict[str, Any], list[Any]]:
    """The job that has loaded data, and the errors of its records."""

    async def carry_out() -> tuple[dict[str, Any], list[Any]]:
        body = json.dumps({"operation": operation, "object": sobject, **more}).encode()
        created = json.loads((await ask(crm, "POST", "/jobs/ingest", body)).body)
        path = f"/jobs/ingest/{created['id']}"
        await ask(crm, "PUT", f"{path}/batches", data.encode(), "text/csv")
        await ask(crm, "PATCH", path, b'{"state": "UploadComplete"}')
        job = await end(crm, path)
        failed = (await ask(crm, "GET", f"{path}/failedResults")).body.decode()
        return job, [row["sf__Error"] for row in csv.DictReader(io.StringIO(failed))]

    return asyncio.run(carry_out())


def find(crm: Served, statement: str) -> list[list[str]]:
    """The rows of a query in bulk, with the header."""

    async def carry_out() -> list[list[str]]:
        body = json.dumps({"operation": "query", "query": statement}).encode()
        path = f"/jobs/query/{json.loads((await ask(crm, 'POST', '/jobs/query', body)).body)['id']}"
        await end(crm, path)
        return list(csv.reader(io.StringIO((await ask(crm, "GET", f"{path}/results")).body.decode())))

    return asyncio.run(carry_out())


def deal_of(crm: Served, key: str, **fields: Any) -> str:
    id_: str = crm.fake.operate("close_deal", key, {**DEAL, **fields})["id"]
    return id_


def test_a_custom_object_is_loaded_with_an_error_for_each_record_that_does_not_fit(crm: Served) -> None:
    job, errors = load(crm, "insert", "plant__c", "Name,City__c\nA,Bonn\nB,Hamburg\nC,\n")
    assert (job["object"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("Plant__c", 3, 2)
    assert errors[0].startswith("STRING_TOO_LONG:City: data value too large: Hamburg (max length=5):City__c")
    assert errors[1].startswith("REQUIRED_FIELD_MISSING:Required fields are missing: [City__c]:City__c")
    assert find(crm, "SELECT Name, City__c FROM Plant__c") == [["Name", "City__c"], ["A", "Bonn"]]


def test_a_load_names_a_custom_parent_by_its_external_id(crm: Served) -> None:
    deal = deal_of(crm, "D-1")
    load(crm, "upsert", "Plant__c", "External_Id__c,City__c\nP-1,Bonn\n", externalIdFieldName="External_Id__c")
    data = f"Id,Plant__r.External_Id__c,Region__c,Opens__c\n{deal},P-1,APAC,08:30:00Z\n"
    assert load(crm, "update", "Opportunity", data)[1] == []
    rows = find(crm, "SELECT Region__c, Opens__c, Plant__r.City__c FROM Opportunity WHERE Plant__r.City__c = 'Bonn'")
    assert rows[1:] == [["APAC", "08:30:00Z", "Bonn"]]


@pytest.mark.parametrize("column", ["ERP_Order_Id__c", "Campaign__r.Name", "Plant__r.Nothing__c"])
def test_a_column_that_the_organisation_lacks_fails_the_job(crm: Served, column: str) -> None:
    job, _ = load(crm, "update", "Opportunity", f"Id,{column}\n{deal_of(crm, 'D-1')},1\n")
    assert (job["state"], job["errorMessage"]) == ("Failed", f"InvalidBatch : Field name not found : {column}")


def test_a_tree_has_the_children_of_a_custom_object(crm: Served) -> None:
    child = {
        "attributes": {"type": "Opportunity", "referenceId": "d"},
        "Name": "Deal",
        "StageName": "Prospecting",
        "CloseDate": "2026-06-30",
    }
    plant = {
        "attributes": {"type": "Plant__c", "referenceId": "p"},
        "City__c": "Bonn",
        "Deals__r": {"records": [child]},
    }
    status, answer = crm.call("POST", f"{ROOT}/composite/tree/Plant__c", {"records": [plant]})
    assert (status, answer["hasErrors"]) == (201, False)
    assert crm.soql("SELECT Plant__r.City__c FROM Opportunity")[1]["records"][0]["Plant__r"]["City__c"] == "Bonn"


@pytest.mark.parametrize("header", ["External_Id__c", "external_id__C"])
def test_a_partly_failed_load_selects_the_deal_that_an_external_id_of_the_organisation_names(
    crm: Served, header: str
) -> None:
    deal_of(crm, "D-1", External_Id__c="x-1")
    crm.fake.inject("f1", {"kind": "partial_batch", "share": 1.0, "error": "locked"})
    data = f"{header},Region__c\nx-1,APAC\n"
    _, errors = load(crm, "upsert", "Opportunity", data, externalIdFieldName="External_Id__c")
    assert [error.partition(":")[0] for error in errors] == ["UNABLE_TO_LOCK_ROW"]


def test_a_record_of_another_object_is_not_taken_for_the_deal_of_the_same_external_id(crm: Served) -> None:
    for number in (1, 2):
        deal_of(crm, f"D-{number}", External_Id__c=f"x-{number}")
    crm.fake.inject("f1", {"kind": "partial_batch", "share": 1.0, "error": "locked"})
    data = "External_Id__c,City__c\nx-1,Bonn\n"
    assert load(crm, "upsert", "Plant__c", data, externalIdFieldName="External_Id__c")[1] == []
    plant = {"attributes": {"type": "Plant__c"}, "External_Id__c": "x-1", "City__c": "Oslo"}
    path = f"{ROOT}/composite/sobjects"
    assert crm.call("PATCH", f"{path}/Plant__c/External_Id__c", {"records": [plant]})[1][0]["success"]
    plant["External_Id__c"] = "x-2"
    assert crm.call("POST", path, {"records": [plant]})[1][0]["success"]


def test_a_new_run_begins_with_the_settings_of_the_organisation(folder: Path) -> None:
    given = {"salesforce": {"won_stage": "Gewonnen", "outbound_fields": ["Region__c"]}}
    (folder / "settings.json").write_text(json.dumps(given), encoding="utf-8")
    crm = Served("salesforce", folder)
    crm.fake.configure(
        {"won_stage": "Vendu", "lost_stage": "Perdu", "outbound_fields": [], "announce_by": "flow callout"}
    )
    crm.fake.start_again(0)
    settings = crm.fake.settings
    assert (crm.fake.store.stages.won, crm.fake.store.stages.lost, settings.announce_by) == (
        "Gewonnen",
        "Closed Lost",
        "outbound message",
    )
    assert (crm.fake.store.stages.won, crm.fake.outbound.fields[-1]) == ("Gewonnen", "Region__c")
