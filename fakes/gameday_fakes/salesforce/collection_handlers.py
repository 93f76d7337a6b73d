"""Up to 200 records at a time, each with its own result inside a reply of 200."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.composite_handlers import CompositeHandlers
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.record_handlers import RecordHandlers
from gameday_fakes.salesforce.render import some_fields

#: "sObject Collections": the most records in one request, and the most ids in one read.
MOST_RECORDS = 200
#: The most runs of records of one object in a request with several objects.
MOST_CHUNKS = 10
MOST_READ = 2_000

_ROLLED_BACK = Refused(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

_One = Callable[[dict[str, Any]], dict[str, Any]]


class CollectionHandlers(CompositeHandlers, RecordHandlers):
    """Answers at ``.../composite/sobjects``."""

    def create_collection(self, request: Request) -> Reply:
        """``POST .../composite/sobjects`` ``{allOrNone, records: [{attributes: {type}, ...}]}``."""
        return self._each(request, self.create_one)

    def update_collection(self, request: Request) -> Reply:
        """``PATCH .../composite/sobjects``: the same, each record with its ``id``."""
        return self._each(request, self.update_one)

    def upsert_collection(self, request: Request) -> Reply:
        """``PATCH .../composite/sobjects/X/FIELD``: the same, each record with its external id."""
        sobject = self.object_of(request, "edit")
        return self._each(request, lambda given: self.upsert_one(sobject, request.params["field"], given))

    def delete_collection(self, request: Request) -> Reply:
        """``DELETE .../composite/sobjects?ids=A,B&allOrNone=``."""
        ids = [id_ for id_ in request.query.get("ids", "").split(",") if id_]
        if not ids:
            raise BadBody("Missing required parameter: ids")
        all_or_none = request.query.get("allOrNone", "").lower() == "true"
        return Reply.json(200, self.results([{"id": id_} for id_ in ids], self.delete_one, all_or_none=all_or_none))

    def read_collection(self, request: Request) -> Reply:
        """``GET .../composite/sobjects/X?ids=&fields=``, or ``POST`` ``{ids, fields}``: null for an unknown id."""
        sobject = self.object_of(request)
        if request.method == "POST":
            body = request.json if isinstance(request.json, dict) else {}
            ids, names = body.get("ids"), body.get("fields")
        else:
            ids, names = (request.query.get(name, "").split(",") for name in ("ids", "fields"))
        if not isinstance(ids, list) or not isinstance(names, list):
            raise BadBody("ids and fields are required")
        if len(ids) > MOST_READ:
            raise Refused("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_READ} records")
        self.state.schema.touch(sobject)
        fields = [self.state.schema.need(sobject, str(name).strip()) for name in names]
        records = (self.store.find(sobject, canonical(str(id_)) or "") for id_ in ids)
        version = request.params["version"]
        return Reply.json(200, [None if record is None else some_fields(record, fields, version) for record in records])

    def _each(self, request: Request, one: _One) -> Reply:
        body = request.json
        records = body.get("records") if isinstance(body, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise BadBody("Missing required parameter: records")
        of_path = request.params.get("object", "")
        return Reply.json(200, self.results(records, one, of_path, all_or_none=bool(body.get("allOrNone"))))

    # -- used by other handlers, too -----------------------------------------------------------------

    def create_one(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a new record, or of an event. Raises Refused."""
        published = self.publish_one(given, type_of(given))
        if published is not None:
            return published
        return _done(self.writer.create(self._object(given), given))

    def update_one(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a changed record, which is named by its id. Raises Refused."""
        fields = {name: value for name, value in given.items() if name.lower() != "id"}
        record = self.need_record(self._object(given), _id(given))
        self.writer.update(record, fields)
        return _done(record)

    def upsert_one(self, sobject: str, field: str, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a record that is changed, or new, by an external id. Raises Refused."""
        key = next((name for name in given if name.lower() == field.lower()), None)
        if key is None:
            raise Refused("MISSING_ARGUMENT", f"{field} not specified", [])
        rest = {name: value for name, value in given.items() if name != key}
        created, record = self.upsert(sobject, field, str(given[key]), rest)
        if record is None:
            raise Refused("DUPLICATE_EXTERNAL_ID", f"{field}: more than one record found for it", [])
        return {**_done(record), "created": created}

    def delete_one(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a deleted record, which is named by its id. Raises Refused."""
        record = self.store.get(canonical(given["id"]))
        if record is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        self.writer.delete(record)
        return _done(record)

    def results(
        self, records: list[dict[str, Any]], one: _One, sobject: str = "", *, all_or_none: bool
    ) -> list[dict[str, Any]]:
        """The result of each record of a request, with ``success`` and ``errors``.

        ``sobject`` is their object, unless each says its own. Raises Refused.
        """
        deals = [self.deal_named(record, sobject or type_of(record)) for record in records]
        if len(records) > MOST_RECORDS:
            message = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
            raise Refused("EXCEEDED_ID_LIMIT", message)
        chunks = len(list(itertools.groupby(records, type_of))) if not sobject else 1
        if chunks > MOST_CHUNKS:
            message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data."
            raise Refused("LIMIT_EXCEEDED", message)
        failing = self.failing_parts(deals)
        results: list[dict[str, Any]] = []
        with self.store.change() as change:
            for position, record in enumerate(records):
                results.append(self._result(record, one, failing.get(position)))
            if all_or_none and not all(result["success"] for result in results):
                change.give_up()
                rolled_back = {"success": False, "errors": _ROLLED_BACK.results()}
                results = [rolled_back if result["success"] else result for result in results]
        return results

    def _result(self, record: dict[str, Any], one: _One, failure: Refused | None) -> dict[str, Any]:
        try:
            if failure is not None:
                raise failure
            with self.store.change():
                return one(record)
        except Refused as refused:
            return {"success": False, "errors": refused.results()}

    def _object(self, record: dict[str, Any]) -> str:
        name = type_of(record)
        sobject = self.model.canonical(name)
        if not name:
            raise Refused("INVALID_TYPE", "The record's attributes do not name its type.", [])
        if sobject is None:
            raise Refused("INVALID_TYPE", f"sObject type '{name}' is not supported.", [])
        return sobject


def _done(record: Record) -> dict[str, Any]:
    return {"id": record.id, "success": True, "errors": []}


def type_of(record: dict[str, Any]) -> str:
    """The name of its object that a record gives."""
    attributes = record.get("attributes")
    named = attributes.get("type") if isinstance(attributes, dict) else None
    return named if isinstance(named, str) else ""


def _id(record: dict[str, Any]) -> str:
    id_ = record.get("id") or record.get("Id")
    if not id_:
        raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", [])
    return str(id_)
