"""The part of a fake that answers at the endpoints of the user's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gameday_fakes.declared import ControlError
from gameday_fakes.endpoints.call import Records, Refusal
from gameday_fakes.endpoints.files import Endpoint, EndpointFile, EndpointRoute
from gameday_fakes.endpoints.running import OwnError, carry_out
from gameday_fakes.fake import Fake
from gameday_fakes.http import Absent, Reply, Request, Route
from gameday_fakes.organisation.model import Organisation, OrganisationError


class OwnEndpoints(Fake):
    """Answers at the endpoints of a file; the vendor's own part says how, and what records there are."""

    takes_endpoints = True
    #: Below this path they are, and what the vendor calls one of them.
    own_path: ClassVar[str]
    own_word: ClassVar[str]
    endpoint_file: ClassVar[EndpointFile | None] = None
    _again: Mapping[tuple[str, str], Endpoint] | None = None

    @classmethod
    def served(cls, organisation: Organisation) -> dict[str, Any]:
        declared = super().served(organisation)
        file = organisation.endpoints.get(cls.name)
        if file is None:
            return declared
        routes = declared.get("routes", cls.routes)
        others = (each for each in cls.absent if each.pattern != cls.own_path)
        none = Absent(cls.own_path, f"such {cls.own_word}", f"{file.path.name} has none for this method and path")
        own = cls.own_routes(file, routes)
        return {**declared, "routes": (*routes, *own), "absent": (*others, none), "endpoint_file": file}

    # -- for the vendor ------------------------------------------------------------------------------

    @classmethod
    def own_routes(cls, file: EndpointFile, routes: tuple[Route, ...]) -> tuple[EndpointRoute, ...]:
        """The routes of a file's endpoints, beside those of the vendor. Raises OrganisationError.

        A refused write is recorded by the words of what it writes.
        """
        events = {route.operation: route.event for route in routes if route.event}
        endpoints = file.run({route.operation for route in routes})
        return tuple(EndpointRoute(cls.own_path, each, event=events.get(each.operation, "")) for each in endpoints)

    def own_records(self, request: Request) -> Records:
        """The records as an endpoint reads and writes them."""
        raise NotImplementedError

    def refused_endpoint(self, refusal: Refusal) -> Reply:
        """The vendor's reply where an endpoint does not catch a refusal."""
        raise NotImplementedError

    def failed_endpoint(self, problem: OwnError) -> Reply:
        """The vendor's reply where an endpoint fails."""
        raise NotImplementedError

    # -- requests ------------------------------------------------------------------------------------

    def own_endpoint(self, request: Request) -> Reply:
        """One of the organisation's own endpoints."""
        route, given = self.find_route(request) or (None, {})
        if not isinstance(route, EndpointRoute) or self.endpoint_file is None:
            raise LookupError(request.path)
        params = {name.removeprefix("own."): value for name, value in given.items()}
        endpoint = (self._again or {}).get((route.endpoint.method, route.endpoint.path), route.endpoint)
        try:
            return carry_out(self.endpoint_file, endpoint, request, params, self.own_records(request))
        except Refusal as refusal:
            return self.refused_endpoint(refusal)
        except OwnError as problem:
            # Neither the stack's mistake nor the vendor's: a failure that comes from it proves nothing.
            self.unsupported(f"{route.endpoint.method} {route.endpoint.path}: an error in your own {problem.place}")
            return self.failed_endpoint(problem)

    def named_by_endpoint(self, request: Request, route: Route) -> str | None:
        """The value of the parameter, or of the field of the body, by which an endpoint names the deal."""
        if not isinstance(route, EndpointRoute) or not route.endpoint.deal:
            return None
        name = route.endpoint.deal
        body: Any = request.json if request.body[:1] in (b"{", b"[") else None
        fields = body if isinstance(body, dict) else {}
        value = request.params.get(f"own.{name}", request.query.get(name, fields.get(name)))
        return None if value in (None, "") else str(value)

    def start_again(self, seed: int) -> None:
        super().start_again(seed)
        if self.endpoint_file is not None:
            # What the file has kept in its own variables is forgotten too.
            try:
                endpoints = self.endpoint_file.run({route.operation for route in self.routes})
            except OrganisationError as problem:
                raise ControlError(str(problem)) from None
            self._again = {(each.method, each.path): each for each in endpoints}
