"""The Bulk API 1.0: jobs of batches, in XML and CSV and in JSON."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import Any

import pytest

JSON = {"content-type": "application/json"}
XML = {"content-type": "application/xml"}
CSV = {"content-type": "text/csv"}


class Jobs:
    """The API as clients call it: the session in a header of its own."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm
        self.session = crm.headers["authorization"].removeprefix("Bearer ")

    def call(self, method: str, path: str = "", headers: dict[str, str] | None = None, **more: Any) -> Any:
        version = more.pop("version", "60.0")
        url = f"{self.crm.url}/services/async/{version}/job{path}"
        return self.crm.client.request(method, url, headers={"x-sfdc-session": self.session, **(headers or {})}, **more)

    def create(self, operation: str, sobject: str = "Account", **more: str) -> str:
        body = {"operation": operation, "object": sobject, "contentType": "JSON", **more}
        reply = self.call("POST", json=body)
        assert reply.status_code == 201, reply.text
        id_: str = reply.json()["id"]
        return id_

    def batch(self, job: str, content: Any) -> dict[str, Any]:
        """A batch of a job of JSON, once it has ended."""
        more: dict[str, Any] = {"content": content, "headers": JSON} if isinstance(content, str) else {"json": content}
        path = f"/{job}/batch/{self.call('POST', f'/{job}/batch', **more).json()['id']}"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.call("GET", path, headers=JSON).json()
            if found["state"] not in ("Queued", "InProgress"):
                return found
            time.sleep(0.005)
        raise AssertionError(f"{path} did not end")

    def results(self, batch: dict[str, Any], rest: str = "") -> Any:
        return self.call("GET", f"/{batch['jobId']}/batch/{batch['id']}/result{rest}", headers=JSON).json()


@pytest.fixture
def jobs(crm: Any) -> Jobs:
    """Jobs that wait for nothing."""
    crm.configure(bulk_queue_s=0, bulk_chunk_s=0)
    return Jobs(crm)


def refusal(reply: Any) -> tuple[int, str]:
    found = re.search(r"<exceptionCode>(\w+)</exceptionCode>", reply.text)
    assert found is not None, reply.text
    return reply.status_code, found[1]


def test_a_batch_of_json_has_an_outcome_for_each_record(jobs: Jobs) -> None:
    batch = jobs.batch(jobs.create("insert"), [{"Name": "One"}, {"BillingCity": "Oslo"}])
    assert (batch["state"], batch["numberRecordsProcessed"], batch["numberRecordsFailed"]) == ("Completed", 2, 1)
    good, bad = jobs.results(batch)
    assert (good["success"], good["created"], good["id"][:3]) == (True, True, "001")
    assert (bad["success"], bad["errors"][0]["statusCode"]) == (False, "REQUIRED_FIELD_MISSING")


def test_a_parent_may_be_named_by_its_external_id(jobs: Jobs) -> None:
    account = jobs.crm.accounts["A-1"]
    jobs.batch(jobs.create("update"), [{"Id": account, "ERP_Customer_Id__c": "C-1"}])
    deal = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2024-01-01"}
    batch = jobs.batch(jobs.create("insert", "Opportunity"), [{**deal, "Account": {"ERP_Customer_Id__c": "C-1"}}])
    (result,) = jobs.results(batch)
    (row,) = jobs.crm.rows(f"SELECT AccountId FROM Opportunity WHERE Id = '{result['id']}'")
    assert row["AccountId"] == account


def test_a_job_of_xml_is_answered_in_xml_and_its_results_in_csv(jobs: Jobs) -> None:
    body = "<jobInfo><operation>insert</operation><object>Account</object><contentType>CSV</contentType></jobInfo>"
    created = jobs.call("POST", headers=XML, content=body)
    assert created.headers["content-type"] == "application/xml"
    job = re.search(r"<id>(\w+)</id>", created.text)[1]  # type: ignore[index]
    added = jobs.call("POST", f"/{job}/batch", headers=CSV, content="Name\r\nOne\r\n")
    batch = re.search(r"<id>(751\w+)</id>", added.text)[1]  # type: ignore[index]
    deadline = time.monotonic() + 20
    while "<state>Completed</state>" not in jobs.call("GET", f"/{job}/batch/{batch}").text:
        assert time.monotonic() < deadline
    rows = list(csv.DictReader(io.StringIO(jobs.call("GET", f"/{job}/batch/{batch}/result").text)))
    assert [(row["Success"], row["Created"], row["Error"]) for row in rows] == [("true", "true", "")]
    listed = jobs.call("GET", f"/{job}/batch").text
    assert listed.count("<batchInfo>") == 1
    assert "<numberBatchesCompleted>1</numberBatchesCompleted>" in jobs.call("GET", f"/{job}").text


def test_a_query_has_results_and_each_result_has_rows(jobs: Jobs) -> None:
    batch = jobs.batch(jobs.create("query"), "SELECT Name FROM Account ORDER BY Name")
    (result,) = jobs.results(batch)
    assert [row["Name"] for row in jobs.results(batch, f"/{result}")] == ["Contoso", "Northwind & Sons"]


def test_a_field_that_there_is_not_fails_the_batch(jobs: Jobs) -> None:
    batch = jobs.batch(jobs.create("insert"), [{"Name": "x", "Nothing__c": "y"}])
    assert (batch["state"], batch["stateMessage"]) == ("Failed", "InvalidBatch : Field name not found : Nothing__c")


def test_an_aborted_job_leaves_its_waiting_batches_unprocessed(jobs: Jobs) -> None:
    jobs.crm.configure(bulk_queue_s=1e6)
    job = jobs.create("insert")
    added = jobs.call("POST", f"/{job}/batch", json=[{"Name": "x"}]).json()
    assert jobs.call("POST", f"/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert jobs.call("GET", f"/{job}/batch/{added['id']}", headers=JSON).json()["state"] == "NotProcessed"
    assert refusal(jobs.call("POST", f"/{job}", json={"state": "Closed"})) == (400, "InvalidJobState")
    assert refusal(jobs.call("POST", f"/{job}/batch", json=[])) == (400, "InvalidJobState")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "drop", "object": "Account"}, "InvalidJob"),
        ({"operation": "insert", "object": "Nothing"}, "InvalidJob"),
        ({"operation": "insert", "object": "User"}, "InvalidEntity"),
        ({"operation": "upsert", "object": "Account"}, "InvalidJob"),
        ({"operation": "hardDelete", "object": "Account"}, "FeatureNotEnabled"),
        ({"operation": "insert", "object": "Account", "contentType": "ZIP_CSV"}, "InvalidJob"),
        ([], "InvalidJob"),
    ],
)
def test_a_job_that_cannot_be_is_refused_in_xml(jobs: Jobs, body: Any, code: str) -> None:
    assert refusal(jobs.call("POST", json=body)) == (400, code)


@pytest.mark.parametrize("content", ["<jobInfo>", "{", ""])
def test_a_body_that_cannot_be_read_is_refused(jobs: Jobs, content: str) -> None:
    assert refusal(jobs.call("POST", headers=XML, content=content)) == (400, "InvalidXML")


def test_a_session_that_is_over_and_a_version_that_is_not_are_refused(jobs: Jobs) -> None:
    assert refusal(jobs.call("GET", "/750000000000001")) == (400, "InvalidJob")
    assert refusal(jobs.call("GET", "/750000000000001", version="20.0")) == (400, "InvalidVersion")
    jobs.session = "x"
    assert refusal(jobs.call("GET", "/750000000000001")) == (400, "InvalidSessionId")


def test_records_of_a_batch_meet_the_faults_of_single_writes(jobs: Jobs) -> None:
    deal = jobs.crm.close_deal()
    jobs.crm.inject("http", action="reply", operation="deal.write", error="locked")
    batch = jobs.batch(jobs.create("update", "Opportunity"), [{"Id": deal, "ERP_Order_Id__c": "SO-1"}])
    assert jobs.results(batch)[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert jobs.crm.hits() == [("deal.write", deal)]


def test_a_fault_of_bulk_requests_has_the_form_of_this_api(jobs: Jobs) -> None:
    jobs.crm.inject("http", action="reply", operation="bulk", error="rate_limited")
    assert refusal(jobs.call("POST", json={"operation": "insert", "object": "Account"})) == (400, "ExceededQuota")


def test_a_description_that_is_no_json_is_refused_in_xml(jobs: Jobs) -> None:
    reply = jobs.call("POST", headers=JSON, content="{")
    assert (reply.headers["content-type"], "<exceptionCode>ClientInputError" in reply.text) == ("application/xml", True)


def test_a_job_has_its_mode_and_one_of_pk_chunks_is_noted(jobs: Jobs) -> None:
    body = {"operation": "query", "object": "Account", "contentType": "JSON", "concurrencyMode": "Serial"}
    chunks = {"Sforce-Enable-PKChunking": "chunkSize=1000"}
    assert jobs.call("POST", json=body, headers=chunks).json()["concurrencyMode"] == "Serial"
    assert [event["value"]["call"] for event in jobs.crm.events("unsupported")] == [
        "POST /services/async, a job with PK chunking"
    ]
    for number, mode in enumerate(("Parallel", "Serial")):
        # As simple-salesforce sends it.
        assert jobs.call("POST", json={**body, "concurrencyMode": number}).json()["concurrencyMode"] == mode
    assert jobs.call("POST", json={**body, "concurrencyMode": "Both"}).status_code == 400
