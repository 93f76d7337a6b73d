"""Single records: create, read, update, delete, by id or by external id; and which have changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.base import SalesforceBase
from gameday_fakes.salesforce.deal_lines import deal_of
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.moments import is_after
from gameday_fakes.salesforce.render import record_json, rendered, some_fields
from gameday_fakes.salesforce.rules import with_external_id
from gameday_fakes.salesforce.versions import number_of

#: From this version on, the reply to an upsert that updates has a body.
_UPSERT_ANSWERS_SINCE = 46


class RecordHandlers(SalesforceBase):
    """Answers at ``.../sobjects/X/...``."""

    def read_record(self, request: Request) -> Reply:
        """``GET .../sobjects/X/ID``, with ``?fields=`` only those."""
        sobject = self.object_of(request)
        return self._show(request, self.need_record(sobject, request.params["id"]))

    def read_by_external_id(self, request: Request) -> Reply:
        """``GET .../sobjects/X/FIELD/VALUE``; 300 with their URLs if several records have it."""
        sobject = self.object_of(request)
        if canonical(request.params["field"]):
            # A record's id and the name of a field: what the field holds, as a file.
            return self.left_out(request)
        records = self._by_external_id(sobject, request)
        if len(records) > 1:
            return _several(records, request)
        if not records:
            raise Refused.of("not_found")
        return self._show(request, records[0])

    def create_record(self, request: Request) -> Reply:
        """``POST .../sobjects/X``."""
        record = self.writer.create(self.object_of(request, "edit"), body_of(request))
        location = f"/services/data/{request.params['version']}/sobjects/{record.object}/{record.id}"
        headers = [(b"location", location.encode())]
        return Reply.json(201, {"id": record.id, "success": True, "errors": []}, headers, key=self.deal_of(record))

    def update_record(self, request: Request) -> Reply:
        """``PATCH .../sobjects/X/ID``."""
        record = self.need_record(self.object_of(request, "edit"), request.params["id"])
        _need_unchanged(record, request)
        self.writer.update(record, body_of(request))
        return Reply(204)

    def upsert_record(self, request: Request) -> Reply:
        """``PATCH .../sobjects/X/FIELD/VALUE``: 201 created; updated 200 with a body, before version 46 204 without."""
        sobject = self.object_of(request, "edit")
        created, record = self.upsert(sobject, request.params["field"], request.params["value"], body_of(request))
        if record is None:
            return _several(self._by_external_id(sobject, request), request)
        if not created and number_of(request.params["version"]) < _UPSERT_ANSWERS_SINCE:
            return Reply(204, key=self.deal_of(record))
        body = {"id": record.id, "success": True, "errors": [], "created": created}
        return Reply.json(201 if created else 200, body, key=self.deal_of(record))

    def delete_record(self, request: Request) -> Reply:
        """``DELETE .../sobjects/X/ID``."""
        self.writer.delete(self.need_record(self.object_of(request, "edit"), request.params["id"]))
        return Reply(204)

    def delete_by_external_id(self, request: Request) -> Reply:
        """``DELETE .../sobjects/X/FIELD/VALUE``."""
        records = self._by_external_id(self.object_of(request, "edit"), request)
        if len(records) > 1:
            return _several(records, request)
        if not records:
            raise Refused.of("not_found")
        self.writer.delete(records[0])
        return Reply(204)

    def updated_records(self, request: Request) -> Reply:
        """``GET .../sobjects/X/updated?start=&end=``."""
        sobject = self.object_of(request)
        start, end = _span(request)
        return Reply.json(200, {"ids": self.updated_ids(sobject, start, end), "latestDateCovered": self.covered(end)})

    def deleted_records(self, request: Request) -> Reply:
        """``GET .../sobjects/X/deleted?start=&end=``."""
        sobject = self.object_of(request)
        start, end = _span(request)
        gone, earliest = self.deleted_in(sobject, start, end)
        found = {"deletedRecords": gone, "earliestDateAvailable": earliest, "latestDateCovered": self.covered(end)}
        return Reply.json(200, found)

    # -- used by other handlers, too -----------------------------------------------------------------

    def publish_one(self, given: dict[str, Any], name: str) -> dict[str, Any] | None:
        """The result of a record that is an event, once it is published; None for a record of an object.

        Raises Refused.
        """
        raise NotImplementedError

    def covered(self, end: str) -> str:
        """Until when a list of a span is complete: what is still to happen is not in it."""
        return min(end, self.store.now())

    def updated_ids(self, sobject: str, start: str, end: str) -> list[str]:
        """The records that have last changed within a span."""
        known = {} if sobject in self.store.unknown else self.store.tables[sobject]
        return [id_ for id_, record in known.items() if _within(record, start, end)]

    def deleted_in(self, sobject: str, start: str, end: str) -> tuple[list[dict[str, str]], str]:
        """The records that were deleted within a span, each with its id and when; and when the first of all was."""
        gone = [] if sobject in self.store.unknown else self.store.bin[sobject].values()
        earliest = min((record.fields["SystemModstamp"] for record in gone), default=start)
        within = (record for record in gone if _within(record, start, end))
        return [{"id": record.id, "deletedDate": record.fields["SystemModstamp"]} for record in within], earliest

    def need_record(self, sobject: str, id_: str) -> Record:
        """A record by its id of 15 or 18 characters. Raises Refused."""
        known = canonical(id_)
        if known is None or not known.startswith(self.model.prefixes[sobject]):
            raise Refused("NOT_FOUND", "Provided external ID field does not exist or is not accessible: Id")
        record = self.store.find(sobject, known)
        if record is None:
            if known in self.store.bin[sobject] and sobject not in self.store.unknown:
                raise Refused("ENTITY_IS_DELETED", "entity is deleted", [], status=404)
            raise Refused.of("not_found")
        return record

    def upsert(self, sobject: str, field_name: str, value: str, body: dict[str, Any]) -> tuple[bool, Record | None]:
        """Update the record with this external id, or create it: (created, record), None if several have it."""
        field = self.external_id(sobject, field_name)
        if field is None:
            record = self.need_record(sobject, value)
            self.writer.update(record, body)
            return False, record
        records = with_external_id(self.store, sobject, field, value)
        if len(records) > 1:
            return False, None
        if records:
            self.writer.update(records[0], body)
            return False, records[0]
        shown = self.state.schema.view(sobject).names[field.name]
        return True, self.writer.create(sobject, {**body, shown: value})

    def external_id(self, sobject: str, name: str) -> Field | None:
        """The external id field of this name, None for ``Id`` itself. Raises Refused."""
        known = self.state.schema.view(sobject).find(name)
        if known is not None and (known[0].external_id or known[0].type == "id"):
            return known[0] if known[0].external_id else None
        self.state.schema.note_missing(sobject, name)
        raise Refused("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")

    def deal_of(self, record: Record) -> str | None:
        """The deal of a record: itself or its parent."""
        return deal_of(self.store, record)

    def _by_external_id(self, sobject: str, request: Request) -> list[Record]:
        field = self.external_id(sobject, request.params["field"])
        if field is None:
            return [self.need_record(sobject, request.params["value"])]
        return with_external_id(self.store, sobject, field, request.params["value"])

    def _show(self, request: Request, record: Record) -> Reply:
        self.state.schema.touch(record.object)
        since = request.headers.get(b"if-modified-since")
        if since is not None and not _changed_since(record, since.decode("latin-1")):
            return Reply(304)
        _need_unchanged(record, request)
        version = request.params["version"]
        modified = (b"last-modified", rendered(record, self.state.schema).modified)
        wanted = request.query.get("fields") if request.query_string else None
        if wanted is None:
            self.state.schema.note_all(record.object)
            return Reply(200, record_json(record, self.state.schema, version), [modified])
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        fields = [self.state.schema.need(record.object, name) for name in names]
        return Reply.json(200, some_fields(record, fields, version), [modified])


def body_of(request: Request) -> dict[str, Any]:
    """The fields of a record in a body. Raises BadBody."""
    body = request.json
    if not isinstance(body, dict):
        raise BadBody("The HTTP entity body is required, but this request has no entity body.")
    return body


def _several(records: list[Record], request: Request) -> Reply:
    version = request.params["version"]
    return Reply.json(300, [f"/services/data/{version}/sobjects/{r.object}/{quote(r.id)}" for r in records])


def _changed_since(record: Record, http_date: str) -> bool:
    try:
        return is_after(record.fields["LastModifiedDate"], http_date)
    except ValueError:
        return True


def _need_unchanged(record: Record, request: Request) -> None:
    since = request.headers.get(b"if-unmodified-since")
    if since is not None and _changed_since(record, since.decode("latin-1")):
        raise Refused.of("precondition_failed")


def _span(request: Request) -> tuple[str, str]:
    try:
        start, end = (canonical_moment(request.query[name].replace(" ", "+")) for name in ("start", "end"))
    except KeyError as missing:
        raise Refused("MISSING_ARGUMENT", f"Missing required parameter: {missing.args[0]}") from None
    except ValueError as problem:
        raise Refused("INVALID_FIELD", str(problem)) from None
    if start >= end:
        raise Refused("INVALID_REPLICATION_DATE", "startDate should be before endDate")
    return start, end


def _within(record: Record, start: str, end: str) -> bool:
    return bool(start <= record.fields["SystemModstamp"] < end)
