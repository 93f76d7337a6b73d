"""The Bulk API 1.0: jobs of batches, in XML and CSV or in JSON; each batch is processed like a job of the Bulk API 2.0.

Source: "Bulk API" of the Bulk API 2.0 and Bulk API Developer Guide.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from gameday_fakes.http import Reply, Request
from gameday_fakes.protocols.soap import BadXml, texts
from gameday_fakes.salesforce.bulk_handlers import CSV, BulkHandlers
from gameday_fakes.salesforce.bulk_jobs import AsyncJob, Job
from gameday_fakes.salesforce.bulk_query import accepted
from gameday_fakes.salesforce.csv_data import Format
from gameday_fakes.salesforce.errors import ASYNC_NAMESPACE, Refused
from gameday_fakes.salesforce.ids import canonical, make_id

_JOB, _BATCH, _RESULT = "750", "751", "752"
#: The modes of jobs; simple-salesforce names them by their numbers, as the API takes them.
CONCURRENCY = {"Parallel": "Parallel", "Serial": "Serial", "0": "Parallel", "1": "Serial"}
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete", "query", "queryAll")


class AsyncHandlers(BulkHandlers):
    """Answers at ``/services/async``."""

    def create_async_job(self, request: Request) -> Reply:
        """``POST /services/async/NN.0/job`` ``{operation, object, externalIdFieldName, contentType}``."""
        given = _read(request)
        operation = given.get("operation", "")
        if operation not in _OPERATIONS:
            raise Refused("INVALIDJOB", f"Unable to parse Job: operation {operation[:40]!r}")
        content = given.get("contentType", "XML" if not _is_json(request) else "JSON")
        if content not in ("CSV", "JSON"):
            self.unsupported(f"POST /services/async, jobs of {content[:20]}")
            raise Refused("INVALIDJOB", f"the fake of salesforce has no jobs of {content[:20]}: use CSV or JSON")
        mode = CONCURRENCY.get(str(given.get("concurrencyMode", "Parallel")))
        if mode is None:
            raise Refused("INVALIDJOB", f"Unable to parse Job: concurrencyMode {str(given['concurrencyMode'])[:40]!r}")
        if request.header("sforce-enable-pkchunking", "false").lower() != "false":
            # One batch finds all rows: a client does not see the first as not processed, and others beside it.
            self.unsupported("POST /services/async, a job with PK chunking")
        sobject = self.loadable(given.get("object", ""), operation, given.get("externalIdFieldName", ""))
        now = self.store.now()
        self.async_created += 1
        job = AsyncJob(
            id=make_id(_JOB, 10**6 + self.async_created),
            operation=operation,
            object=sobject,
            external_id=given.get("externalIdFieldName", ""),
            json=content == "JSON",
            mode=mode,
            version=request.params["version"],
            user_id=self.seeded.integration_user_id,
            created=now,
            modified=now,
        )
        self.async_jobs[job.id] = job
        return self._answer(request, job, "jobInfo", job.info(), 201)

    def read_async_job(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID``."""
        job = self._async_job(request)
        return self._answer(request, job, "jobInfo", job.info())

    def change_async_job(self, request: Request) -> Reply:
        """``POST /services/async/NN.0/job/ID`` ``{state: "Closed" or "Aborted"}``."""
        job = self._async_job(request)
        state = _read(request).get("state")
        if state not in ("Closed", "Aborted"):
            raise Refused("INVALIDJOBSTATE", f"A job cannot be set to state {str(state)[:40]!r}")
        if job.state != "Open":
            doing = "Closing" if state == "Closed" else "Aborting"
            raise Refused("INVALIDJOBSTATE", f"{doing} already {job.state} Job not allowed")
        job.state, job.modified = state, self.store.now()
        for batch in job.batches if state == "Aborted" else ():
            if batch.state in ("UploadComplete", "InProgress"):
                batch.state = "Aborted"
        return self._answer(request, job, "jobInfo", job.info())

    def add_async_batch(self, request: Request) -> Reply:
        """``POST /services/async/NN.0/job/ID/batch``: CSV, a JSON list of records, or a query."""
        job = self._async_job(request)
        if job.state != "Open":
            raise Refused("INVALIDJOBSTATE", f"A batch cannot be added to a job in state {job.state}")
        now = self.store.now()
        batch = Job(
            id="",
            kind="batch",
            operation=job.operation,
            object=job.object,
            version=f"v{job.version}",
            format=Format(line_ending="CRLF" if b"\r\n" in request.body.partition(b"\n")[0] + b"\n" else "LF"),
            user_id=job.user_id,
            created=now,
            modified=now,
            state="UploadComplete",
            external_id=job.external_id,
            json=job.json,
        )
        if job.operation.startswith("query"):
            batch.statement = request.body.decode("utf-8", "replace").strip()
            query = accepted(batch.statement)
            if self.need_object(query) != job.object:
                raise Refused("InvalidBatch", f"The query is not about {job.object}")
        else:
            batch.uploads.append(request.body)
        job.batches.append(self.jobs.add(batch, _BATCH))
        self.jobs.start(self.find(batch) if batch.statement else self.load(batch))
        return self._answer(request, job, "batchInfo", job.batch_info(batch), 201)

    def list_async_batches(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID/batch``."""
        job = self._async_job(request)
        infos = [job.batch_info(batch) for batch in job.batches]
        return self._answer(request, job, "batchInfoList", {"batchInfo": infos})

    def read_async_batch(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID/batch/ID``."""
        job, batch = self._async_batch(request)
        return self._answer(request, job, "batchInfo", job.batch_info(batch))

    def async_request(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID/batch/ID/request``: the records as they were sent."""
        job, batch = self._async_batch(request)
        if batch.statement:
            return Reply(200, batch.statement.encode(), content_type=b"text/plain")
        if job.json:
            sent = [
                {name: value for name, value in zip(batch.header, row, strict=True) if value != ""}
                for row in batch.rows
            ]
            return Reply.json(200, sent)
        return Reply(200, batch.format.write(batch.header, batch.rows), content_type=CSV)

    def async_results(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID/batch/ID/result``: of each record its outcome, of a query its results."""
        job, batch = self._async_batch(request)
        if batch.state != "JobComplete":
            raise Refused("InvalidBatch", "Batch not completed")
        if batch.statement:
            result = f"{_RESULT}{batch.id[3:15]}"
            return (
                Reply.json(200, [result]) if job.json else self._answer(request, job, "result-list", {"result": result})
            )
        if not job.json:
            rows = [
                [
                    outcome.id,
                    "false" if outcome.refused else "true",
                    "true" if outcome.created else "false",
                    outcome.refused.text() if outcome.refused else "",
                ]
                for outcome in batch.outcomes
            ]
            return Reply(200, batch.format.write(["Id", "Success", "Created", "Error"], rows), content_type=CSV)
        found = [
            {
                "success": outcome.refused is None,
                "created": outcome.created,
                "id": outcome.id or None,
                "errors": outcome.refused.results() if outcome.refused else [],
            }
            for outcome in batch.outcomes
        ]
        return Reply.json(200, found)

    def async_result(self, request: Request) -> Reply:
        """``GET /services/async/NN.0/job/ID/batch/ID/result/ID``: the rows of a query."""
        job, batch = self._async_batch(request)
        if not batch.statement or batch.state != "JobComplete":
            raise Refused("InvalidBatch", "Batch not completed")
        if job.json:
            return Reply.json(200, batch.records)
        return Reply(200, batch.format.write(batch.header, batch.rows), content_type=CSV)

    def _async_job(self, request: Request) -> AsyncJob:
        job = self.async_jobs.get(canonical(request.params["job"]) or "")
        if job is None:
            raise Refused("INVALIDJOB", f"Unable to find job with id: {request.params['job'][:18]}")
        return job

    def _async_batch(self, request: Request) -> tuple[AsyncJob, Job]:
        job = self._async_job(request)
        id_ = canonical(request.params["batch"])
        batch = next((each for each in job.batches if each.id == id_), None)
        if batch is None:
            raise Refused("InvalidBatch", f"Unable to find batch with id: {request.params['batch'][:18]}")
        return job, batch

    @staticmethod
    def _answer(request: Request, job: AsyncJob, name: str, value: dict[str, Any], status: int = 200) -> Reply:
        """JSON for those who write JSON, else XML; of the batches of a CSV job always XML, whatever is asked for."""
        if job.json or (_is_json(request) and name == "jobInfo"):
            return Reply.json(status, value)
        body = f'<?xml version="1.0" encoding="UTF-8"?><{name} xmlns="{ASYNC_NAMESPACE}">{_xml(value)}</{name}>'
        return Reply(status, body.encode(), content_type=b"application/xml")


def _is_json(request: Request) -> bool:
    return any(request.header(name).startswith("application/json") for name in ("content-type", "accept"))


def _read(request: Request) -> dict[str, str]:
    """The fields of a body in JSON or XML, as text. Raises Refused."""
    if _is_json(request):
        body = request.json
        return {name: str(value) for name, value in body.items() if value is not None} if isinstance(body, dict) else {}
    try:
        return texts(request.body.strip())
    except BadXml as problem:
        raise Refused("InvalidXML", str(problem)) from None


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(
            "".join(f"<{name}>{_xml(each)}</{name}>" for each in (inner if isinstance(inner, list) else [inner]))
            for name, inner in value.items()
        )
    return escape(str(value))
