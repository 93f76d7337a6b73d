"""The Bulk API 2.0 over HTTP: jobs that load records from CSV, and jobs that query.

Source: "Bulk API 2.0 Ingest" and "Bulk API 2.0 Query" of the Bulk API 2.0 and Bulk API Developer Guide. Codes of errors
are those that real clients report; where no public source shows a message, its text is ours.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.bulk_jobs import ENDED, Job, Kind, State
from gameday_fakes.salesforce.bulk_loader import BulkLoader
from gameday_fakes.salesforce.bulk_query import accepted, columns, locator_of, start_of
from gameday_fakes.salesforce.csv_data import DELIMITERS, LINE_ENDINGS, Format
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.multipart import OneStep, is_multipart, one_step
from gameday_fakes.salesforce.versions import number_of

CSV = b"text/csv"

#: The first version of the API with each kind of job.
FIRST_VERSION: dict[Kind, int] = {"ingest": 41, "query": 47}
#: Jobs on a page of a list, and the most rows of a result in one reply.
JOBS_PAGE = 1_000
ROWS_PAGE = 50_000
#: "Bulk API and Bulk API 2.0 Limits and Allocations": query jobs in 24 hours.
MOST_QUERY_JOBS = 10_000

_OPERATIONS = {"ingest": ("insert", "update", "upsert", "delete", "hardDelete"), "query": ("query", "queryAll")}
_NO_HARD_DELETE = (
    "hardDelete operation requires special user profile permission, please contact your system administrator"
)
_DONE = {"JobComplete": "Completed", "Aborted": "Aborted", "Failed": "Failed"}


class BulkHandlers(BulkLoader):
    """Answers at ``.../jobs/ingest`` and ``.../jobs/query``."""

    # -- queries -------------------------------------------------------------------------------------

    def create_query_job(self, request: Request) -> Reply:
        """``POST .../jobs/query`` ``{operation, query, columnDelimiter, lineEnding}``."""
        body = self._body(request, "query", request.json)
        statement = body.get("query")
        if not isinstance(statement, str) or not statement.strip():
            raise Refused("INVALIDJOB", "InvalidJob : A query has to be specified")
        if len(self.jobs.all("query")) >= MOST_QUERY_JOBS:
            raise Refused("LIMIT_EXCEEDED", f"Max bulk v2 query jobs ({MOST_QUERY_JOBS}) per 24 hrs has been reached")
        query = accepted(statement)
        sobject = self.need_object(query)
        columns(query, sobject, self.store, self.state.schema)
        job = self._add(request, body, "query", sobject, "UploadComplete")
        job.statement = statement
        self.jobs.start(self.find(job))
        return Reply.json(200, job.brief())

    def query_job_results(self, request: Request) -> Reply:
        """``GET .../jobs/query/ID/results?locator=&maxRecords=``: CSV, and the locator of what follows in a header."""
        job = self._job(request, "query")
        if job.version != request.params["version"]:
            raise Refused("CONFLICT", "The API version is not that of the job", status=409)
        if job.state != "JobComplete":
            raise Refused("INVALIDJOBSTATE", f"Results of a job in state {job.state} cannot be read")
        start = start_of(request.query["locator"]) if request.query.get("locator") else 0
        if start is None or start > len(job.rows):
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        most = request.query.get("maxRecords", str(ROWS_PAGE))
        if not (most.isascii() and most.isdigit() and int(most[:9])):
            raise Refused("INVALID_QUERY_PARAMETER", f"maxRecords {most[:20]!r} must be greater than 0")
        end = min(start + int(most[:9]), start + ROWS_PAGE)
        rows = job.rows[start:end]
        headers = [
            (b"sforce-numberofrecords", str(len(rows)).encode()),
            (b"sforce-locator", locator_of(end).encode() if end < len(job.rows) else b"null"),
        ]
        return Reply(200, job.format.write(job.header, rows), headers, content_type=CSV)

    def list_query_jobs(self, request: Request) -> Reply:
        """``GET .../jobs/query``."""
        return self._list(request, "query")

    def read_query_job(self, request: Request) -> Reply:
        """``GET .../jobs/query/ID``."""
        return Reply.json(200, self._job(request, "query").full())

    def change_query_job(self, request: Request) -> Reply:
        """``PATCH .../jobs/query/ID`` ``{state: "Aborted"}``."""
        return self._change(request, "query")

    def delete_query_job(self, request: Request) -> Reply:
        """``DELETE .../jobs/query/ID``."""
        return self._delete(request, "query")

    # -- uploads -------------------------------------------------------------------------------------

    def create_ingest_job(self, request: Request) -> Reply:
        """``POST .../jobs/ingest`` ``{object, operation, externalIdFieldName, columnDelimiter, lineEnding}``."""
        sent = one_step(request) if is_multipart(request) else OneStep(request.json, b"")
        body = self._body(request, "ingest", sent.job)
        key = str(body.get("externalIdFieldName") or "")
        sobject = self.loadable(str(body.get("object")), body["operation"], key)
        job = self._add(request, body, "ingest", sobject, "Open")
        job.external_id = key
        if is_multipart(request):
            # The data came with the description, so there is nothing to wait for.
            job.uploads.append(sent.data)
            self._put(job, "UploadComplete")
            self.jobs.start(self.load(job))
        return Reply.json(200, job.brief())

    def loadable(self, name: str, operation: str, external_id: str) -> str:
        """The object of that name, if records of it can be loaded by that operation. Raises Refused."""
        sobject = self.model.canonical(name)
        if sobject is None or not self.state.schema.may(sobject, "read"):
            if sobject is None:
                self.unsupported(f"object {name[:80]}")
            raise Refused("INVALIDJOB", f"InvalidJob : Unable to find object: {name}")
        if not self.model.objects[sobject].writable and not operation.startswith("query"):
            raise Refused("INVALIDENTITY", f"Entity '{sobject}' is not supported by the Bulk API.")
        if operation == "hardDelete":
            raise Refused("FEATURENOTENABLED", _NO_HARD_DELETE)
        if operation == "upsert":
            self._need_external_id(sobject, external_id)
        return sobject

    def _need_external_id(self, sobject: str, name: str) -> None:
        if not name:
            message = f"InvalidJob : External ID was blank for {sobject}. An External ID must be specified for upsert."
            raise Refused("INVALIDJOB", message)
        try:
            self.external_id(sobject, name)
        except Refused:
            message = f"InvalidJob : Field name provided, {name} does not match an External ID for {sobject}"
            raise Refused("INVALIDJOB", message) from None

    def upload_batch(self, request: Request) -> Reply:
        """``PUT .../jobs/ingest/ID/batches``: the CSV."""
        job = self._job(request, "ingest")
        if not request.header("content-type").lower().startswith("text/csv"):
            raise Refused("UNSUPPORTED_MEDIA_TYPE", "The data of a job is sent as text/csv", status=415)
        if job.state != "Open":
            raise Refused("INVALIDJOBSTATE", f"Uploading data to a job in state {job.state} is not allowed")
        job.uploads.append(request.body)
        return Reply(201)

    def successful_results(self, request: Request) -> Reply:
        """``GET .../jobs/ingest/ID/successfulResults``: CSV with ``sf__Id`` and ``sf__Created``."""
        job = self._ended(request)
        return self._csv(job, ["sf__Id", "sf__Created"], job.sorted_out()[0])

    def failed_results(self, request: Request) -> Reply:
        """``GET .../jobs/ingest/ID/failedResults``: CSV with ``sf__Id`` and ``sf__Error``."""
        job = self._ended(request)
        return self._csv(job, ["sf__Id", "sf__Error"], job.sorted_out()[1])

    def unprocessed_records(self, request: Request) -> Reply:
        """``GET .../jobs/ingest/ID/unprocessedrecords``: CSV as it was uploaded."""
        job = self._ended(request)
        return self._csv(job, [], job.sorted_out()[2])

    @staticmethod
    def _csv(job: Job, added: list[str], rows: list[list[str]]) -> Reply:
        return Reply(200, job.format.write([*added, *job.header], rows), content_type=CSV)

    def list_ingest_jobs(self, request: Request) -> Reply:
        """``GET .../jobs/ingest``."""
        return self._list(request, "ingest")

    def read_ingest_job(self, request: Request) -> Reply:
        """``GET .../jobs/ingest/ID``."""
        return Reply.json(200, self._job(request, "ingest").full())

    def change_ingest_job(self, request: Request) -> Reply:
        """``PATCH .../jobs/ingest/ID`` ``{state: "UploadComplete" or "Aborted"}``."""
        return self._change(request, "ingest")

    def delete_ingest_job(self, request: Request) -> Reply:
        """``DELETE .../jobs/ingest/ID``."""
        return self._delete(request, "ingest")

    # -- both ----------------------------------------------------------------------------------------

    def _body(self, request: Request, kind: Kind, body: Any) -> dict[str, Any]:
        """The description of a new job. Raises Refused."""
        self._need_version(request, kind)
        if not isinstance(body, dict):
            raise BadBody("The HTTP entity body is required, but this request has no entity body.")
        for name, known, default in (
            ("operation", _OPERATIONS[kind], None),
            ("contentType", ("CSV",), "CSV"),
            ("columnDelimiter", DELIMITERS, "COMMA"),
            ("lineEnding", LINE_ENDINGS, "LF"),
        ):
            value = body.get(name, default)
            if not isinstance(value, str) or value not in known:
                raise Refused("INVALIDJOB", f"InvalidJob : {name} {str(value)[:40]!r} is none of {', '.join(known)}")
        return body

    @staticmethod
    def _need_version(request: Request, kind: Kind) -> None:
        if number_of(request.params["version"]) < FIRST_VERSION[kind]:
            raise Refused.of("not_found")

    def _add(self, request: Request, body: dict[str, Any], kind: Kind, sobject: str, state: State) -> Job:
        now = self.store.now()
        return self.jobs.add(
            Job(
                id="",
                kind=kind,
                operation=body["operation"],
                object=sobject,
                version=request.params["version"],
                format=Format(body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")),
                user_id=self.seeded.integration_user_id,
                created=now,
                modified=now,
                state=state,
            )
        )

    def _job(self, request: Request, kind: Kind) -> Job:
        self._need_version(request, kind)
        job = self.jobs.get(kind, canonical(request.params["job"]))
        if job is None:
            raise Refused.of("not_found")
        return job

    def _ended(self, request: Request) -> Job:
        """An upload whose results can be read. Raises Refused."""
        job = self._job(request, "ingest")
        if job.state not in ENDED:
            raise Refused("INVALIDJOBSTATE", f"Results of a job in state {job.state} cannot be read")
        return job

    def _list(self, request: Request, kind: Kind) -> Reply:
        self._need_version(request, kind)
        start = start_of(request.query["queryLocator"]) if request.query.get("queryLocator") else 0
        if start is None:
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        jobs = self.jobs.all(kind)
        end = start + JOBS_PAGE
        following = f"/services/data/{request.params['version']}/jobs/{kind}?queryLocator={locator_of(end)}"
        return Reply.json(
            200,
            {
                "done": end >= len(jobs),
                "records": [job.full() for job in jobs[start:end]],
                "nextRecordsUrl": following if end < len(jobs) else None,
            },
        )

    def _change(self, request: Request, kind: Kind) -> Reply:
        job = self._job(request, kind)
        body = request.json
        state = body.get("state") if isinstance(body, dict) else None
        if state == "UploadComplete" and kind == "ingest":
            if job.state != "Open":
                raise Refused("INVALIDJOBSTATE", f"Closing already {_DONE.get(job.state, 'Closed')} Job not allowed")
            self._put(job, "UploadComplete")
            self.jobs.start(self.load(job))
        elif state == "Aborted":
            if job.state in ENDED:
                raise Refused("INVALIDJOBSTATE", f"Aborting already {_DONE[job.state]} Job not allowed")
            self._put(job, "Aborted")
        else:
            raise Refused("INVALIDJOBSTATE", f"InvalidJobState : A job cannot be set to state {str(state)[:40]!r}")
        return Reply.json(200, job.brief())

    def _put(self, job: Job, state: State) -> None:
        job.state, job.modified = state, self.store.now()

    def _delete(self, request: Request, kind: Kind) -> Reply:
        """Delete a job that is not open and not being processed; one that waits is processed no more."""
        job = self._job(request, kind)
        if job.state in ("Open", "InProgress"):
            raise Refused("INVALIDJOBSTATE", f"Deleting a job in state {job.state} is not allowed")
        if job.state not in ENDED:
            self._put(job, "Aborted")
        self.jobs.remove(job)
        return Reply(204)
