"""Requests for what a fake does not have: they are recorded, and answered with the reason."""

from __future__ import annotations

import re
from typing import Any

from gameday_fakes.declared import Declared
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Router

#: A segment of a path that is a name of the API, or its version. Others may be ids, or secrets.
_NAME = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}|v?\d{1,3}(\.\d{1,2})?")


class Unrouted(Declared):
    """Base of what has a table of URLs."""

    events: EventLog
    _router: Router

    def error(self, kind: str, **context: Any) -> Reply:
        """The vendor's reply for a kind of error (``rate_limited``, ``locked``, ...). Raises KeyError."""
        raise NotImplementedError

    def unsupported(self, call: str) -> None:
        """Record that this fake lacks what the vendor may have; ``call`` names it, without ids and values."""
        self.events.append(self.name, "unsupported", "fail", {"call": call[:200]})

    def unrouted(self, request: Request) -> str:
        """Record a request that has no route, and return its method and its path without ids."""
        segments = (part if not part or _NAME.fullmatch(part) else "..." for part in request.path.split("/"))
        call = f"{request.method[:20]} {'/'.join(segments)}"
        self.unsupported(call)
        return call

    def left_out(self, request: Request) -> Reply:
        """Answer a call to what the fake leaves out on purpose, and which another route would take otherwise."""
        # Not the vendor's "not found": that would look like a mistake in the data.
        message = self.missing(request.path, self.unrouted(request))
        return Reply.json(501, {"error": "unsupported", "message": message}, error="unsupported")

    def refused_route(self, request: Request) -> Reply:
        """Answer a request that has no route."""
        allowed = self._router.methods(request.path)
        if not allowed:
            return self.left_out(request)
        self.unrouted(request)
        reply = self.error("method_not_allowed", path=request.path)
        reply.headers.append((b"allow", ", ".join(allowed).encode()))
        return reply
