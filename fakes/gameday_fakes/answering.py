"""The way of a request through a fake: route, faults, authentication, handler, faults again, and the history.

A request that no fault affects is answered where it arrives. One that has to wait (a delay, an event, another server)
goes on in a task of its own.
"""

from __future__ import annotations

import functools
import traceback
from collections import Counter, defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

from gameday_fakes.asgi import MAX_BODY_BYTES, Receive, Scope, Send, drop, read_body, send_reply
from gameday_fakes.clock import Abandoned, Clock
from gameday_fakes.events import EventLog
from gameday_fakes.exchanges import Exchange, Exchanges
from gameday_fakes.http import BadBody, Reply, Request, Route, router_of
from gameday_fakes.intercept import Dropped, RequestFault
from gameday_fakes.recorded_writes import RecordedWrites
from gameday_fakes.remembering import Memory, Remembered
from gameday_fakes.reply_writer import DateLine
from gameday_fakes.traffic import Traffic

#: A reply, or what gives it once what it waits for has come.
Answer = Reply | Coroutine[Any, Any, Reply]


async def _raising(dropped: Dropped) -> Reply:
    raise dropped


class Answering(RecordedWrites):
    """Base of fakes: answers requests, under the faults in their way."""

    def __init__(self, clock: Clock, events: EventLog) -> None:
        self.clock = clock
        self.events = events
        self.seed = 0
        self.traffic = Traffic()
        self.stats: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.exchanges = Exchanges(self.name, events)
        self.memory = Memory(self._key)
        self._date_line = DateLine()
        self._router = router_of(tuple(self.routes))
        self._request_faults: dict[str, RequestFault] = {}

    # -- for the vendor ------------------------------------------------------------------------------

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        """The refusal of a request that proves no right to be made, or None."""
        raise NotImplementedError

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        """As ``authenticate``, for a request whose reply is remembered: one with the same head has been answered.

        No setting has changed since, and no fault of a state is active, so only what depends on the moment and on the
        proof has to be looked at again.
        """
        return self.authenticate(request, route)

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and the values of its names, None for one that this fake has no route for."""
        return self._router.find(request.method, request.path)

    def key_of(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request names before it is carried out; None where it names none."""
        return None

    def decorate(self, reply: Reply) -> None:
        """Add what every reply of the vendor has, such as a header of limits used."""

    def lasts(self, request: Request, route: Route) -> bool:
        """Whether a good reply of a ``lasting`` route may be remembered for this request, by its headers."""
        return True

    def due(self) -> bool:
        """Carry out what has become due by the clock, and is carried out with a request; whether there was anything."""
        return False

    def accompany(self, request: Request, route: Route, reply: Reply) -> None:
        """Add what the reply to an admitted request has beside the handler's, such as what is left of a limit."""

    def carried_out(self, request: Request, route: Route) -> Answer:
        """The reply to a request that no fault has answered. What it gives, and it itself, raises Dropped."""
        return self._carry_out(request, route)

    # -- as a server ---------------------------------------------------------------------------------

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
        await self.go_on(self.begun(request), scope, receive, send)

    def begun(self, request: Request) -> Answer:
        """The reply to a request as the client will see it, or what ``go_on`` makes one of."""
        try:
            known = self.memory.get(request.head)
            answer = self.begin(request) if known is None else self._recalled(request, known)
        except Dropped as dropped:
            return _raising(dropped)
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees what the vendor would say
            traceback.print_exc()
            answer = self.error("server_error")
        return self._leaving(answer) if isinstance(answer, Reply) else answer

    async def go_on(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for a request that has ``begun``."""
        try:
            reply = answer if isinstance(answer, Reply) else await self.waited_for(answer)
        except Dropped as dropped:
            await drop(scope, receive, send, dropped)
            return
        await send_reply(send, reply)

    async def waited_for(self, answer: Coroutine[Any, Any, Reply]) -> Reply:
        """The reply to a request that has ``begun`` and had to wait for something. Raises Dropped."""
        try:
            with self.clock.working():
                return self._leaving(await answer)
        except Abandoned:
            raise Dropped from None
        except Dropped:
            raise
        except Exception:  # noqa: BLE001 - as above
            traceback.print_exc()
            return self._leaving(self.error("server_error"))

    def _leaving(self, reply: Reply) -> Reply:
        self.traffic.bytes_sent += len(reply.body)
        reply.last = self._date_line.at(self.clock.wall_s())
        return reply

    # -- the way of a request ------------------------------------------------------------------------

    async def respond(self, request: Request) -> Reply:
        """Answer a request, with all active faults. Raises Dropped where the client gets no answer."""
        answer = self.begin(request)
        return answer if isinstance(answer, Reply) else await answer

    def begin(self, request: Request) -> Answer:
        """As ``respond``: the reply, or if it has to wait for something, what gives it then."""
        row = self.find_route(request)
        if row is None:
            reply = self.refused_route(request)
            self.stats["unknown"][reply.status] += 1
            self.exchanges.note(Exchange("unknown", request, reply, self.clock.now_s()), [])
            return reply
        route, request.params = row
        if not route.lasting:
            self.memory.forget()
        affected_by = self.exchanges.begin()
        if self._request_faults:
            key = self._key(request, route)
            if faults := self._in_the_way(route, key):
                return self._waited_for(request, route, self._under(faults, request, route, key), affected_by)
        return self._completed(request, route, self.carried_out(request, route), affected_by)

    def _in_the_way(self, route: Route, key: str | None) -> list[RequestFault]:
        """The faults that hit a request, in their order."""
        faults = [fault for fault in self._request_faults.values() if fault.hits(route, key)]
        faults.sort(key=lambda fault: fault.rank)
        return faults

    def _completed(self, request: Request, route: Route, answer: Answer, affected_by: list[str]) -> Answer:
        if not isinstance(answer, Reply):
            return self._waited_for(request, route, self._recorded(request, route, answer), affected_by)
        self._record(request, route, answer)
        return self._answered(request, route, answer, affected_by)

    def _recalled(self, request: Request, known: Remembered) -> Answer:
        """The answer to a request whose reply is remembered. All but the handler sees it."""
        route, affected_by = known.route, self.exchanges.begin()
        if self._request_faults:
            key = known.about()
            if faults := self._in_the_way(route, key):
                request = request.copy()
                return self._waited_for(request, route, self._under(faults, request, route, key), affected_by)
        if is_due := self.due():
            self.memory.forget()
        refusal = None if is_due or route.public else self.authenticate_again(request, route)
        if is_due or refusal is not None:
            request = request.copy()
            request.refusal, request.is_proven = refusal, not is_due
            return self._completed(request, route, self.carried_out(request, route), affected_by)
        reply = known.reply()
        self.accompany(request, route, reply)
        self.decorate(reply)
        self.stats[route.operation][reply.status] += 1
        if affected_by:
            self._note(request, route, reply, affected_by)
        else:
            exchange = Exchange(route.operation, request, reply, self.clock.now_s(), known.deal, route.pattern)
            self.exchanges.note_good(known.kind, exchange)
        return reply

    def _answered(self, request: Request, route: Route, reply: Reply, affected_by: list[str]) -> Reply:
        self.decorate(reply)
        self.stats[route.operation][reply.status] += 1
        self._note(request, route, reply, affected_by)
        return reply

    async def _waited_for(
        self, request: Request, route: Route, answer: Coroutine[Any, Any, Reply], affected_by: list[str]
    ) -> Reply:
        if not route.lasting:
            self.memory.begins()
        try:
            reply = await answer
        except Dropped:
            self.stats[route.operation][0] += 1
            self._note(request, route, None, affected_by)
            raise
        finally:
            if not route.lasting:
                self.memory.ends()
        return self._answered(request, route, reply, affected_by)

    async def _recorded(self, request: Request, route: Route, answer: Coroutine[Any, Any, Reply]) -> Reply:
        reply = await answer
        self._record(request, route, reply)
        return reply

    def _note(self, request: Request, route: Route, reply: Reply | None, affected_by: list[str]) -> None:
        key = functools.partial(self._key, request, route)
        exchange = Exchange(route.operation, request, reply, self.clock.now_s(), key, route.pattern)
        self.exchanges.note(exchange, affected_by)

    def hit(self, fault_id: str, operation: str, key: str | None) -> None:
        """Record that a fault took effect."""
        self.exchanges.hit(fault_id)
        self.events.append(self.name, "hit", "ok", {"fault": fault_id, "operation": operation, "order": key})

    def _carry_out(self, request: Request, route: Route) -> Reply:
        if not route.public and not request.is_proven:
            request.refusal = self.authenticate(request, route)
        if request.refusal is not None:
            return request.refusal
        before = len(self.events)
        reply = self.answer(request, route)
        is_good = reply.status == 200 and reply.event is None and len(self.events) == before
        if route.lasting and is_good and request.head and self.lasts(request, route):
            self.memory.keep(request, route, reply)
        return reply

    def answer(self, request: Request, route: Route) -> Reply:
        """Have a request carried out that is allowed to be made."""
        try:
            reply: Reply = getattr(self, route.handler)(request)
        except BadBody as problem:
            reply = self.error("bad_body", path=request.path, detail=str(problem))
        return reply

    def _key(self, request: Request, route: Route) -> str | None:
        """The order or deal that a request is about; a body that cannot be read names none, and is refused later."""
        try:
            return self.key_of(request, route)
        except BadBody:
            return None

    async def _under(self, faults: Sequence[RequestFault], request: Request, route: Route, key: str | None) -> Reply:
        """The reply to a request that is affected by faults. Raises Dropped."""
        arrived_s = self.clock.now_s()
        for fault in faults:
            if fault.acts_before:
                self.hit(fault.id, route.operation, key)
            try:
                with self.exchanges.keeping_back(fault.id, route):
                    refusal = await fault.before(request, route, key)
            except Dropped:
                self._record_refusal(route, key, 0, "connection dropped")
                raise
            if refusal is not None:
                self._record_refusal(route, key, refusal.status, refusal.error)
                return refusal
        held_s, answer = self.clock.now_s() - arrived_s, self.carried_out(request, route)
        reply = answer if isinstance(answer, Reply) else await answer
        acting = [fault for fault in faults if fault.acts_after(reply)]
        self._record(request, route, reply, hidden=any(fault.hides_reply for fault in acting), held_s=held_s)
        for fault in acting:
            if not fault.acts_before:
                self.hit(fault.id, route.operation, key)
            if (other := await fault.after(request, route, key, reply)) is not None:
                return other
        return reply
