"""Each request sees the schema of the API version in its path; the parts of a batch each that of their own."""

from __future__ import annotations

import re

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.salesforce.base import SalesforceBase

_VERSION = re.compile(r"^/services/\w+/(?:u/|c/)?v?(\d{1,3})\.0(?:/|$)")


class ServedVersions(SalesforceBase):
    """Shows fields by version. Messages are rendered as the last request saw them: they have a version of their own."""

    def _carry_out(self, request: Request, route: Route) -> Reply:
        self._serve(request)
        return super()._carry_out(request, route)

    def dispatch(self, request: Request) -> Reply:
        self._serve(request)
        return super().dispatch(request)

    def _serve(self, request: Request) -> None:
        if self.state.schema.by_version and (version := _VERSION.match(request.path)):
            self.state.schema.serve(int(version[1]))
