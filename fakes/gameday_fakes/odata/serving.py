"""A fake over the engine: its URL table, and the way of a request from HTTP to the service and back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from typing import ClassVar
from urllib.parse import unquote

from gameday_fakes.fake import Fake
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.odata import multipart
from gameday_fakes.odata.batch import Batch, json_document, path_below, read_json
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.odata.multipart import Part
from gameday_fakes.odata.paths import Resource, parse_path
from gameday_fakes.odata.service import Service

#: What a route is found by: the method, the kind of resource, the entity set and the operation on it.
RouteKey = tuple[str, str, str, str]

_NAME = re.compile(r"\w+|\*")


class Place:
    """Where a request is: the path of the service's root, what is between it and the entity set, and the rest.

    ``service`` is the name of the service, where a vendor has several.
    """

    __slots__ = ("base", "path", "root", "service")

    def __init__(self, root: str, path: str, base: str = "", service: str = "") -> None:
        self.root = root
        self.path = path
        self.base = base
        self.service = service


class Target:
    """What a request means: where it is, and its resource or why it has none."""

    __slots__ = ("place", "resource")

    def __init__(self, place: Place, resource: Resource | ODataError) -> None:
        self.place = place
        self.resource = resource


def routes_by_key(
    schema: Schema,
    prefix: str,
    subjects: Mapping[str, str],
    events: Mapping[str, str],
    operations: Mapping[str, str],
) -> dict[RouteKey, Route]:
    """The URL table of a service below a prefix.

    ``subjects`` are what the records of an entity set are called in fault operations, else ``record``; ``events`` the
    history's word for a write of a subject; ``operations`` the subjects of operations by name.
    """
    found: dict[RouteKey, Route] = {
        ("GET", "service", "", ""): Route("GET", prefix or "/", "metadata", "odata"),
        ("GET", "metadata", "", ""): Route("GET", f"{prefix}/$metadata", "metadata", "odata"),
        ("POST", "batch", "", ""): Route("POST", f"{prefix}/$batch", "batch", "batch"),
    }
    for of in schema.sets.values():
        subject = subjects.get(of.name, "record")
        event = events.get(subject, "")
        read, write = f"{subject}.read", f"{subject}.write"
        many, one = f"{prefix}/{of.name}", f"{prefix}/{of.name}({{key}})"
        rows = [("GET", "collection", many), ("GET", "count", f"{many}/$count"), ("GET", "entity", one)]
        rows += [("GET", "property", f"{one}/{{property}}"), ("GET", "value", f"{one}/{{property}}/$value")]
        rows.append(("GET", "links", f"{many}/{'$links' if schema.is_v2 else '$ref'}"))
        for method, kind, pattern in rows:
            # A subscription lapses by itself.
            lasting = kind == "entity" and subject != "subscription"
            found[method, kind, of.name, ""] = Route(method, pattern, read, "odata", lasting=lasting)
        writes = [("POST", "collection", many)] if of.creatable else []
        changes = ("MERGE", "PATCH", "PUT") if schema.is_v2 else ("PATCH", "PUT")
        writes += [(method, "entity", one) for method in changes if of.updatable]
        writes += [("DELETE", "entity", one)] if of.deletable else []
        for method, kind, pattern in writes:
            found[method, kind, of.name, ""] = Route(method, pattern, write, "odata", event=event)
    for each in schema.operations:
        subject = operations.get(each.name, "record")
        name = each.name if schema.is_v2 else f"{schema.namespace}.{each.name}"
        pattern = f"{prefix}/{each.on}({{key}})/{name}" if each.on else f"{prefix}/{each.name}"
        act = "read" if each.method == "GET" else "write"
        route = Route(each.method, pattern, f"{subject}.{act}", "odata", event=events.get(subject, ""))
        found[each.method, "operation", each.on, each.name] = route
    return found


class ODataFake(Fake):
    """Base of the fakes that serve entity sets."""

    #: The service's routes by what they are found by; ``routes`` has them too. Not for a vendor with several services.
    by_key: ClassVar[Mapping[RouteKey, Route]]
    service: Service

    # -- for the vendor ------------------------------------------------------------------------------

    def place(self, path: str) -> Place | None:
        """Where a raw path is in the service, None for one that is outside of it."""
        raise NotImplementedError

    def service_at(self, place: Place) -> tuple[Service, Mapping[RouteKey, Route]]:
        """The service at a place and its routes; a vendor with several services overrides it."""
        return self.service, self.by_key

    def refusal(self, problem: ODataError) -> Reply:
        """The vendor's reply for what the engine refuses."""
        raise NotImplementedError

    def carried(self, request: Request, route: Route, call: Call) -> Reply:
        """Have the service answer a request; the vendor adds what becomes an event. Raises ODataError."""
        return self.service_at(request.message.place)[0].respond(call)

    def note_names(self, of: EntitySet) -> None:
        """Note that a request met an entity set with fields that active faults hide or call otherwise."""

    def allowed(self, request: Request, route: Route) -> Reply | None:
        """The refusal of a part of a batch that may not be carried out, although the batch may be sent; or None."""
        return None

    # -- routes --------------------------------------------------------------------------------------

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        place = self.place(request.path)
        if place is None:
            return super().find_route(request)
        tunnelled = request.header("x-http-method") if request.method == "POST" else ""
        if tunnelled in ("MERGE", "PATCH", "PUT", "DELETE"):
            request.method = tunnelled
        resource: Resource | ODataError
        schema = self.service_at(place)[0].schema
        try:
            resource = parse_path(place.path, schema)
        except ODataError as problem:
            # An entity set that the fake lacks is missing in the fake; a mistake below one that it has is the client's.
            first = unquote(place.path.strip("/").partition("/")[0]).partition("(")[0]
            if first not in schema.sets and schema.operation(first) is None:
                return None
            resource = problem
        request.message = target = Target(place, resource)
        return self._route_of(request.method, target), {}

    def _route_of(self, method: str, target: Target) -> Route:
        resource = target.resource
        method = "GET" if method == "HEAD" else method
        if isinstance(resource, ODataError):
            return Route(method, "/{path}", "record.read" if method == "GET" else "record.write", "odata")
        of = resource.steps[-1].of.name if resource.steps else ""
        name = resource.operation.name if resource.operation else ""
        known = self.service_at(target.place)[1].get((method, resource.kind, of, name))
        # The service refuses what has no route, in the vendor's words.
        return known or Route(method, f"/{of}", "record.write" if method != "GET" else "record.read", "odata")

    # -- requests ------------------------------------------------------------------------------------

    def odata(self, request: Request) -> Reply:
        """Any request of the service but a batch."""
        target: Target = request.message
        if isinstance(target.resource, ODataError):
            return self.refusal(target.resource)
        try:
            route = self._route_of(request.method, target)
            reply = self.carried(request, route, self.call_of(request, target.place, target.resource))
        except ODataError as problem:
            if problem.of is not None and problem.of.renamed:
                self.note_names(problem.of)
            return self.refusal(problem)
        if "$expand" in request.query and target.resource.steps:
            schema = self.service_at(target.place)[0].schema
            for of in _expanded(target.resource.steps[-1].of, request.query["$expand"], schema):
                if of.renamed:
                    self.note_names(of)
        return reply

    def call_of(self, request: Request, place: Place, resource: Resource) -> Call:
        """A request as the service sees it."""
        return Call(
            request.method,
            resource,
            root=f"{request.base_url}{place.root}",
            base=place.base,
            path=place.path,
            params=request.query,
            header=request.header,
            body=lambda: request.json,
        )

    def batch(self, request: Request) -> Reply:
        """A batch of requests."""
        target: Target = request.message
        service, media_type = self.service_at(target.place)[0], request.header("content-type")
        schema = service.schema
        is_json = media_type.lower().startswith("application/json") and not schema.is_v2
        most = schema.dialect.most_in_batch
        try:
            parts = read_json(request.json, most) if is_json else multipart.read(request.body, media_type, most)
        except ODataError as problem:
            return self.refusal(problem)
        prefer = request.header("prefer").lower().replace(" ", "")
        goes_on = "continue-on-error" in prefer and "continue-on-error=false" not in prefer
        batch = Batch(
            service.records,
            lambda part: self._part(request, target.place, part),
            self.refusal,
            # Version 2 has no preference: each part is carried out.
            goes_on=goes_on or schema.is_v2 or not schema.dialect.stops_at_error,
            whole=request.header("isolation").lower() in ("snapshot", "odata.snapshot"),
        )
        answers = batch.run(parts)
        headers = service.headers()
        if is_json:
            reply = Reply.json(200, json_document(answers, parts), headers)
        else:
            boundary = f"batchresponse_{secrets.token_hex(8)}"
            body = multipart.write(answers, boundary)
            media = f"multipart/mixed; boundary={boundary}".encode()
            reply = Reply(202 if schema.is_v2 else 200, body, headers, content_type=media)
        # Of a change set that failed, nothing has been carried out.
        reply.parts = tuple(each for _, each, _ in answers)
        return reply

    def _part(self, outer: Request, place: Place, part: Part) -> Reply:
        """The reply to one request of a batch."""
        try:
            path, query, is_whole = path_below(part.url, place.root)
        except ODataError as problem:
            return self.refusal(problem)
        given = {name: outer.header(name) for name in ("host", "authorization", "accept")} | part.headers
        request = Request(
            part.method,
            f"{place.root}{'' if is_whole else place.base}{path}",
            query_string=query.encode("latin-1", "replace"),
            headers={
                name.encode("latin-1", "replace"): text.encode("latin-1", "replace") for name, text in given.items()
            },
            body=part.body,
            scheme=outer.scheme,
        )
        found = self.find_route(request)
        if found is None or found[0].handler == "batch":
            return self.refusal(ODataError("unknown_resource", f"Resource not found for the segment '{path[:80]}'."))
        route, request.params = found
        refused = self.allowed(request, route)
        if refused is not None:
            return refused
        try:
            return self.odata(request)
        except BadBody as problem:
            return self.error("bad_body", detail=str(problem))


def all_routes(by_key: Mapping[RouteKey, Route], *others: Route) -> tuple[Route, ...]:
    """The routes of a service and others, each once."""

    def each() -> Iterator[Route]:
        seen = set()
        for route in (*by_key.values(), *others):
            if (route.method, route.pattern) not in seen:
                seen.add((route.method, route.pattern))
                yield route

    return tuple(each())


def _expanded(of: EntitySet, text: str, schema: Schema) -> Iterator[EntitySet]:
    """The entity sets whose records an expansion shows, each once."""
    words, seen, waiting = {*_NAME.findall(text)}, {of.name}, [of]
    while waiting:
        for way in waiting.pop().navigations.values():
            if way.to not in seen and (way.name in words or "*" in words):
                seen.add(way.to)
                waiting.append(schema.sets[way.to])
                yield schema.sets[way.to]
