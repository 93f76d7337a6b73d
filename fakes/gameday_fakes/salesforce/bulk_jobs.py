"""The jobs of the Bulk API 2.0: their states, what is known of each, and the tasks that process them. No HTTP here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.remembering import Memory
from gameday_fakes.salesforce.csv_data import Format
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import make_id
from gameday_fakes.salesforce.versions import number_of

State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Aborted", "Failed"]
Kind = Literal["ingest", "query", "batch"]

ENDED: frozenset[State] = frozenset({"JobComplete", "Aborted", "Failed"})

JOB_PREFIX = "750"
_JOB_TYPES = {"ingest": "V2Ingest", "query": "V2Query", "batch": "Classic"}


class Outcome(msgspec.Struct, frozen=True):
    """What became of a record of an upload: its id, and why it was refused if it was."""

    id: str
    created: bool = False
    refused: Refused | None = None


class Job(msgspec.Struct):
    """One job, or a batch of the Bulk API 1.0, which is processed alike.

    ``created`` and ``modified`` are dateTimes, ``begun_s`` and ``ended_s`` scenario seconds.
    """

    id: str
    kind: Kind
    operation: str
    object: str
    version: str
    format: Format
    user_id: str
    created: str
    modified: str
    state: State
    external_id: str = ""
    statement: str = ""
    error: str = ""
    #: Whether the data of a batch, and what a query finds, is JSON instead of CSV.
    json: bool = False
    #: The parts of an upload as they arrived; more than one lets the job fail.
    uploads: list[bytes] = msgspec.field(default_factory=list)
    #: Of an upload the names of its columns, of a query those of its result.
    header: list[str] = msgspec.field(default_factory=list)
    rows: list[list[str]] = msgspec.field(default_factory=list)
    #: Of the first records of an upload, in their order; the rest have not been processed.
    outcomes: list[Outcome] = msgspec.field(default_factory=list)
    #: Of a query whose result is JSON: the rows.
    records: list[dict[str, Any]] = msgspec.field(default_factory=list)
    begun_s: float = 0.0
    ended_s: float = 0.0

    def brief(self) -> dict[str, Any]:
        """The job as the replies to its creation and to a change of its state show it."""
        shown: dict[str, Any] = {
            **_head(self),
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": Decimal(f"{number_of(self.version)}.0"),
            "lineEnding": self.format.line_ending,
            "columnDelimiter": self.format.delimiter,
        }
        if self.external_id:
            shown["externalIdFieldName"] = self.external_id
        if self.kind == "ingest" and self.state == "Open":
            shown["contentUrl"] = f"services/data/{self.version}/jobs/ingest/{self.id}/batches"
        return shown

    def full(self) -> dict[str, Any]:
        """The job with how far it has come; times in milliseconds of scenario time."""
        took_ms = int(max(0.0, self.ended_s - self.begun_s) * 1000)
        shown: dict[str, Any] = {
            **self.brief(),
            "jobType": _JOB_TYPES[self.kind],
            "numberRecordsProcessed": self.processed(),
            "retries": 0,
            "totalProcessingTime": took_ms,
        }
        if self.kind == "ingest":
            shown["numberRecordsFailed"] = self.failed()
            shown["apiActiveProcessingTime"] = took_ms
            shown["apexProcessingTime"] = 0
        if self.error:
            shown["errorMessage"] = self.error
        return shown

    def is_in(self, state: State) -> bool:
        """Whether it is in a state now; it may be in another after any wait."""
        return self.state == state

    def processed(self) -> int:
        """How many records were written or refused, or found by a query."""
        return len(self.rows) if self.statement else len(self.outcomes)

    def failed(self) -> int:
        """How many records were refused."""
        return sum(outcome.refused is not None for outcome in self.outcomes)

    def sorted_out(self) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
        """The records that succeeded, those that failed, and those that were not processed, as rows of results."""
        succeeded, failed = [], []
        for row, outcome in zip(self.rows, self.outcomes, strict=False):
            if outcome.refused:
                failed.append([outcome.id, outcome.refused.text(), *row])
            else:
                succeeded.append([outcome.id, "true" if outcome.created else "false", *row])
        return succeeded, failed, self.rows[len(self.outcomes) :]


BATCH_STATES = {
    "UploadComplete": "Queued",
    "InProgress": "InProgress",
    "JobComplete": "Completed",
    "Failed": "Failed",
    "Aborted": "NotProcessed",
}


class AsyncJob(msgspec.Struct):
    """A job of the Bulk API 1.0: what its batches are about, and the batches. Times as in ``Job``."""

    id: str
    operation: str
    object: str
    external_id: str
    json: bool
    version: str
    user_id: str
    created: str
    modified: str
    mode: str = "Parallel"
    state: str = "Open"
    batches: list[Job] = msgspec.field(default_factory=list)

    def info(self) -> dict[str, Any]:
        """As ``jobInfo`` shows it."""
        states = [BATCH_STATES[batch.state] for batch in self.batches]
        shown: dict[str, Any] = {
            **_head(self),
            "concurrencyMode": self.mode,
            "contentType": "JSON" if self.json else "CSV",
            "numberBatchesQueued": states.count("Queued"),
            "numberBatchesInProgress": states.count("InProgress"),
            "numberBatchesCompleted": states.count("Completed"),
            "numberBatchesFailed": states.count("Failed"),
            "numberBatchesTotal": len(states),
            "numberRecordsProcessed": sum(batch.processed() for batch in self.batches),
            "numberRetries": 0,
            "apiVersion": Decimal(self.version),
            "numberRecordsFailed": sum(batch.failed() for batch in self.batches),
            "totalProcessingTime": 0,
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
        }
        if self.external_id:
            shown["externalIdFieldName"] = self.external_id
        return shown

    def batch_info(self, batch: Job) -> dict[str, Any]:
        """As ``batchInfo`` shows it."""
        info: dict[str, Any] = {
            "id": batch.id,
            "jobId": self.id,
            "state": BATCH_STATES[batch.state],
            "createdDate": batch.created,
            "systemModstamp": batch.modified,
            "numberRecordsProcessed": batch.processed(),
            "numberRecordsFailed": batch.failed(),
            "totalProcessingTime": int(max(0.0, batch.ended_s - batch.begun_s) * 1000),
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
        }
        if batch.error:
            info["stateMessage"] = batch.error
        return info


def _head(job: Job | AsyncJob) -> dict[str, Any]:
    """What both versions show first of a job."""
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": job.state,
    }


class Jobs:
    """All jobs of an organisation, oldest first, and the tasks that process them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._jobs: dict[str, Job] = {}
        self._created = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, job: Job, prefix: str = JOB_PREFIX) -> Job:
        """Keep a job under a new id, which it gets."""
        self._created += 1
        job.id = make_id(prefix, self._created)
        self._jobs[job.id] = job
        return job

    def get(self, kind: Kind, id_: str | None) -> Job | None:
        """A job by its id of 18 characters."""
        job = self._jobs.get(id_ or "")
        return job if job is not None and job.kind == kind else None

    def remove(self, job: Job) -> None:
        """Forget a job; what it has written stays."""
        self._jobs.pop(job.id, None)

    def all(self, kind: Kind) -> list[Job]:
        """All jobs of a kind."""
        return [job for job in self._jobs.values() if job.kind == kind]

    def start(self, processing: Coroutine[Any, Any, None]) -> None:
        """Process a job in a task of its own; returns at once."""
        self._memory.begins()
        task = asyncio.get_running_loop().create_task(processing)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._memory.ends()

    def running(self) -> int:
        """How many jobs are still to be processed."""
        return len(self._tasks)

    def reset(self) -> None:
        """Stop all tasks and forget all jobs."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._jobs.clear()
        self._created = 0

    async def close(self) -> None:
        """Stop all tasks and wait until they have ended."""
        tasks = list(self._tasks)
        self.reset()
        await asyncio.gather(*tasks, return_exceptions=True)
