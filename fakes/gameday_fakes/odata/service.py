"""Answers requests for entity sets: what all vendors' services share. A vendor overrides ``Writing``'s methods.

Sources: "OData Version 4.01. Part 1: Protocol", sections 8 to 11; "OData Version 2.0: Operations".
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from gameday_fakes.http import Reply
from gameday_fakes.odata import metadata
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.delta import changes, delta_link
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.options import Options, parse_options
from gameday_fakes.odata.paths import Step
from gameday_fakes.odata.payload import etag_of
from gameday_fakes.odata.query import choose
from gameday_fakes.odata.records import Record
from gameday_fakes.odata.writing import Writing

_PLAIN = b"text/plain;charset=utf-8"
_XML = b"application/xml"
_METHODS = {
    "collection": ("GET", "HEAD", "POST"),
    "entity": ("GET", "HEAD", "PATCH", "PUT", "MERGE", "DELETE"),
    "operation": ("GET", "POST"),
    # Whoever serves HTTP takes a batch apart.
    "batch": (),
}


class Service(Writing):
    """A service over ``records``. Times and identities are the vendor's."""

    def respond(self, call: Call) -> Reply:
        """The reply to a request. Raises ODataError, and BadBody for a body that is no JSON."""
        kind = call.resource.kind
        if call.method not in _METHODS.get(kind, ("GET", "HEAD")):
            raise ODataError("method_not_allowed", f"'{call.method}' requests are not allowed for this resource.")
        match kind:
            case "service":
                return self.reply(call, 200, metadata.service_document(self.schema, call.root))
            case "metadata":
                return self._metadata(call)
            case "operation":
                return self.operate(call)
            case "collection" if call.method == "POST":
                return self.create(call)
            case "entity" if call.method == "DELETE":
                return self.delete(call)
            case "entity" if call.method in ("PATCH", "PUT", "MERGE"):
                return self.change(call)
            case "collection" | "count":
                return self._collection(call)
            case "links":
                return self._links(call)
        return self._one(call)

    def _metadata(self, call: Call) -> Reply:
        wanted = call.params.get("$format", "") or call.header("accept")
        if "json" in wanted.lower() and "xml" not in wanted.lower() and not self.schema.is_v2:
            return self.reply(call, 200, metadata.csdl_json(self.schema))
        return Reply(200, metadata.csdl_xml(self.schema), self.headers(), content_type=_XML)

    # -- reading -------------------------------------------------------------------------------------

    def _collection(self, call: Call) -> Reply:
        steps = call.resource.steps
        of, options = steps[-1].of, parse_options(call.params, self.schema, steps[-1].of)
        if options.deltatoken:
            return self.reply(call, 200, changes(self.records, of, options, call, self.renderer(call)))
        among = None if len(steps) == 1 else self.found(steps)
        preferred = call.page_size
        size = min(preferred or self.schema.dialect.page, self.schema.dialect.page)
        # The pages of a request whose changes are to be followed all remember when it began.
        since = call.params.get("$trackchanges") or (
            str(self.records.sequence) if "track-changes" in call.preferences and not self.schema.is_v2 else None
        )
        page = choose(self.records, of, among, options, size)
        if call.resource.kind == "count":
            return Reply(200, str(page.total).encode(), self.headers(), content_type=_PLAIN)
        left = None if page.left is None else str(page.left)
        next_url = call.url(skiptoken=page.token, skip=None, top=left, trackchanges=since) if page.token else ""
        shown = self.renderer(call).collection(of, page, options, next_url)
        if since and not page.token:
            shown["@odata.deltaLink"] = delta_link(call, since)
        applied = [f"odata.maxpagesize={size}"] if preferred else []
        applied += ["odata.track-changes"] if since and "track-changes" in call.preferences else []
        headers = [(b"preference-applied", ",".join(applied).encode())] if applied else []
        return self.reply(call, 200, shown, headers)

    def _one(self, call: Call) -> Reply:
        resource = call.resource
        of, name = resource.of, resource.name
        # Options that make no sense are refused, also for a record that is not there.
        options = parse_options(call.params, self.schema, of)
        found = self.found(resource.steps)
        if not found:
            # A navigation that leads nowhere is an empty answer, not a mistake.
            return Reply(204, headers=self.headers())
        record = found[0]
        if resource.kind == "entity":
            etag = etag_of(of, record) if self.schema.has_etag(of) else ""
            if etag and call.header("if-none-match") == etag:
                return Reply(304, headers=[*self.headers(), (b"etag", etag.encode())])
            return self.document(call, 200, of, record, options)
        if resource.kind == "property":
            return self.reply(call, 200, self.renderer(call).one_property(of, record, name))
        value = record.values[name]
        if value is None:
            if not self.schema.is_v2:
                return Reply(204, headers=self.headers())
            raise ODataError("not_found", f"'{name}' has no value.")
        written = self.renderer(call).writer(of.properties[name])(value)
        text = ("true" if written else "false") if isinstance(written, bool) else str(written)
        return Reply(200, text.encode(), self.headers(), content_type=_PLAIN)

    def _links(self, call: Call) -> Reply:
        step, found = call.resource.steps[-1], self.found(call.resource.steps)
        if not found and step.is_one:
            raise ODataError("not_found", "There is no such link.")
        return self.reply(call, 200, self.renderer(call).links(step.of, found, many=not step.is_one))

    def document(
        self,
        call: Call,
        status: int,
        of: EntitySet,
        record: Record,
        options: Options,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Reply:
        """A reply with one record and its ETag."""
        shown: dict[str, Any] = self.renderer(call).entity(of, record, options)
        etag = [(b"etag", etag_of(of, record).encode())] if self.schema.has_etag(of) else []
        return self.reply(call, status, shown, [*headers, *etag])

    def found(self, steps: Sequence[Step]) -> list[Record]:
        """The records that steps lead to. Raises ODataError where one on the way, or at the end, is not there."""
        first = steps[0]
        found = self._of_step(first, list(self.records[first.of.name].records.values()) if first.key is None else [])
        for before, step in itertools.pairwise(steps):
            if not found or step.navigation is None:
                raise ODataError("not_found", f"No {before.of.type} has been found on the way.")
            found = self._of_step(step, self.records.related(before.of, found[0].values, step.navigation))
        return found

    def _of_step(self, step: Step, among: list[Record]) -> list[Record]:
        if step.key is None:
            return among
        found = self.records[step.of.name].find(step.names, step.key)
        if step.navigation is not None:
            found = [each for each in found if each in among]
        if len(found) != 1:
            raise self.not_there(step.of, step.key)
        return found
