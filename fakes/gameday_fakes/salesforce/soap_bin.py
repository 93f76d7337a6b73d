"""What the partner SOAP API says of deleted and changed records, and merging.

Source: SOAP API Developer Guide, "getDeleted()", "getUpdated()" and "merge()".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Request
from gameday_fakes.salesforce.collection_handlers import type_of
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.render import object_describe
from gameday_fakes.salesforce.soap_message import Message, element, moment, record_of, result
from gameday_fakes.salesforce.soap_records import SoapRecords

#: How many records may be merged into one at a time.
_MOST_MERGED = 2


class SoapBin(SoapRecords):
    """Answers ``getDeleted``, ``getUpdated`` and ``merge``."""

    def soap_span(self, _: Request, message: Message) -> str:
        """``getDeleted`` and ``getUpdated``. Raises Refused."""
        kind = self.readable(message.given.text_of("sObjectType"))
        try:
            start, end = (canonical_moment(message.given.text_of(name)) for name in ("startDate", "endDate"))
        except ValueError as problem:
            raise Refused("INVALID_REPLICATION_DATE", str(problem)) from None
        if start >= end:
            raise Refused("INVALID_REPLICATION_DATE", "startDate should be before endDate")
        if message.call == "getUpdated":
            return element(
                "result", {"ids": self.updated_ids(kind, start, end), "latestDateCovered": moment(self.covered(end))}
            )
        gone, earliest = self.deleted_in(kind, start, end)
        deleted = [{"deletedDate": moment(each["deletedDate"]), "id": each["id"]} for each in gone]
        stated = {"earliestDateAvailable": moment(earliest), "latestDateCovered": moment(self.covered(end))}
        return element("result", {"deletedRecords": deleted, **stated})

    def soap_merge(self, _: Request, message: Message) -> str:
        """``merge``: each request has its own result. Raises Refused."""
        requests = message.given.all("request")
        if not requests:
            raise Refused("MISSING_ARGUMENT", "request not specified")
        return "".join(map(self._merged, requests))

    def _merged(self, request: Any) -> str:
        try:
            winner, losers, body = self._asked(request)
            moved = self.writer.merge(winner, losers, body)
        except Refused as refused:
            errors = [{"fields": refused.fields or [], "message": refused.message, "statusCode": refused.code}]
            return result({"errors": errors, "success": False})
        for loser in losers:
            self.seeded.merged(winner.id, loser.id)
        found = {"id": winner.id, "mergedRecordIds": [loser.id for loser in losers], "success": True}
        return element("result", {**found, "updatedRelatedIds": moved})

    def _asked(self, request: Any) -> tuple[Record, list[Record], dict[str, Any]]:
        """The record that stays, those that go, and the fields that it gets. Raises Refused."""
        master = request.child("masterRecord")
        if master is None:
            raise Refused("MISSING_ARGUMENT", "masterRecord not specified", [])
        given = record_of(master)
        kind = self.readable(type_of(given))
        ids = [each.text.strip() for each in request.all("recordToMergeIds")]
        if not object_describe(kind, self.state.schema, "v60.0")["mergeable"]:
            raise Refused("INVALID_TYPE", f"{kind} cannot be merged", [])
        if not 0 < len(ids) <= _MOST_MERGED:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", f"1 to {_MOST_MERGED} records can be merged", [])
        id_ = next((str(value) for name, value in given.items() if name.lower() == "id"), "")
        winner, losers = self.need_record(kind, id_), [self.need_record(kind, each) for each in ids]
        if len({winner.id, *(loser.id for loser in losers)}) <= len(losers):
            raise Refused("INVALID_ID_FIELD", "a record cannot be merged with itself", [])
        return winner, losers, {name: each for name, each in given.items() if name.lower() not in ("id", "attributes")}
