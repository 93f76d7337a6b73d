"""What a fake is: a vendor's server whose data plane faults break and whose control plane they cannot.

A vendor's folder holds ``routes`` (the URL table), ``handlers`` (request to model to reply), ``models`` (records and
rules, no HTTP), ``errors`` (the vendor's error bodies) and ``seed``; its ``__init__`` names the API version and the
known deviations and exports ``FAKE``, the subclass of ``Fake``.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Literal

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import BadBody, Reply, Request, Route, Router
from gameday_fakes.intercept import HttpFault, parse_rule
from gameday_fakes.ledger import Ledger
from gameday_fakes.server import Traffic, reset

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Heal = Callable[[], None]
Apply = Callable[[str, dict[str, Any]], Heal]

MAX_BODY_BYTES = 16 * 1024 * 1024


class ControlError(ValueError):
    """A control request that cannot be carried out; the text is the whole message."""


class Dropped(Exception):
    """The connection is to be reset instead of answered."""

    def __init__(self, part: bytes = b"", reply: Reply | None = None) -> None:
        self.part = part
        self.reply = reply


class Fake:
    """Base of all fakes: the way of a request through faults, authentication, handler, faults and history.

    Subclasses give ``name``, ``role``, ``hosts`` (the vendor's host names, ``*`` for one label), ``routes`` and the
    handler methods that these name; and override what follows under "for the vendor".
    """

    name: ClassVar[str]
    role: ClassVar[Literal["crm", "erp", "pager", "tickets"]]
    hosts: ClassVar[tuple[str, ...]] = ()
    routes: ClassVar[tuple[Route, ...]] = ()

    def __init__(self, clock: Clock, events: EventLog) -> None:
        self.clock = clock
        self.events = events
        self.seed = 0
        #: How many requests are being answered at this moment.
        self.in_flight = 0
        self.traffic = Traffic()
        self.stats: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._router = Router(self.routes)
        self._http_faults: dict[str, HttpFault] = {}
        self._heal_state: dict[str, Heal] = {}
        self._faults: dict[str, dict[str, Any]] = {}

    # -- for the vendor ------------------------------------------------------------------------------

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        """The refusal of a request that proves no right to be made, or None."""
        raise NotImplementedError

    def error(self, kind: str, **context: Any) -> Reply:
        """The vendor's reply for a kind of error (``rate_limited``, ``locked``, ...). Raises KeyError."""
        raise NotImplementedError

    def error_kinds(self) -> tuple[str, ...]:
        """The kinds that ``error`` knows."""
        raise NotImplementedError

    def key_of(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request is about, as far as it says so before it is carried out."""
        raise NotImplementedError

    def decorate(self, reply: Reply) -> None:
        """Add what every reply of the vendor bears, such as a header of limits used."""

    def reset(self) -> None:
        """Forget all records and start from the vendor's own seed."""
        raise NotImplementedError

    def snapshot(self) -> Any:
        """All records, in the vendor's own shape."""
        raise NotImplementedError

    def ledger(self) -> Ledger:
        """The books in common words. Only for a CRM and an ERP."""
        raise ControlError(f"{self.name} keeps no ledger")

    def restore(self, books: Ledger) -> None:
        """Add what a ledger of this fake holds, as of the times that it says. Only for a CRM and an ERP."""
        raise ControlError(f"{self.name} keeps no ledger")

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Carry out a business operation and say the id of its record."""
        raise ControlError(f"{self.name} knows no operation {f!r}")

    def configure(self, settings: dict[str, Any]) -> None:
        """Take vendor settings."""
        if settings:
            raise ControlError(f"{self.name} knows no setting {next(iter(settings))!r}")

    def pending(self) -> int:
        """How many events of this fake are still to be delivered."""
        return 0

    async def close(self) -> None:
        """Let go of whatever outlives a request: connections of its own, deliveries under way."""

    def state_faults(self) -> Mapping[str, Apply]:
        """The vendor's own fault kinds: ``apply(fault id, params) -> undo``. Raises ControlError or ValueError."""
        return {}

    # -- faults --------------------------------------------------------------------------------------

    def inject(self, fault_id: str, params: dict[str, Any]) -> None:
        """Put a fault into force; once more under the same id changes nothing. Raises ControlError."""
        if fault_id in self._faults:
            return
        kind = str(params.get("kind", ""))
        rest = {k: v for k, v in params.items() if k != "kind"}
        vendor = self.state_faults()
        if kind != "http" and kind not in vendor:
            raise ControlError(f"{self.name} knows no fault {kind!r}; known: {', '.join(sorted(['http', *vendor]))}")
        try:
            if kind == "http":
                rule = parse_rule(params)
                if rule.action == "reply" and rule.error not in self.error_kinds():
                    raise ControlError(f"unknown error {rule.error!r}; known: {', '.join(sorted(self.error_kinds()))}")
                if not any(route.is_a(rule.operation) for route in self.routes):
                    known = sorted({route.operation for route in self.routes})
                    raise ControlError(f"unknown operation {rule.operation!r}; known: {', '.join(known)}")
                self._http_faults[fault_id] = HttpFault(fault_id, rule, self.seed)
            else:
                self._heal_state[fault_id] = vendor[kind](fault_id, rest)
        except (ValueError, KeyError, TypeError) as problem:
            raise ControlError(f"fault {kind!r} at {self.name}: {problem}") from None
        self._faults[fault_id] = params

    def heal(self, fault_id: str) -> None:
        """Take a fault out of force; one that never was is no error."""
        self._faults.pop(fault_id, None)
        self._http_faults.pop(fault_id, None)
        heal_state = self._heal_state.pop(fault_id, None)
        if heal_state:
            heal_state()

    def faults(self) -> dict[str, dict[str, Any]]:
        """The faults in force, by id."""
        return dict(self._faults)

    def hit(self, fault_id: str, operation: str, key: str | None) -> None:
        """Record that a fault struck."""
        self.events.append(self.name, "hit", "ok", {"fault": fault_id, "operation": operation, "order": key})

    def start_anew(self, seed: int) -> None:
        """Heal everything, forget everything and take a new seed."""
        for fault_id in list(self._faults):
            self.heal(fault_id)
        self.seed = seed
        self.stats.clear()
        self.reset()

    # -- the way of a request ------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        if body is None:
            return
        if len(body) > MAX_BODY_BYTES:
            self.stats["unknown"][413] += 1
            await _send(send, Reply(413, b"Request Entity Too Large", content_type=b"text/plain"))
            return
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            query_string=scope["query_string"],
            headers=dict(scope["headers"]),
            body=body,
            scheme=scope["scheme"],
        )
        self.in_flight += 1
        try:
            reply = await self.respond(request)
        except Dropped as dropped:
            await _drop(scope, receive, send, dropped)
            return
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees what the vendor would say
            traceback.print_exc()
            reply = self.error("server_error")
        finally:
            self.in_flight -= 1
        await _send(send, reply)

    async def respond(self, request: Request) -> Reply:
        """Answer a request, with all faults in force. Raises Dropped where the client gets no answer."""
        found = self._router.find(request.method, request.path)
        if found is None:
            reply = self._unrouted(request)
            self.stats["unknown"][reply.status] += 1
            return reply
        route, request.params = found
        try:
            hits_found = self._faults_hit(request, route) if self._http_faults else None
            if hits_found:
                reply = await self._with_faults(request, route, hits_found)
            else:
                reply = self._carry_out(request, route)
                self._record(request, route, reply)
        except Dropped:
            self.stats[route.operation][0] += 1
            raise
        self.decorate(reply)
        self.stats[route.operation][reply.status] += 1
        return reply

    def _unrouted(self, request: Request) -> Reply:
        allowed = self._router.methods(request.path)
        reply = self.error("method_not_allowed" if allowed else "not_found", path=request.path)
        if allowed:
            reply.headers.append((b"allow", ", ".join(allowed).encode()))
        return reply

    def _carry_out(self, request: Request, route: Route) -> Reply:
        if not route.public:
            refusal = self.authenticate(request, route)
            if refusal is not None:
                return refusal
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

    def _faults_hit(self, request: Request, route: Route) -> list[HttpFault]:
        key = self._key(request, route)
        return [fault for fault in self._http_faults.values() if fault.hits(route, key)]

    async def _with_faults(self, request: Request, route: Route, hits_found: list[HttpFault]) -> Reply:
        key = self._key(request, route)
        for fault in hits_found:
            self.hit(fault.id, route.operation, key)
        before = [f for f in hits_found if f.rule.when == "before" and f.rule.action != "truncate"]
        for fault in sorted(before, key=lambda f: f.rule.action != "delay"):
            match fault.rule.action:
                case "delay":
                    await self.clock.sleep(fault.delay_s())
                case "drop":
                    self._record_refusal(route, key, 0, "connection dropped")
                    raise Dropped
                case "reply":
                    reply = self.error(fault.rule.error, path=request.path, key=key)
                    self._record_refusal(route, key, reply.status, fault.rule.error)
                    return reply
        reply = self._carry_out(request, route)
        after = [f for f in hits_found if f not in before]
        lost = any(f.rule.action in ("drop", "truncate", "reply") for f in after)
        self._record(request, route, reply, lost=lost)
        for fault in sorted(after, key=lambda f: f.rule.action != "delay"):
            match fault.rule.action:
                case "delay":
                    await self.clock.sleep(fault.delay_s())
                case "drop":
                    raise Dropped
                case "truncate":
                    raise Dropped(reply.body[: fault.rule.bytes], reply)
                case "reply":
                    return self.error(fault.rule.error, path=request.path, key=key)
        return reply

    def _record(self, request: Request, route: Route, reply: Reply, *, lost: bool = False) -> None:
        if reply.event is not None:
            f, value = reply.event
            told: Literal["ok", "info"] = "info" if lost or reply.status >= 400 else "ok"
            self.events.append(self.name, f, told if reply.committed else "fail", value)
        elif route.event and reply.status >= 400:
            key = reply.key or self._key(request, route)
            self._record_refusal(route, key, reply.status, reply.error)

    def _record_refusal(self, route: Route, key: str | None, status: int, error: str) -> None:
        if route.event:
            value = {"deal": key, "operation": route.operation, "status": status, "error": error}
            self.events.append(self.name, route.event, "fail", value)


async def _read_body(receive: Receive) -> bytes | None:
    """The body, of which not much more than MAX_BODY_BYTES is read; None if the client left before its end.

    What has not arrived whole must not be carried out, however much like a whole request it may look.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
        size += len(part)
        if size > MAX_BODY_BYTES:
            return b"".join(parts)


async def _send(send: Send, reply: Reply) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _drop(scope: Scope, receive: Receive, send: Send, dropped: Dropped) -> None:
    """Reset the connection, after a part of the reply if there is one."""
    transport: asyncio.Transport = scope["extensions"]["gameday.transport"]
    if dropped.reply is not None:
        headers = [*dropped.reply.headers]
        await send({"type": "http.response.start", "status": dropped.reply.status, "headers": headers})
        if dropped.part:
            await send({"type": "http.response.body", "body": dropped.part, "more_body": True})
        # The part has to leave before the reset, which throws away what has not been sent.
        while transport.get_write_buffer_size():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
    reset(transport)
    while (await receive())["type"] != "http.disconnect":
        pass
