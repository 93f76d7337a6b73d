"""The API's service: the engine with Business Central's rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.documents import Documents, deal_of
from gameday_fakes.business_central.errors import refused
from gameday_fakes.business_central.posting import Posting
from gameday_fakes.business_central.schema import DOCUMENT_OF, DOCUMENTS, LINES_OF, SCHEMA
from gameday_fakes.business_central.store import CompanyStore, stored_schema
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Operation
from gameday_fakes.odata.records import Record
from gameday_fakes.odata.service import Service

#: The field that names the deal.
EXTERNAL = "externalDocumentNumber"
#: Properties of which one names the record that the other has the id of.
_PAIRS = {
    "customers": (("currencyId", "currencyCode", "currencies"),),
    "items": (("taxGroupId", "taxGroupCode", "taxGroups"),),
}


class BusinessCentralService(Service):
    """Answers requests for the company's records. ``changed`` are the documents that a request has written."""

    def __init__(self, store: CompanyStore) -> None:
        super().__init__(SCHEMA, store)
        self.store = store
        self.documents = Documents(store)
        self.posting = Posting(store, self.documents)
        #: The entity set, the record and what became of it, for the history and the webhooks.
        self.changed: list[tuple[str, Record, str]] = []

    # -- writes --------------------------------------------------------------------------------------

    def taken(
        self, of: EntitySet, body: dict[str, Any], *, creating: bool
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        given, nested = super().taken(of, body, creating=creating)
        if EXTERNAL in given:
            # As it was written: a code is kept in upper case, which the ids of a CRM may not be.
            given["_external"] = str(body[of.renamed.get(EXTERNAL, EXTERNAL)] or "")
        if of.name == "customers" and "number" in given:
            given["_written"] = str(body[of.renamed.get("number", "number")] or "")
        return given, nested

    def call_fields(self) -> None:
        """Call the fields as the active faults say."""
        renames = {name: self._renamed(name) for name in SCHEMA.sets}
        sets = {
            name: msgspec.structs.replace(of, renamed=renames[name]) if renames[name] else of
            for name, of in SCHEMA.sets.items()
        }
        self.schema = msgspec.structs.replace(SCHEMA, sets=sets)
        self.store.call(stored_schema(sets))

    def _renamed(self, name: str) -> dict[str, str]:
        state = self.store.state
        document = DOCUMENT_OF.get(name)
        return state.renamed(document, name) if document else state.renamed(name)

    def note_names(self, of: EntitySet) -> None:
        """Note that records were shown without a field, or with one under another name."""
        document = DOCUMENT_OF.get(of.name)
        for name in of.renamed:
            self.store.state.note_rename(document or of.name, name, of.name if document else "")

    def unknown_field(self, of: EntitySet, name: str) -> ODataError:
        if name in of.renamed:
            self.note_names(of)
        return super().unknown_field(of, name)

    def insert(self, of: EntitySet, given: dict[str, Any]) -> Record:
        if of.name in DOCUMENTS:
            record = self.store.add(of.name, self.documents.new_header(of.name, given))
        elif of.name in DOCUMENT_OF:
            record = self._insert_line(of, given)
        else:
            record = self._insert_master(of, given)
        self.changed.append((of.name, record, "created"))
        return record

    def _insert_line(self, of: EntitySet, given: dict[str, Any]) -> Record:
        values = self.documents.new_line(of.name, given)
        document = DOCUMENT_OF[of.name]
        self._need_required(document, (), (values,))
        record = self.store.add(of.name, values)
        self.documents.sum_up(document, values["documentId"])
        return record

    def _insert_master(self, of: EntitySet, given: dict[str, Any]) -> Record:
        values = self._linked(of, given)
        for name, each in of.properties.items():
            if each.required and not values.get(name):
                raise refused("missing_field", f"Field '{name}' must not be blank or empty.", target=name)
        for unique in ("number", "code"):
            if unique not in of.properties:
                continue
            if not values.get(unique) and unique == "number":
                values["number"] = self.store.next_number(of.name)
            if self.store.by(of.name, unique, values.get(unique)) is not None:
                text = f"The {of.type} already exists. Identification fields and values: No.='{values[unique]}'"
                raise refused("duplicate", text, target=unique)
        return self.store.add(of.name, values, requested=True)

    def _linked(self, of: EntitySet, given: dict[str, Any]) -> dict[str, Any]:
        """Values with both the id and the code of what they refer to. Raises ODataError."""
        found = dict(given)
        for id_name, code_name, to in _PAIRS.get(of.name, ()):
            record = None
            if found.get(code_name):
                if to == "currencies" and found[code_name] == self.store.local_currency:
                    found[id_name] = NO_ID
                    continue
                record = self.store.by(to, "code", found[code_name])
            elif found.get(id_name) not in (None, NO_ID):
                record = self.store.get(to, found[id_name])
            else:
                continue
            if record is None:
                raise refused("unknown_reference", f"The related {to} cannot be found.", target=id_name)
            found |= {id_name: record.values["id"], code_name: record.values["code"]}
        return found

    def inserted(self, of: EntitySet, record: Record) -> None:
        if of.name in DOCUMENTS:
            record = self.documents.sum_up(of.name, record.values["id"])
            self._need_required(of.name, (record.values,), ())

    def update(self, of: EntitySet, record: Record, given: dict[str, Any]) -> Record:
        id_ = record.values.get("id", "")
        if of.name in DOCUMENTS:
            values = self.documents.changed_header(of.name, record, given)
            self._need_required(of.name, (values,), ())
            self.store.put(of.name, values)
            record = self.documents.sum_up(of.name, id_)
        elif of.name in DOCUMENT_OF:
            values = self.documents.changed_line(of.name, record, given)
            self._need_required(DOCUMENT_OF[of.name], (), (values,))
            record = self.store.put(of.name, self.store.stamped(values))
            self.documents.sum_up(DOCUMENT_OF[of.name], values["documentId"])
            record = self.store[of.name].records[id_,]
        else:
            record = self.store.put(of.name, self.store.stamped({**record.values, **self._linked(of, given)}))
        self.changed.append((of.name, record, "updated"))
        return record

    def remove(self, of: EntitySet, record: Record) -> None:
        values = record.values
        if of.name in ("salesInvoices", "salesCreditMemos") and values["status"] != "Draft":
            raise refused("dialog", "You cannot delete a posted document.")
        if of.name in ("customers", "items"):
            self._need_unused(of, values)
        super().remove(of, record)
        if of.name in DOCUMENT_OF and self.store.get(DOCUMENT_OF[of.name], values["documentId"]) is not None:
            self.documents.sum_up(DOCUMENT_OF[of.name], values["documentId"])
        self.changed.append((of.name, record, "deleted"))

    def _need_unused(self, of: EntitySet, values: Mapping[str, Any]) -> None:
        """Raises ODataError for a customer or an item that documents refer to."""
        names, property_ = (LINES_OF.values(), "itemId") if of.name == "items" else (DOCUMENTS, "customerId")
        if any(self.store.by(name, property_, values["id"]) is not None for name in names):
            kind = "Item" if of.name == "items" else "Customer"
            text = f"You cannot delete {kind} {values['number']} because there is at least one outstanding document"
            raise refused("dialog", f"{text} that includes this {kind.lower()}.")

    def act(self, operation: Operation, record: Record | None, given: Mapping[str, Any]) -> Any:
        if record is None:
            raise refused("not_found")
        self.posting.act(operation, record)
        self.changed += [(name, written, "updated") for name, written in self.posting.written]
        if operation.name == "shipAndInvoice":
            self.changed.append(("salesOrders", record, "deleted"))

    # -- refusals ------------------------------------------------------------------------------------

    def _need_required(
        self, name: str, headers: tuple[Mapping[str, Any], ...], lines: tuple[Mapping[str, Any], ...]
    ) -> None:
        """Raises ODataError for a document without a field that a fault has made mandatory."""
        state = self.store.state
        if not state.required:
            return
        lacking = [each for header in headers for each in state.lacks(name, _as_body(header))]
        if lines:
            within = [_as_body(line) for line in lines]
            # A rule about the document itself is not about its lines.
            header = {rule.field: "given" for rule in state.required.values()}
            lacking += state.lacks(name, header, within)
        if lacking:
            text = f"{lacking[0]} must have a value in Sales Header. It cannot be zero or empty."
            raise refused("missing_value", text, target=lacking[0])


def _as_body(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values in which a reference to nothing, like an empty code, counts as absent."""
    return {name: "" if value == NO_ID else value for name, value in values.items()}


def deal_of_document(store: CompanyStore, name: str, record: Record) -> str:
    """The deal of a document, or of the document of a line; empty for any other record."""
    if name not in DOCUMENTS and name not in DOCUMENT_OF:
        return ""
    if name in DOCUMENT_OF:
        parent = store.get(DOCUMENT_OF[name], record.values["documentId"])
        return deal_of(parent) if parent is not None else ""
    return deal_of(record)
