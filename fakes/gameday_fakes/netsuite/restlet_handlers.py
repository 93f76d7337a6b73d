"""RESTlets: the account's own scripts at ``/app/site/hosting/restlet.nl?script=&deploy=``, from a file of the user's.

Source: Oracle's NetSuite help, "SuiteScript 2.x RESTlet Script Type", "RESTlet Status Codes and Error Message Formats".
What a script has written before it fails stays written, as each record is saved by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from gameday_fakes.endpoints import Refusal
from gameday_fakes.endpoints.files import EndpointFile, EndpointRoute
from gameday_fakes.endpoints.running import OwnError
from gameday_fakes.endpoints.serving import OwnEndpoints
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.query_handlers import MAX_PAGE
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.restlet_errors import restlet_error
from gameday_fakes.netsuite.routes import RESTLET
from gameday_fakes.organisation.model import OrganisationError
from gameday_fakes.protocols import exact_json

_METHODS = ("GET", "POST", "PUT", "DELETE")


class RestletHandlers(OwnEndpoints, NetSuiteBase):
    """Answers at ``/app/site/hosting/restlet.nl``."""

    own_path, own_word = RESTLET, "RESTlet"

    @classmethod
    def own_routes(cls, file: EndpointFile, routes: tuple[Route, ...]) -> tuple[EndpointRoute, ...]:
        found = super().own_routes(file, routes)
        for each in found:
            script = each.endpoint
            if script.method not in _METHODS or script.path.count("/") != 1 or "{" in script.path:
                hint = f"a RESTlet has a method of {', '.join(_METHODS)} and the path SCRIPT/DEPLOYMENT"
                raise OrganisationError(f"{file.path}: {script.method} {script.path} is no RESTlet", hint=hint)
        return found

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        if request.path.rstrip("/") != RESTLET or not self.endpoint_file:
            return super().find_route(request)
        script = "/".join(quote(request.query.get(name, "-"), safe="") for name in ("script", "deploy"))
        return self._router.find(request.method, f"{RESTLET}/{script}")

    def own_endpoint(self, request: Request) -> Reply:
        """One of the account's own scripts."""
        reply = super().own_endpoint(request)
        reply.parts = tuple(request.message.written)
        return reply

    def own_records(self, request: Request) -> RestletRecords:
        request.message = records = RestletRecords(self, request)
        return records

    def refused_endpoint(self, refusal: Refusal) -> Reply:
        return restlet_error(refusal.code, refusal.message)

    def failed_endpoint(self, problem: OwnError) -> Reply:
        return restlet_error("UNEXPECTED_ERROR", str(problem))

    def key_of(self, request: Request, route: Route) -> str | None:
        return self.named_by_endpoint(request, route) or super().key_of(request, route)

    def part(self, request: Request, route: Route) -> Reply:
        """Carry out a request of a script: with the rights and the rules of the account, without a signature."""
        refusal = self.forbidden(route)
        reply = self.answer(request, route) if refusal is None else refusal
        self.note_state_faults(request, route)
        if reply.event is None and route.event and reply.status >= 400:
            value = {"deal": self._key(request, route), "operation": route.operation}
            reply.event = (route.event, {**value, "status": reply.status, "error": reply.error})
            reply.committed = False
        return reply


class RestletRecords:
    """The records, read and written as by REST web services; ``written`` are the replies to what was written."""

    def __init__(self, fake: RestletHandlers, request: Request) -> None:
        self._fake = fake
        self._request = request
        self.written: list[Reply] = []

    def read(self, object_name: str, id_: str) -> dict[str, Any]:
        reply = self._call("GET", self._path(object_name, id_), query=b"expandSubResources=true")
        return dict(exact_json.decode(reply.body))

    def query(self, statement: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            place = f"limit={MAX_PAGE}&offset={len(rows)}".encode()
            path = f"{ROOT}/query/v1/suiteql"
            page = exact_json.decode(self._call("POST", path, {"q": statement}, query=place, prefer=b"transient").body)
            rows += ({name: value for name, value in row.items() if name != "links"} for row in page["items"])
            if not page["hasMore"]:
                return rows

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        return self._id(self._call("POST", self._path(object_name), fields))

    def update(self, object_name: str, id_: str, fields: Mapping[str, Any]) -> None:
        self._call("PATCH", self._path(object_name, id_), fields)

    def upsert(self, object_name: str, field: str, value: str, fields: Mapping[str, Any]) -> str:
        if field != "externalId":
            raise Refusal(400, "INVALID_KEY_OR_REF", f"records are upserted by externalId, not by {field}")
        return self._id(self._call("PUT", self._path(object_name, f"eid:{value}"), fields))

    def delete(self, object_name: str, id_: str) -> None:
        self._call("DELETE", self._path(object_name, id_))

    def transform(self, object_name: str, id_: str, to: str, fields: Mapping[str, Any]) -> str:
        return self._id(self._call("POST", f"{self._path(object_name, id_)}/!transform/{quote(to)}", fields))

    @staticmethod
    def _path(object_name: str, id_: str = "") -> str:
        path = f"{ROOT}/record/v1/{quote(object_name)}"
        return f"{path}/{quote(id_, safe=':')}" if id_ else path

    @staticmethod
    def _id(reply: Reply) -> str:
        location = next(value for name, value in reply.headers if name == b"location")
        return location.decode().rpartition("/")[2]

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: bytes = b"", prefer: bytes = b""
    ) -> Reply:
        headers = {b"host": self._request.headers.get(b"host", b"localhost")}
        request = Request(
            method,
            path,
            query_string=query,
            headers={**headers, b"prefer": prefer} if prefer else headers,
            body=b"" if body is None else exact_json.encode(dict(body)),
            scheme=self._request.scheme,
        )
        row = self._fake.find_route(request)
        if row is None:
            call = self._fake.unrouted(request)
            raise Refusal(501, "UNSUPPORTED", f"the fake of netsuite has no {call}")
        route, request.params = row
        reply = self._fake.part(request, route)
        if reply.event is not None:
            self.written.append(reply)
        if reply.status >= 400:
            first = exact_json.decode(reply.body)["o:errorDetails"][0]
            raise Refusal(reply.status, str(first["o:errorCode"]), str(first["detail"]))
        return reply
