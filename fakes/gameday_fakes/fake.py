"""What a fake is: a vendor's server whose data plane faults can break and whose control plane they cannot.

A vendor's folder holds ``manifest`` (the vendor, as everybody may know it), ``routes`` (the URL table), ``handlers``
(request to model to reply), ``models`` (records and rules, no HTTP), ``errors`` (the vendor's error bodies) and
``seed``; its ``__init__`` names the API version and the known deviations and exports ``FAKE``, a subclass of ``Fake``.
"""

from __future__ import annotations

import functools
import re
import socket
import ssl
import traceback
from collections import Counter, defaultdict
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Literal

from gameday_fakes.asgi import MAX_BODY_BYTES, Receive, Scope, Send, drop, read_body, send_reply
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError, Declared
from gameday_fakes.events import EventLog
from gameday_fakes.exchanges import Exchange, Exchanges
from gameday_fakes.fault_kinds import Heal
from gameday_fakes.holding import Holding
from gameday_fakes.http import BadBody, Reply, Request, Route, Router
from gameday_fakes.intercept import Dropped, RequestFault
from gameday_fakes.traffic import Traffic

if TYPE_CHECKING:
    from gameday_fakes.server import AnyListener

__all__ = ["MAX_BODY_BYTES", "ControlError", "Fake"]

#: A segment of a path that is a name of the API, or its version. Others may be ids, or secrets.
_NAME = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}|v?\d{1,3}(\.\d{1,2})?")


class Fake(Declared, Holding):
    """Base of all fakes: the way of a request through faults, authentication, handler, faults and history.

    Subclasses declare what the fake knows (``Declared``), write the handler methods that ``routes`` names, and override
    what follows under "for the vendor".
    """

    def __init__(self, clock: Clock, events: EventLog) -> None:
        self.clock = clock
        self.events = events
        self.seed = 0
        self.traffic = Traffic()
        self.stats: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.exchanges = Exchanges(self.name, events)
        self._router = Router(self.routes)
        self._request_faults: dict[str, RequestFault] = {}
        self._heals: dict[str, Heal] = {}
        self._faults: dict[str, dict[str, Any]] = {}

    # -- for the vendor ------------------------------------------------------------------------------

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        """The refusal of a request that proves no right to be made, or None."""
        raise NotImplementedError

    def error(self, kind: str, **context: Any) -> Reply:
        """The vendor's reply for a kind of error (``rate_limited``, ``locked``, ...). Raises KeyError."""
        raise NotImplementedError

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and the values of its names, None for one that this fake has no route for."""
        return self._router.find(request.method, request.path)

    def key_of(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request names before it is carried out; None where it names none."""
        return None

    def decorate(self, reply: Reply) -> None:
        """Add what every reply of the vendor has, such as a header of limits used."""

    def reset(self) -> None:
        """Forget all records and start from the vendor's own seed."""
        raise NotImplementedError

    async def ready_for_faults(self) -> None:
        """Check that faults may be injected now. Raises ControlError."""

    async def serve_on(self, sock: socket.socket, *, tls: ssl.SSLContext | None = None) -> AnyListener:
        """Serve the data plane on a bound socket until the listener is closed; a protocol but HTTP overrides it."""
        from gameday_fakes.server import listen  # here, because a description of the fakes needs no server

        return await listen(self, sock, tls=tls, traffic=self.traffic, lacks=self.unsupported)

    async def close(self) -> None:
        """End whatever outlives a request: connections of the fake, deliveries under way."""

    # -- faults --------------------------------------------------------------------------------------

    def inject(self, fault_id: str, params: dict[str, Any]) -> None:
        """Put a fault into force; doing it again under the same id changes nothing. Raises ControlError."""
        if fault_id in self._faults:
            return
        try:
            self.catalogue().check_rule(params)
            kind = self.all_fault_kinds()[params["kind"]]
            applied = kind.apply(self, fault_id, kind.parse(params))
        except (ValueError, KeyError, TypeError) as problem:
            raise ControlError(str(problem)) from None
        if isinstance(applied, RequestFault):
            self._request_faults[fault_id] = applied
        else:
            self._heals[fault_id] = applied
        self._faults[fault_id] = params

    def heal(self, fault_id: str) -> None:
        """Heal a fault; if there is none of that id, nothing happens."""
        self._faults.pop(fault_id, None)
        self._request_faults.pop(fault_id, None)
        heal = self._heals.pop(fault_id, None)
        if heal:
            heal()

    def faults(self) -> dict[str, dict[str, Any]]:
        """The active faults, by id."""
        return dict(self._faults)

    def hit(self, fault_id: str, operation: str, key: str | None) -> None:
        """Record that a fault took effect."""
        self.exchanges.hit(fault_id)
        self.events.append(self.name, "hit", "ok", {"fault": fault_id, "operation": operation, "order": key})

    def start_again(self, seed: int) -> None:
        """Heal everything, forget everything and take a new seed."""
        for fault_id in list(self._faults):
            self.heal(fault_id)
        self.seed = seed
        self.stats.clear()
        self.exchanges.clear()
        self.reset()
        if self.organisation_settings:
            self.configure(dict(self.organisation_settings))

    def unsupported(self, call: str) -> None:
        """Record that this fake lacks what the vendor may have; ``call`` names it, without ids and values."""
        self.events.append(self.name, "unsupported", "fail", {"call": call[:200]})

    # -- the way of a request ------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        body = await read_body(receive) if scope["type"] == "http" else None
        if body is None:
            return
        if len(body) > MAX_BODY_BYTES:
            self.stats["unknown"][413] += 1
            await send_reply(send, Reply(413, b"Request Entity Too Large", content_type=b"text/plain"))
            return
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            query_string=scope["query_string"],
            headers=dict(scope["headers"]),
            body=body,
            scheme=scope["scheme"],
        )
        try:
            reply = await self.respond(request)
        except Dropped as dropped:
            await drop(scope, receive, send, dropped)
            return
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees what the vendor would say
            traceback.print_exc()
            reply = self.error("server_error")
        self.traffic.bytes_sent += len(reply.body)
        reply.headers.append((b"date", formatdate(self.clock.wall_s(), usegmt=True).encode()))
        await send_reply(send, reply)

    async def respond(self, request: Request) -> Reply:
        """Answer a request, with all active faults. Raises Dropped where the client gets no answer."""
        row = self.find_route(request)
        if row is None:
            reply = self._unrouted(request)
            self.stats["unknown"][reply.status] += 1
            self.exchanges.note(Exchange("unknown", request, reply, self.clock.now_s()), [])
            return reply
        route, request.params = row
        hits = self.exchanges.begin()
        key = functools.partial(self._key, request, route)
        try:
            if self._request_faults:
                reply = await self._respond_under_faults(request, route)
            else:
                reply = await self.carried_out(request, route)
                self._record(request, route, reply)
        except Dropped:
            self.stats[route.operation][0] += 1
            dropped = Exchange(route.operation, request, None, self.clock.now_s(), key, route.pattern)
            self.exchanges.note(dropped, hits)
            raise
        self.decorate(reply)
        self.stats[route.operation][reply.status] += 1
        answered = Exchange(route.operation, request, reply, self.clock.now_s(), key, route.pattern)
        self.exchanges.note(answered, hits)
        return reply

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

    def _unrouted(self, request: Request) -> Reply:
        allowed = self._router.methods(request.path)
        if not allowed:
            return self.left_out(request)
        self.unrouted(request)
        reply = self.error("method_not_allowed", path=request.path)
        reply.headers.append((b"allow", ", ".join(allowed).encode()))
        return reply

    async def carried_out(self, request: Request, route: Route) -> Reply:
        """The reply to a request that no fault has answered. Raises Dropped."""
        return self._carry_out(request, route)

    def _carry_out(self, request: Request, route: Route) -> Reply:
        refusal = None if route.public else self.authenticate(request, route)
        return self.answer(request, route) if refusal is None else refusal

    def answer(self, request: Request, route: Route) -> Reply:
        """Have a request carried out that is allowed to be made."""
        try:
            reply: Reply = getattr(self, route.handler)(request)
        except BadBody as problem:
            reply = self.error("bad_body", detail=str(problem))
        return reply

    def _key(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request is about; a body that cannot be read names none, and is refused later."""
        try:
            return self.key_of(request, route)
        except BadBody:
            return None

    async def _respond_under_faults(self, request: Request, route: Route) -> Reply:
        key = self._key(request, route)
        faults = sorted((f for f in self._request_faults.values() if f.hits(route, key)), key=lambda f: f.rank)
        for fault in faults:
            if fault.acts_before:
                self.hit(fault.id, route.operation, key)
            try:
                refusal = await fault.before(request, route, key)
            except Dropped:
                self._record_refusal(route, key, 0, "connection dropped")
                raise
            if refusal is not None:
                self._record_refusal(route, key, refusal.status, refusal.error)
                return refusal
        reply = await self.carried_out(request, route)
        acting = [fault for fault in faults if fault.acts_after(reply)]
        self._record(request, route, reply, hidden=any(fault.hides_reply for fault in acting))
        for fault in acting:
            if not fault.acts_before:
                self.hit(fault.id, route.operation, key)
            other = await fault.after(request, route, key, reply)
            if other is not None:
                return other
        return reply

    def _record(self, request: Request, route: Route, reply: Reply, *, hidden: bool = False) -> None:
        """Record a business write; one whose reply is hidden from the client has an indeterminate outcome."""
        written = [(each.event, each.committed) for each in (*reply.parts, reply) if each.event is not None]
        for (f, value), committed in written:
            seen: Literal["ok", "info"] = "info" if hidden or reply.status >= 400 else "ok"
            self.events.append(self.name, f, seen if committed else "fail", value)
        if not written and route.event and reply.status >= 300:
            self._record_refusal(route, reply.key or self._key(request, route), reply.status, reply.error)

    def _record_refusal(self, route: Route, key: str | None, status: int, error: str) -> None:
        if route.event:
            value = {"deal": key, "operation": route.operation, "status": status, "error": error}
            self.events.append(self.name, route.event, "fail", value)
