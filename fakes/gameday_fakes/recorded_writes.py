"""The business writes among a fake's requests, as the history has them."""

from __future__ import annotations

from typing import Literal

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.unrouted import Unrouted

#: A request counts as held back if it took longer than this to be carried out (scenario seconds): each takes a moment.
HELD_S = 1.0


class RecordedWrites(Unrouted):
    """Base of what carries requests out."""

    def _key(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request is about, if it names one."""
        raise NotImplementedError

    def _record(
        self, request: Request, route: Route, reply: Reply, *, hidden: bool = False, held_s: float = 0.0
    ) -> None:
        """Record a business write; one whose reply is hidden from the client has an indeterminate outcome.

        ``held_s`` is for how long faults have kept it from being carried out.
        """
        if reply.event is None and not reply.parts and not route.event:
            return
        written = [(each.event, each.committed) for each in (*reply.parts, reply) if each.event is not None]
        held = {"held_s": round(held_s, 3)} if held_s > HELD_S else {}
        for (f, value), committed in written:
            seen: Literal["ok", "info"] = "info" if hidden or reply.status >= 400 else "ok"
            self.events.append(self.name, f, seen if committed else "fail", value | held)
        if not written and route.event and reply.status >= 300:
            self._record_refusal(route, reply.key or self._key(request, route), reply.status, reply.error)

    def _record_refusal(self, route: Route, key: str | None, status: int, error: str) -> None:
        if route.event:
            value = {"deal": key, "operation": route.operation, "status": status, "error": error}
            self.events.append(self.name, route.event, "fail", value)
