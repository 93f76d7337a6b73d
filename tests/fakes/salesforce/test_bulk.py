"""The Bulk API 2.0: jobs that load records from CSV and jobs that query, with the faults that single requests meet."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

import pytest

ROOT = "/jobs/ingest"
QUERY = "/jobs/query"
CSV = {"content-type": "text/csv"}


@pytest.fixture
def bulk(crm: Any) -> Any:
    """An organisation whose jobs wait for nothing."""
    crm.configure(bulk_queue_s=0, bulk_chunk_s=0)
    return crm


def create(crm: Any, operation: str, sobject: str = "Account", **more: Any) -> str:
    reply = crm.call("POST", ROOT, json={"operation": operation, "object": sobject, "contentType": "CSV", **more})
    assert reply.status_code == 200, reply.text
    id_: str = reply.json()["id"]
    return id_


def finished(crm: Any, path: str) -> dict[str, Any]:
    """The job, once it has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job: dict[str, Any] = crm.get(path).json()
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job
        time.sleep(0.005)
    raise AssertionError(f"{path} did not end")


def load(crm: Any, operation: str, data: str, sobject: str = "Account", **more: Any) -> dict[str, Any]:
    """Upload data and wait for the end; the job."""
    path = f"{ROOT}/{create(crm, operation, sobject, **more)}"
    assert crm.call("PUT", f"{path}/batches", content=data.encode(), headers=CSV).status_code == 201
    assert crm.call("PATCH", path, json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    return finished(crm, path)


def rows(crm: Any, job: dict[str, Any], kind: str, delimiter: str = ",") -> list[dict[str, str]]:
    reply = crm.get(f"{ROOT}/{job['id']}/{kind}")
    assert reply.headers["content-type"] == "text/csv"
    return list(csv.DictReader(io.StringIO(reply.text), delimiter=delimiter))


def find(crm: Any, statement: str, **more: Any) -> dict[str, Any]:
    reply = crm.call("POST", QUERY, json={"operation": "query", "query": statement, **more})
    assert reply.status_code == 200, reply.text
    return finished(crm, f"{QUERY}/{reply.json()['id']}")


def results(crm: Any, job: dict[str, Any], **params: Any) -> Any:
    return crm.get(f"{QUERY}/{job['id']}/results", params=params)


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()[0]["errorCode"]


# -- uploads ---------------------------------------------------------------------------------------------


def test_a_new_job_is_open_and_says_where_its_data_goes(bulk: Any) -> None:
    job = bulk.call("POST", ROOT, json={"operation": "insert", "object": "account"}).json()
    assert (job["state"], job["object"], job["apiVersion"]) == ("Open", "Account", 60.0)
    assert (job["contentType"], job["lineEnding"], job["columnDelimiter"]) == ("CSV", "LF", "COMMA")
    assert job["contentUrl"] == f"services/data/v60.0/jobs/ingest/{job['id']}/batches"


def test_a_partly_failed_job_is_complete_and_names_each_record(bulk: Any) -> None:
    job = load(bulk, "insert", "Name,ERP_Customer_Id__c\nOne,C-1\n,C-2\nThree,C-3\n")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    good, bad = rows(bulk, job, "successfulResults"), rows(bulk, job, "failedResults")
    assert [(row["Name"], row["sf__Created"]) for row in good] == [("One", "true"), ("Three", "true")]
    assert [row["sf__Error"] for row in bad] == [
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
    ]
    assert rows(bulk, job, "unprocessedrecords") == rows(bulk, job, "unprocessedRecords") == []
    assert {row["Id"] for row in bulk.rows("SELECT Id FROM Account WHERE ERP_Customer_Id__c != null")} == {
        row["sf__Id"] for row in good
    }


def test_a_value_of_the_wrong_type_fails_its_record_alone(bulk: Any) -> None:
    job = load(bulk, "insert", "Name,StageName,CloseDate\nA,Open,junk\nB,Open,2026-01-01\n", "Opportunity")
    (failed,) = rows(bulk, job, "failedResults")
    assert (
        failed["sf__Error"]
        == "INVALID_TYPE_ON_FIELD_IN_RECORD:CloseDate: value not of required type: junk:CloseDate --"
    )


def form(job: Any, data: str | None) -> dict[str, Any]:
    """A request with the description of a job and its data."""
    files = {"job": (None, json.dumps(job), "application/json")}
    return {"files": files if data is None else {**files, "content": ("content", data, "text/csv")}}


def test_a_job_comes_with_its_data_in_one_request(bulk: Any) -> None:
    body = {"operation": "insert", "object": "Account", "contentType": "CSV", "lineEnding": "LF"}
    job = bulk.call("POST", ROOT, **form(body, "Name\nOne\n\n")).json()
    assert job["state"] == "UploadComplete"
    assert [row["Name"] for row in rows(bulk, finished(bulk, f"{ROOT}/{job['id']}"), "successfulResults")] == ["One"]


@pytest.mark.parametrize(
    ("job", "data", "error"),
    [
        ({"operation": "insert", "object": "Account"}, None, "JSON_PARSER_ERROR"),
        ({"operation": "insert", "object": "Account"}, "Name\n" + "x" * 100_000, "JSON_PARSER_ERROR"),
        ({"operation": "insert", "object": "None"}, "Name\nOne\n", "INVALIDJOB"),
        ([], "Name\nOne\n", "JSON_PARSER_ERROR"),
    ],
)
def test_a_form_that_is_no_job_is_refused(bulk: Any, job: Any, data: str | None, error: str) -> None:
    assert code(bulk.call("POST", ROOT, **form(job, data))) == (400, error)


def test_a_job_updates_deletes_and_upserts(bulk: Any) -> None:
    first, second = bulk.accounts.values()
    updated = load(bulk, "update", f"Id,BillingCity,AccountNumber\n{first},#N/A,7\n{second[:15]},Rome,\n")
    upserted = load(
        bulk,
        "upsert",
        "ERP_Customer_Id__c,Name\nC-9,New\n,None\n",
        externalIdFieldName="ERP_Customer_Id__c",
    )
    again = load(bulk, "upsert", "ERP_Customer_Id__c,Name\nC-9,Newer\n", externalIdFieldName="ERP_Customer_Id__c")
    deleted = load(bulk, "delete", f"Id\n{second}\nnothing\n")
    assert [row["sf__Created"] for row in rows(bulk, updated, "successfulResults")] == ["false", "false"]
    (row,) = bulk.rows(f"SELECT BillingCity, AccountNumber FROM Account WHERE Id = '{first}'")
    assert (row["BillingCity"], row["AccountNumber"]) == (None, "7")
    assert [row["sf__Created"] for row in rows(bulk, upserted, "successfulResults")] == ["true"]
    assert rows(bulk, upserted, "failedResults")[0]["sf__Error"].startswith("MISSING_ARGUMENT:")
    assert [row["sf__Created"] for row in rows(bulk, again, "successfulResults")] == ["false"]
    assert rows(bulk, deleted, "failedResults")[0]["sf__Error"].startswith("MALFORMED_ID:")
    assert sorted(row["Name"] for row in bulk.rows("SELECT Name FROM Account")) == ["Newer", "Northwind & Sons"]


def test_a_deal_that_a_job_changes_is_in_the_ledger(bulk: Any) -> None:
    deal = bulk.close_deal()
    load(bulk, "update", f"Id,ERP_Order_Id__c\n{deal},SO-1\n", "Opportunity")
    assert bulk.entries()[0]["keys"]["ERP_Order_Id__c"] == "SO-1"


def test_a_deal_that_a_job_wins_is_announced(bulk: Any, receiver: Any) -> None:
    data = "Name,StageName,CloseDate,Account.ERP_Customer_Id__c\nBig,Closed Won,2024-01-01,C-1\n"
    load(bulk, "update", f"Id,ERP_Customer_Id__c\n{bulk.accounts['A-1']},C-1\n")
    job = load(bulk, "insert", data, "Opportunity")
    assert rows(bulk, job, "failedResults") == []
    assert "<sf:Name>Big</sf:Name>" in receiver.next()
    assert bulk.entries()[0]["customer"] == bulk.accounts["A-1"]


def test_delimiter_and_line_ending_are_those_of_the_job(bulk: Any) -> None:
    data = "Name|BillingCity\r\nA, B|Bonn\r\n"
    job = load(bulk, "insert", data, columnDelimiter="PIPE", lineEnding="CRLF")
    text = bulk.get(f"{ROOT}/{job['id']}/successfulResults").text
    assert text.startswith('"sf__Id"|"sf__Created"|"Name"|"BillingCity"\r\n')
    assert bulk.rows("SELECT Name FROM Account WHERE BillingCity = 'Bonn' AND Name = 'A, B'")


def test_the_wrong_line_ending_fails_the_job_before_anything_is_written(bulk: Any) -> None:
    job = load(bulk, "insert", "Name\r\nX\r\n")
    assert job["state"] == "Failed"
    assert job["errorMessage"].endswith("LineEnding is invalid on user data. Current LineEnding setting is LF")
    assert len(bulk.rows("SELECT Id FROM Account")) == 2


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("Name,Nothing__c\nx,y\n", "InvalidBatch : Field name not found : Nothing__c"),
        ("Name,Owner.Nothing\nx,y\n", "InvalidBatch : Field name not found : Owner.Nothing"),
        ("Name\nx,y\n", "Record 1 has 2 columns"),
        ('Name\n"x\n', "Records not processed"),
        ("", "no header"),
    ],
)
def test_data_that_cannot_be_read_fails_the_whole_job(bulk: Any, data: str, error: str) -> None:
    job = load(bulk, "insert", data)
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 0)
    assert error in job["errorMessage"]
    assert rows(bulk, job, "successfulResults") == []


def test_records_of_a_failed_job_are_unprocessed(bulk: Any) -> None:
    job = load(bulk, "insert", "Name,Nothing__c\nx,y\n")
    assert rows(bulk, job, "unprocessedrecords") == [{"Name": "x", "Nothing__c": "y"}]


def test_data_that_was_uploaded_twice_fails_the_job(bulk: Any) -> None:
    path = f"{ROOT}/{create(bulk, 'insert')}"
    for name in "xy":
        bulk.call("PUT", f"{path}/batches", content=f"Name\n{name}\n".encode(), headers=CSV)
    bulk.call("PATCH", path, json={"state": "UploadComplete"})
    assert "multiple contents" in finished(bulk, path)["errorMessage"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"operation": "insert", "object": "Nothing"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "User"}, "INVALIDENTITY"),
        ({"operation": "drop", "object": "Account"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account", "externalIdFieldName": "Name"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "columnDelimiter": ["COMMA"]}, "INVALIDJOB"),
        ({"operation": "insert", "object": "Account", "contentType": "JSON"}, "INVALIDJOB"),
        ({"operation": "hardDelete", "object": "Account"}, "FEATURENOTENABLED"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_a_job_that_cannot_be_is_refused(bulk: Any, body: Any, error: str) -> None:
    assert code(bulk.call("POST", ROOT, json=body)) == (400, error)


def test_a_job_goes_only_from_state_to_state(bulk: Any) -> None:
    path = f"{ROOT}/{create(bulk, 'insert')}"
    assert code(bulk.get(f"{path}/successfulResults")) == (400, "INVALIDJOBSTATE")
    assert code(bulk.call("DELETE", path)) == (400, "INVALIDJOBSTATE")
    assert code(bulk.call("PATCH", path, json={"state": "Closed"})) == (400, "INVALIDJOBSTATE")
    assert bulk.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert code(bulk.call("PATCH", path, json={"state": "UploadComplete"})) == (400, "INVALIDJOBSTATE")
    assert code(bulk.call("PUT", f"{path}/batches", content=b"Name\n", headers=CSV)) == (400, "INVALIDJOBSTATE")
    refused = bulk.call("PATCH", path, json={"state": "Aborted"})
    assert refused.json()[0]["message"] == "Aborting already Aborted Job not allowed"
    assert bulk.call("DELETE", path).status_code == 204
    assert code(bulk.get(path)) == (404, "NOT_FOUND")


def test_data_that_is_not_csv_is_not_taken(bulk: Any) -> None:
    path = f"{ROOT}/{create(bulk, 'insert')}"
    assert bulk.call("PUT", f"{path}/batches", json=[{"Name": "x"}]).status_code == 415


def test_jobs_are_listed(bulk: Any) -> None:
    ids = [create(bulk, "insert"), create(bulk, "delete")]
    listed = bulk.get(ROOT).json()
    assert [job["id"] for job in listed["records"]] == ids
    assert (listed["done"], listed["nextRecordsUrl"]) == (True, None)


def test_an_older_version_of_the_api_has_no_jobs(bulk: Any) -> None:
    assert code(bulk.call("POST", ROOT, json={"operation": "insert"}, version="v40.0")) == (404, "NOT_FOUND")
    assert code(bulk.call("POST", QUERY, json={"operation": "query"}, version="v46.0")) == (404, "NOT_FOUND")


def test_a_job_takes_scenario_time(crm: Any) -> None:
    crm.configure(bulk_queue_s=1e6)
    path = f"{ROOT}/{create(crm, 'insert')}"
    crm.call("PUT", f"{path}/batches", content=b"Name\nx\n", headers=CSV)
    crm.call("PATCH", path, json={"state": "UploadComplete"})
    pending = crm.client.get(f"{crm.control}/health").json()["pending"]
    assert (crm.get(path).json()["state"], pending) == ("UploadComplete", 1)
    assert crm.call("PATCH", path, json={"state": "Aborted"}).status_code == 200
    crm.reset()
    assert crm.client.get(f"{crm.control}/health").json()["pending"] == 0


# -- queries ---------------------------------------------------------------------------------------------


def test_a_query_gives_csv_with_the_paths_of_the_fields(bulk: Any) -> None:
    deal = bulk.close_deal()
    job = find(
        bulk, "SELECT id, Account.Name, Amount, IsWon, NextStep__c FROM Opportunity".replace(", NextStep__c", "")
    )
    reply = results(bulk, job)
    assert reply.text == f'"Id","Account.Name","Amount","IsWon"\n"{deal}","Northwind & Sons","20.33","true"\n'
    assert (reply.headers["sforce-numberofrecords"], reply.headers["sforce-locator"]) == ("1", "null")
    assert (job["state"], job["numberRecordsProcessed"], job["jobType"]) == ("JobComplete", 1, "V2Query")


def test_results_come_in_pages_by_locator(bulk: Any) -> None:
    load(bulk, "insert", "Name\n" + "".join(f"Account {number}\n" for number in range(450)))
    job = find(bulk, "SELECT Name FROM Account")
    names, locator = [], None
    while locator != "null":
        reply = results(bulk, job, maxRecords=200, **({"locator": locator} if locator else {}))
        locator = reply.headers["sforce-locator"]
        page = list(csv.DictReader(io.StringIO(reply.text)))
        assert reply.headers["sforce-numberofrecords"] == str(len(page))
        names += [row["Name"] for row in page]
    assert len(names) == len(set(names)) == 452


def test_deleted_records_are_found_by_query_all(bulk: Any) -> None:
    load(bulk, "delete", f"Id\n{bulk.accounts['A-2']}\n")
    statement = "SELECT Name FROM Account WHERE IsDeleted = true"
    assert results(bulk, find(bulk, statement)).text == '"Name"\n'
    assert results(bulk, find(bulk, statement, operation="queryAll")).text == '"Name"\n"Contoso"\n'


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nothing FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT COUNT() FROM Account", "FEATURENOTENABLED"),
        ("SELECT Type, COUNT(Id) n FROM Account GROUP BY Type", "FEATURENOTENABLED"),
        ("SELECT Id, (SELECT Id FROM Opportunities) FROM Account", "FEATURENOTENABLED"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 1", "FEATURENOTENABLED"),
        ("", "INVALIDJOB"),
        (7, "INVALIDJOB"),
    ],
)
def test_a_query_that_cannot_run_in_bulk_is_refused(bulk: Any, statement: Any, error: str) -> None:
    assert code(bulk.call("POST", QUERY, json={"operation": "query", "query": statement})) == (400, error)


def test_results_are_those_of_the_same_version_and_of_a_finished_job(crm: Any) -> None:
    crm.configure(bulk_queue_s=1e6)
    made = crm.call("POST", QUERY, json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    path = f"{QUERY}/{made['id']}"
    assert crm.get(f"{path}/results", version="v59.0").status_code == 409
    assert code(crm.get(f"{path}/results")) == (400, "INVALIDJOBSTATE")
    assert crm.call("PATCH", path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert [job["state"] for job in crm.get(QUERY).json()["records"]] == ["Aborted"]
    assert crm.call("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"maxRecords": "0"}, "INVALID_QUERY_PARAMETER"),
        ({"maxRecords": "-1"}, "INVALID_QUERY_PARAMETER"),
        ({"locator": "!"}, "INVALID_QUERY_LOCATOR"),
        ({"locator": "MTAwMDAw"}, "INVALID_QUERY_LOCATOR"),
    ],
)
def test_a_page_that_is_not_there_is_refused(bulk: Any, params: dict[str, str], error: str) -> None:
    assert code(results(bulk, find(bulk, "SELECT Id FROM Account"), **params)) == (400, error)


# -- faults ----------------------------------------------------------------------------------------------


def deals(crm: Any, count: int = 6) -> list[str]:
    return [crm.close_deal(f"D-{number}") for number in range(count)]


def change(crm: Any, ids: list[str]) -> dict[str, Any]:
    data = "Id,ERP_Order_Id__c\n" + "".join(f"{id_},SO-{number}\n" for number, id_ in enumerate(ids))
    return load(crm, "update", data, "Opportunity")


def test_a_share_of_failing_writes_is_a_share_of_failed_records(bulk: Any) -> None:
    ids = deals(bulk, 40)
    bulk.inject("http", action="reply", operation="deal.write", error="locked", share=0.5)
    job = change(bulk, ids)
    failed = rows(bulk, job, "failedResults")
    assert 0 < len(failed) < 40
    assert {row["sf__Error"].partition(":")[0] for row in failed} == {"UNABLE_TO_LOCK_ROW"}
    assert sorted(bulk.hits()) == sorted(("deal.write", row["Id"]) for row in failed)


def test_a_record_that_was_written_may_be_reported_as_failed(bulk: Any) -> None:
    (deal,) = deals(bulk, 1)
    bulk.inject("http", action="reply", operation="deal.write", error="unavailable", when="after")
    job = change(bulk, [deal])
    assert rows(bulk, job, "failedResults")[0]["sf__Error"].startswith("SERVER_UNAVAILABLE:")
    assert bulk.entries()[0]["keys"]["ERP_Order_Id__c"] == "SO-0"


def test_slow_writes_make_a_slow_job(bulk: Any) -> None:
    (deal,) = deals(bulk, 1)
    bulk.inject("http", action="delay", operation="deal.write", delay_s=0.05)
    assert change(bulk, [deal])["totalProcessingTime"] >= 50
    assert bulk.hits() == [("deal.write", deal)]


@pytest.mark.parametrize(
    "fault",
    [{"action": "drop"}, {"action": "reply", "error": "unauthorized"}, {"action": "reply", "error": "bad_gateway"}],
    ids=["connection", "session", "gateway"],
)
def test_a_fault_of_requests_is_not_met_by_the_records_of_a_job(bulk: Any, fault: dict[str, str]) -> None:
    (deal,) = deals(bulk, 1)
    bulk.inject("http", operation="deal.write", **fault)
    assert change(bulk, [deal])["numberRecordsFailed"] == 0
    assert bulk.hits() == []


def test_a_fault_of_bulk_requests_is_met_by_them(bulk: Any) -> None:
    bulk.inject("http", action="reply", operation="bulk.write", error="rate_limited")
    reply = bulk.call("POST", ROOT, json={"operation": "insert", "object": "Account"})
    assert code(reply) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_a_partly_failed_batch_fails_records_of_its_deals(bulk: Any) -> None:
    ids = deals(bulk)
    bulk.inject("partial_batch", share=1.0, times=1)
    job = change(bulk, ids)
    assert job["numberRecordsFailed"] == len(ids)
    assert sorted(bulk.hits()) == sorted(("batch", id_) for id_ in ids)


def test_a_locked_deal_fails_alone(bulk: Any) -> None:
    ids = deals(bulk)
    bulk.inject("lock_record", share=0.5)
    failed = rows(bulk, change(bulk, ids), "failedResults")
    assert 0 < len(failed) < len(ids)
    assert sorted(bulk.hits()) == sorted(("deal.write", row["Id"]) for row in failed)


def test_a_lost_permission_fails_each_record(bulk: Any) -> None:
    ids = deals(bulk)
    bulk.inject("revoke_permission", object="Opportunity", access="edit")
    failed = rows(bulk, change(bulk, ids), "failedResults")
    assert {row["sf__Error"].partition(":")[0] for row in failed} == {"INSUFFICIENT_ACCESS_OR_READONLY"}
    assert sorted(bulk.hits()) == sorted(("deal.write", id_) for id_ in ids)


def test_without_the_right_to_read_there_is_no_such_object(bulk: Any) -> None:
    bulk.inject("revoke_permission", object="Opportunity", access="read")
    body = {"operation": "update", "object": "Opportunity"}
    assert code(bulk.call("POST", ROOT, json=body)) == (400, "INVALIDJOB")
    query = {"operation": "query", "query": "SELECT Id FROM Opportunity"}
    assert code(bulk.call("POST", QUERY, json=query)) == (400, "INVALID_TYPE")
    assert len(bulk.hits()) == 2


def test_a_renamed_field_fails_the_job_and_counts_for_all_its_deals(bulk: Any) -> None:
    ids = deals(bulk)
    bulk.inject("rename_field", object="Opportunity", field="ERP_Order_Id__c", new_name="Order__c")
    job = change(bulk, ids)
    assert job["errorMessage"] == "InvalidBatch : Field name not found : ERP_Order_Id__c"
    assert sorted(bulk.hits()) == sorted(("batch", id_) for id_ in ids)
    assert results(bulk, find(bulk, "SELECT Order__c FROM Opportunity")).text.startswith('"Order__c"\n')


@pytest.mark.slow
def test_a_field_that_is_hidden_while_a_query_waits_fails_its_job(crm: Any) -> None:
    crm.configure(bulk_queue_s=0.3, bulk_chunk_s=0)
    made = crm.call("POST", QUERY, json={"operation": "query", "query": "SELECT Amount FROM Opportunity"}).json()
    crm.inject("hide_field", object="Opportunity", field="Amount")
    job = finished(crm, f"{QUERY}/{made['id']}")
    assert (job["state"], job["errorMessage"].partition(" ")[0]) == ("Failed", "INVALID_FIELD")
