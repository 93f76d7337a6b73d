"""Processing the jobs of the Bulk API 2.0 in scenario time.

The records of an upload are written like single ones, 200 at a time, each with its own outcome. So they meet what
single writes meet: the rules and the state faults, a partly failed batch, and the faults of single writes. A reply of
such a fault is a record's error, its delay holds the whole chunk up; what it does to connections is met by the requests
of the job alone.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from gameday_fakes.http import Request, Route
from gameday_fakes.salesforce.bulk_faults import BulkFaults, Row
from gameday_fakes.salesforce.bulk_jobs import Job, Outcome, State
from gameday_fakes.salesforce.bulk_query import accepted, cells, columns
from gameday_fakes.salesforce.collection_handlers import MOST_RECORDS
from gameday_fakes.salesforce.csv_data import NULL, BadCsv, boolean, records_as_rows
from gameday_fakes.salesforce.errors import KINDS, Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.query_handlers import QueryHandlers

#: How many rows a query finds while one chunk of an upload is written; an assumption.
ROWS_PER_CHUNK = 10_000

_UPLOADED_TWICE = (
    "ClientInputError : Found multiple contents for job: <{id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
    "then create a new Job and make sure you only do 'PUT' once on a given Job."
)
_UNEXPECTED = KINDS["server_error"]


class BulkLoader(QueryHandlers, BulkFaults):
    """Carries out jobs whose data is complete."""

    async def load(self, job: Job) -> None:
        """Process an upload."""
        await self._process(job, self._load)

    async def find(self, job: Job) -> None:
        """Process a query."""
        await self._process(job, self._find)

    async def _process(self, job: Job, how: Callable[[Job], Awaitable[None]]) -> None:
        """Wait in the queue, process the job and end it, unless it is aborted meanwhile."""
        await self.clock.sleep(self.settings.bulk_queue_s)
        if not job.is_in("UploadComplete"):
            return
        job.begun_s = self.clock.now_s()
        self._end(job, "InProgress")
        try:
            await how(job)
        except (BadCsv, Refused) as problem:
            self._end(job, "Failed", f"{problem.code} : {problem}" if isinstance(problem, Refused) else str(problem))
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees a failed job
            traceback.print_exc()
            self._end(job, "Failed", f"InternalServerError : {_UNEXPECTED.message}")
        if job.is_in("InProgress"):
            self._end(job, "JobComplete")

    async def _load(self, job: Job) -> None:
        fields = self._read(job)
        for start in range(0, len(job.rows), MOST_RECORDS):
            await self.clock.sleep(self.settings.bulk_chunk_s)
            if not job.is_in("InProgress"):
                return
            await self._chunk(job, fields, job.rows[start : start + MOST_RECORDS])

    async def _find(self, job: Job) -> None:
        """Find the rows as of the moment at which the work begins, however long it takes."""
        await self.clock.sleep(self.settings.bulk_chunk_s)
        if not job.is_in("InProgress"):
            return
        try:
            query = accepted(job.statement)
            result = self.run_query(job.statement, job.version, with_deleted=job.operation == "queryAll")
            names = columns(query, job.object, self.store, self.state.schema)
        finally:
            self.note_state_faults("bulk.query", self.deals_in(job.statement.encode()) or [None])
        rows = [cells(row, names) for row in result.rows]
        await self.clock.sleep(self.settings.bulk_chunk_s * (len(rows) // ROWS_PER_CHUNK))
        if job.is_in("InProgress"):
            job.header, job.rows = [".".join(steps) for steps in names], rows
            job.records = result.rows if job.json else []

    def _end(self, job: Job, state: State, error: str = "") -> None:
        job.state, job.error = state, error
        job.modified, job.ended_s = self.store.now(), self.clock.now_s()

    # -- an upload -----------------------------------------------------------------------------------

    def _read(self, job: Job) -> list[Field | None]:
        """Read the data of a job, and find the field of each column. Raises BadCsv."""
        if len(job.uploads) > 1:
            raise BadCsv(_UPLOADED_TWICE.format(id=job.id))
        data = b"".join(job.uploads)
        job.header, job.rows = records_as_rows(data) if job.json else job.format.read(data)
        job.uploads.clear()
        return self._columns(job)

    def _columns(self, job: Job) -> list[Field | None]:
        """The field of each column, None where it is the parent's. Raises BadCsv for a column that is no field."""
        if job.operation == "delete" and [name.lower() for name in job.header] != ["id"]:
            raise BadCsv("InvalidBatch : The 'delete' batch must contain only ids")
        found = []
        for name in job.header:
            relationship, _, parents = name.partition(".")
            parent = self.model.reference_to(job.object, relationship) if parents else None
            known = self.state.schema.view(parent.refers_to if parent else job.object)
            entry = known.find(parents if parent else name)
            if entry is None or (parent and parent.name not in self.state.schema.view(job.object).names):
                self.state.schema.note_missing(known.name, parents if parent else name)
                rows = (
                    self.deal_named(self._values(job, [None] * len(job.header), row), job.object) for row in job.rows
                )
                self.note_state_faults("batch", list(dict.fromkeys(deal for deal in rows if deal)) or [None])
                raise BadCsv(f"InvalidBatch : Field name not found : {name}")
            found.append(None if parent else entry[0])
        return found

    @staticmethod
    def _values(job: Job, fields: list[Field | None], row: list[str]) -> dict[str, Any]:
        """A record as the body of a single write has it; an empty value is left out."""
        values: dict[str, Any] = {}
        for name, field, text in zip(job.header, fields, row, strict=True):
            if text == "":
                continue
            value: Any = None if text == NULL else text
            if field is not None and field.type == "boolean" and value is not None:
                value = boolean(text)
            relationship, _, parents = name.partition(".")
            if parents:
                values[relationship] = {parents: value}
            else:
                values[name] = value
        return values

    async def _chunk(self, job: Job, fields: list[Field | None], rows: list[list[str]]) -> None:
        word = "deal.write" if job.object == self.deal_objects[0] else "record.write"
        path = f"/services/data/{job.version}/sobjects/{job.object}/bulk"
        route = Route("PATCH", path, word, "upsert_record")
        request = Request("PATCH", path)
        records = []
        for line in rows:
            values = self._values(job, fields, line)
            deal = self.deal_named(values, job.object)
            records.append(Row(values, deal, self.faults_of_row(route, deal)))
        refusals = await asyncio.gather(*(self.refusal_of_row(request, route, row) for row in records))
        if not job.is_in("InProgress"):
            return
        failing = self.failing_parts([row.deal for row in records])
        self.store.user_id = self.seeded.integration_user_id
        outcomes = []
        with self.store.change():
            for position, row in enumerate(records):
                refused = refusals[position] or failing.get(position)
                outcome = self._outcome(job, row.values, refused)
                outcomes.append(outcome)
                is_deal = job.object == self.deal_objects[0] and not outcome.refused
                self.note_state_faults(word, [row.deal or (outcome.id if is_deal else None)])
        job.outcomes += [
            await self.outcome_shown(request, route, row, outcome)
            for row, outcome in zip(records, outcomes, strict=True)
        ]

    def _outcome(self, job: Job, values: dict[str, Any], refused: Refused | None) -> Outcome:
        try:
            if refused is not None:
                raise refused
            with self.store.change():
                created, record = self._write(job, values)
                return Outcome(record.id, created)
        except Refused as problem:
            return Outcome(str(_value(values, "Id") or ""), refused=problem.of_record or problem)

    def _write(self, job: Job, values: dict[str, Any]) -> tuple[bool, Record]:
        """Write one record: whether it was created, and the record. Raises Refused."""
        rest = {name: value for name, value in values.items() if name.lower() != "id"}
        match job.operation:
            case "insert":
                return True, self.writer.create(job.object, values)
            case "update":
                record = self._record_of(job, values)
                self.writer.update(record, rest)
                return False, record
            case "delete":
                record = self._record_of(job, values)
                self.writer.delete(record)
                return False, record
        return self._upsert(job, values, rest)

    def _upsert(self, job: Job, values: dict[str, Any], rest: dict[str, Any]) -> tuple[bool, Record]:
        if job.external_id.lower() == "id":
            if _value(values, "Id") is None:
                return True, self.writer.create(job.object, rest)
            record = self._record_of(job, values)
            self.writer.update(record, rest)
            return False, record
        value = _value(values, job.external_id)
        if value is None:
            raise Refused("MISSING_ARGUMENT", f"{job.external_id} not specified", [])
        fields = {name: each for name, each in values.items() if name.lower() != job.external_id.lower()}
        created, found = self.upsert(job.object, job.external_id, str(value), fields)
        if found is None:
            raise Refused("DUPLICATE_EXTERNAL_ID", f"{job.external_id}: more than one record found for it", [])
        return created, found

    def _record_of(self, job: Job, values: dict[str, Any]) -> Record:
        """The record that a row names by its id. Raises Refused."""
        id_ = _value(values, "Id")
        if id_ is None:
            raise Refused("MISSING_ARGUMENT", f"Id not specified in {_AN[job.operation]} call", [])
        known = canonical(str(id_))
        if known is None:
            raise Refused("MALFORMED_ID", f"Record ID: id value of incorrect type: {str(id_)[:80]}", ["Id"])
        record = self.store.find(job.object, known)
        if record is None:
            if known in self.store.bin[job.object]:
                raise Refused("ENTITY_IS_DELETED", "entity is deleted", [])
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        return record


_AN = {"update": "an update", "delete": "a delete", "upsert": "an upsert"}


def _value(values: dict[str, Any], name: str) -> Any:
    """The value under a name in any case."""
    return next((value for key, value in values.items() if key.lower() == name.lower()), None)
