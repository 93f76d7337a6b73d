"""Apex REST: the organisation's own endpoints below ``/services/apexrest``, from a file of the user's.

Source: Apex Developer Guide, "Exposing Apex Classes as REST Web Services" and "Apex REST Methods". An error that a
method does not catch rolls back what it has written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from gameday_fakes.endpoints import Refusal
from gameday_fakes.endpoints.running import OwnError
from gameday_fakes.endpoints.serving import OwnEndpoints
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.protocols import exact_json
from gameday_fakes.salesforce.base import SalesforceBase
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.routes import APEX
from gameday_fakes.salesforce.versions import NEWEST

_ROOT = f"/services/data/v{NEWEST}.0"
_VERBS = {"POST": "Insert", "PATCH": "Update", "DELETE": "Delete"}


class ApexHandlers(OwnEndpoints, SalesforceBase):
    """Answers at ``/services/apexrest``."""

    own_path, own_word = APEX, "Apex REST endpoint"

    def own_endpoint(self, request: Request) -> Reply:
        """One of the organisation's own endpoints."""
        with self.store.change() as change:
            reply = super().own_endpoint(request)
            if reply.error:
                change.give_up()
        return reply

    def own_records(self, request: Request) -> ApexRecords:
        return ApexRecords(self)

    def refused_endpoint(self, refusal: Refusal) -> Reply:
        return _apex_error(f"System.{refusal.sentence}" if isinstance(refusal, _OfApex) else str(refusal))

    def failed_endpoint(self, problem: OwnError) -> Reply:
        return _apex_error(f"{problem}")

    def key_of(self, request: Request, route: Route) -> str | None:
        named = self.named_by_endpoint(request, route)
        if named is not None:
            return named
        if route.handler == "own_endpoint":
            text = b" ".join((request.path.encode(), request.query_string, request.body))
            return next(iter(self.deals_in(text)), None)
        return super().key_of(request, route)


class _OfApex(Refusal):
    """A refusal with the sentence that Apex makes of it."""

    def __init__(self, refused: Refused, status: int, verb: str) -> None:
        fields = tuple(refused.fields or ())
        super().__init__(status, refused.code, refused.message, fields)
        self.sentence = (
            f"DmlException: {verb} failed. First exception on row 0; first error: {refused.code}, {refused.message}: "
            f"[{', '.join(fields)}]"
            if verb
            else f"QueryException: {refused.message}"
        )


class ApexRecords:
    """The records, read and written as a part of a composite request is."""

    def __init__(self, fake: SalesforceBase) -> None:
        self._fake = fake

    def read(self, object_name: str, id_: str) -> dict[str, Any]:
        return dict(self._call("GET", f"sobjects/{quote(object_name)}/{quote(id_)}"))

    def query(self, statement: str) -> list[dict[str, Any]]:
        page = self._call("GET", "query", query=urlencode({"q": statement}))
        rows = list(page["records"])
        while not page["done"]:
            page = self._call("GET", str(page["nextRecordsUrl"]).removeprefix(f"{_ROOT}/"))
            rows += page["records"]
        return rows

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        return str(self._call("POST", f"sobjects/{quote(object_name)}", fields)["id"])

    def update(self, object_name: str, id_: str, fields: Mapping[str, Any]) -> None:
        self._call("PATCH", f"sobjects/{quote(object_name)}/{quote(id_)}", fields)

    def upsert(self, object_name: str, field: str, value: str, fields: Mapping[str, Any]) -> str:
        path = f"sobjects/{quote(object_name)}/{quote(field)}/{quote(str(value), safe='')}"
        return str(self._call("PATCH", path, fields, verb="Upsert")["id"])

    def delete(self, object_name: str, id_: str) -> None:
        self._call("DELETE", f"sobjects/{quote(object_name)}/{quote(id_)}")

    def transform(self, object_name: str, id_: str, to: str, fields: Mapping[str, Any]) -> str:
        raise Refusal(400, "METHOD_NOT_ALLOWED", "Salesforce makes no record from another one; create it")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: str = "", verb: str = ""
    ) -> Any:
        encoded = b"" if body is None else exact_json.encode(dict(body))
        reply = self._fake.dispatch(Request(method, f"{_ROOT}/{path}", query_string=query.encode(), body=encoded))
        if reply.status >= 300:
            raise _OfApex(_refused(reply), reply.status, verb or _VERBS.get(method, ""))
        return exact_json.decode(reply.body) if reply.body else None


def _refused(reply: Reply) -> Refused:
    """The first error of a REST reply."""
    found = json.loads(reply.body or b"[]")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    message = str(first.get("message") or "more than one record has this external id")
    return Refused(str(first.get("errorCode") or "DUPLICATE_EXTERNAL_ID"), message, first.get("fields"))


def _apex_error(message: str) -> Reply:
    return Reply.json(500, [{"errorCode": "APEX_ERROR", "message": message}], error="APEX_ERROR")
