"""A record's parent, and its children, under the name of the relationship.

Salesforce, "REST API Developer Guide", "Traverse Relationships with Friendly URLs".
"""

from __future__ import annotations

from urllib.parse import urlencode

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.query_handlers import QueryHandlers
from gameday_fakes.salesforce.record_handlers import RecordHandlers


class RelationshipHandlers(QueryHandlers, RecordHandlers):
    """Answers at ``.../sobjects/X/ID/RELATIONSHIP``."""

    def read_by_external_id(self, request: Request) -> Reply:
        if canonical(request.params["field"]) is None:
            return super().read_by_external_id(request)
        sobject, name = self.object_of(request), request.params["value"]
        record = self.need_record(sobject, request.params["field"])
        parent = self.model.reference_to(sobject, name)
        if parent is not None:
            id_ = record.fields[parent.name]
            if not id_ or not self.state.schema.may(parent.refers_to, "read"):
                raise Refused.of("not_found")
            return self._show(request, self.need_record(parent.refers_to, id_))
        names = {known.lower(): child for known, child in self.model.children[sobject].items()}
        child = names.get(name.lower())
        # Another name may be that of a field that holds a file.
        return self.left_out(request) if child is None else self._children(request, record, *child)

    def _children(self, request: Request, record: Record, sobject: str, reference: str) -> Reply:
        view = self.state.schema.view(sobject)
        wanted = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()]
        names = [self.state.schema.need(sobject, name)[1] for name in wanted] or [name for _, name in view.shown]
        by = view.names.get(reference)
        if by is None or not self.state.schema.may(sobject, "read"):
            raise Refused.of("not_found")
        # Every part is a name of the schema, or an id.
        statement = f"SELECT {', '.join(names)} FROM {sobject} WHERE {by} = '{record.id}'"  # noqa: S608
        query = urlencode({"q": statement}).encode()
        inner = Request("GET", request.path, query_string=query, headers=request.headers)
        inner.params = request.params
        return self.query(inner)
