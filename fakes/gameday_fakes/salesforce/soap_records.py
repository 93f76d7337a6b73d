"""Records over the partner SOAP API: create, update, upsert, delete and retrieve.

Source: SOAP API Developer Guide, "Core Calls". That a call is refused as a whole for an element that is no field of its
object is what clients report; the guide does not say it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gameday_fakes.http import Request
from gameday_fakes.salesforce.collection_handlers import MOST_READ, CollectionHandlers, type_of
from gameday_fakes.salesforce.errors import Refused, no_such_column
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.render import some_fields
from gameday_fakes.salesforce.soap_message import WRITES, Message, Moments, element, result, sobject


class SoapRecords(CollectionHandlers):
    """What the calls about records answer."""

    # -- records -------------------------------------------------------------------------------------

    def soap_write(self, _: Request, message: Message) -> str:
        """The results of ``create``, ``update``, ``upsert`` or ``delete``. Raises Refused."""
        records = message.records
        if WRITES[message.call] == "sObjects":
            for record in records:
                self._need_fields(record)
        field = message.given.text_of("externalIDFieldName")
        calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "create": self.create_one,
            "update": self.update_one,
            "delete": self.delete_one,
            "undelete": self.undelete_one,
            "emptyRecycleBin": self.purge_one,
            "upsert": lambda record: self._soap_upsert(field, record),
        }
        one = calls[message.call]

        def carried_out(record: dict[str, Any]) -> dict[str, Any]:
            try:
                return one(record)
            except Refused as refused:
                raise refused.of_record or refused from None

        found = self.results(records, carried_out, all_or_none=message.all_or_none)
        if message.call == "upsert":
            found = [{"created": False, **each} for each in found]
        return "".join(map(result, found))

    def undelete_one(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a record that is taken out of the bin. Raises Refused."""
        record = self._in_bin(given["id"])
        self.writer.undelete(record)
        return {"id": record.id, "success": True, "errors": []}

    def purge_one(self, given: dict[str, Any]) -> dict[str, Any]:
        """The result of a record that is deleted for good. Raises Refused."""
        record = self._in_bin(given["id"])
        # A deal stays there: what the ledger says of it has to be known until the end of the run.
        if record.object not in (self.deal_objects[0], "Opportunity"):
            with self.store.change():
                self.store.purge(record)
        return {"id": record.id, "success": True, "errors": []}

    def _in_bin(self, given: str) -> Record:
        """A deleted record by its id. Raises Refused."""
        id_ = canonical(given) or ""
        kind = self.model.object_of.get(id_[:3])
        record = self.store.bin[kind].get(id_) if kind is not None else None
        if record is None:
            if self.store.get(id_) is not None:
                raise Refused("UNDELETE_FAILED", "Entity is not in the recycle bin", [])
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        return record

    def _soap_upsert(self, field: str, record: dict[str, Any]) -> dict[str, Any]:
        kind = str(self.model.canonical(type_of(record)))
        if field.lower() != "id" or any(name.lower() == "id" for name in record):
            return self.upsert_one(kind, field, record)
        return {**self.create_one(record), "created": True}

    def _need_fields(self, record: dict[str, Any]) -> None:
        """Raise Refused, for the whole call, if a record has an element that is no field of its object."""
        name = type_of(record)
        if self.model.event(name) is not None:
            return
        kind = self.readable(name)
        for field, value in record.items():
            if field == "attributes":
                continue
            if isinstance(value, dict):
                known = self.model.reference_to(kind, field) is not None
            else:
                known = self.state.schema.named(kind, field) is not None
            if not known:
                self.state.schema.note_missing(kind, field)
                raise Refused("INVALID_FIELD", no_such_column(field, kind))

    def readable(self, name: str) -> str:
        """An object that the user may read. Raises Refused."""
        kind = self.model.canonical(name)
        if kind is None:
            self.unsupported(f"object {name[:80]}")
        if kind is None or not self.state.schema.may(kind, "read"):
            message = f"sObject type '{name}' is not supported." if name else "Must send a concrete entity type."
            raise Refused("INVALID_TYPE", message)
        return kind

    def soap_retrieve(self, request: Request, message: Message) -> str:
        """The records of these ids. Raises Refused."""
        kind = self.readable(message.given.text_of("sObjectType"))
        ids = [each.text.strip() for each in message.given.all("ids")]
        if len(ids) > MOST_READ:
            raise Refused("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_READ} records")
        names = [name.strip() for name in message.given.text_of("fieldList").split(",") if name.strip()]
        fields = [self.state.schema.need(kind, name) for name in names]
        self.state.schema.touch(kind)
        moments, found = self.moments(), []
        for id_ in ids:
            known = canonical(id_)
            if known is None:
                raise Refused("MALFORMED_ID", f"malformed id {id_[:80]}")
            record = self.store.find(kind, known)
            if record is None:
                found.append(element("result", None))
                continue
            row = some_fields(record, fields, f"v{request.params['version']}")
            found.append(sobject(row, moments, "result", record.id))
        return "".join(found)

    def moments(self) -> Moments:
        """Which fields are moments now."""

        def of(name: str) -> frozenset[str] | None:
            if name not in self.model.objects:
                return None
            return frozenset(shown for field, shown in self.state.schema.view(name).shown if field.type == "datetime")

        return Moments(of)
