"""Sending events to a receiver as vendors do: at least once, with growing retries, in no guaranteed order.

The delivery faults act here: a message sent twice, held back, lost or late. Every attempt is a ``deliver``
event of the fake that sends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.exchanges import Exchange, Exchanges
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Selection
from gameday_fakes.rules import DelayDelivery, DeliveryRule, DropDelivery, DuplicateDelivery, EventKind, ReorderDelivery

if TYPE_CHECKING:
    import httpx


class RetryRules(msgspec.Struct, frozen=True):
    """When a vendor retries: scenario seconds, doubling from the first interval to the longest.

    A message older than ``keep_s`` is dropped for good, as is one that was sent ``attempts`` times (0: as often as
    there is time for) or was answered with a status that is ``final``.
    """

    first_s: float
    longest_s: float
    keep_s: float
    timeout_s: float
    attempts: int = 0
    final: tuple[int, ...] = ()


class Message(msgspec.Struct):
    """Something to deliver. ``render`` is called at each attempt, with its number from 1 on, so that it holds the
    latest values; ``signed`` then makes further headers of the URL and the body.

    A reply whose status is one of ``successes`` is ``accepted`` or not; ``again`` says whether the message is sent
    again until it is. ``kinds`` says of orders what the message announces about them.
    """

    id: str
    orders: tuple[str, ...]
    render: Callable[[int], bytes]
    accepted: Callable[[httpx.Response], bool]
    content_type: str
    headers: dict[str, str] = {}
    again: bool = True
    successes: range = range(200, 201)
    kinds: Mapping[str, EventKind] = {}
    signed: Callable[[str, bytes], Mapping[str, str]] = lambda *_: {}


# Real sockets do not speed up with the pace: an answer needs this long even on a busy machine.
LEAST_TIMEOUT_REAL_S = 5.0

#: So much later than the time-out of each read, a whole reply has to have ended (real seconds).
_MARGIN_S = 1.0

#: How many messages are sent at a time; the rest wait.
CONNECTIONS = 20

#: Instead of the status of a reply: the message was accepted.
_ACCEPTED = -1


class Sender:
    """One fake's outgoing events, to one URL. ``exchanges`` are the fake's, so that messages are among them."""

    def __init__(
        self, name: str, clock: Clock, events: EventLog, rules: RetryRules, exchanges: Exchanges | None = None
    ) -> None:
        # Imported only where a fake is started, and before its first delivery, which must not wait for it.
        import httpx

        from gameday_fakes import bounded_http

        self._httpx = httpx
        self._bounded_http = bounded_http
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self.url = ""
        self._name = name
        self._clock = clock
        self._events = events
        self._exchanges = exchanges or Exchanges(name, events)
        self._rules = rules
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: dict[str, tuple[DeliveryRule, Selection]] = {}
        self._held: Counter[str] = Counter()

    def inject(self, fault_id: str, rule: DeliveryRule, seed: int) -> Callable[[], None]:
        """Inject a delivery fault; returns what heals it."""
        self._faults[fault_id] = (rule, Selection(seed, fault_id, rule.share, rule.times))

        def heal() -> None:
            self._faults.pop(fault_id, None)

        return heal

    def send(self, message: Message) -> None:
        """Begin to deliver; returns at once."""
        if not self.url:
            return
        kinds: dict[str, EventKind] = {order: message.kinds.get(order, "first") for order in message.orders}
        for after_s, fault_id, as_now in self._times(kinds):
            sent = message
            if as_now:
                # As rendered now, not later: the message is overtaken by newer ones.
                body = message.render(1)
                sent = msgspec.structs.replace(message, render=lambda _, body=body: body)
            self._start(self._deliver(sent, after_s, fault_id), fault_id)

    async def ask(self, url: str, timeout_s: float) -> tuple[int, str]:
        """What a receiver answers to an empty POST, as in a handshake: status and text; 0 if there is no answer."""
        real_s = max(LEAST_TIMEOUT_REAL_S, self._clock.real_s(timeout_s))
        try:
            reply = await self._http(real_s).post(url)
        except self._httpx.HTTPError:
            return 0, ""
        return reply.status_code, reply.text

    def deliver(self, message: Message) -> None:
        """Begin to deliver, whatever faults there are: what it is made of has been passed on before."""
        if self.url:
            self._start(self._deliver(message, 0.0, ""), "")

    def pass_on(self, kinds: Mapping[str, EventKind], deliver: Callable[[], object]) -> None:
        """Deliver what receivers fetch themselves, under the same faults: at once, later, several times or never.

        ``kinds`` says what is announced about which orders.
        """
        for after_s, fault_id, _ in self._times(kinds):
            if after_s:
                self._start(self._later(deliver, after_s, fault_id), fault_id)
            else:
                deliver()

    def allow(self, connections: int) -> None:
        """Send so many messages at a time from now on, at most CONNECTIONS."""
        self._slots = asyncio.Semaphore(min(connections, CONNECTIONS))

    def held(self) -> Mapping[str, int]:
        """How many messages and copies each fault holds back: their time has not come."""
        return self._held

    def pending(self) -> int:
        """How many messages, copies included, are still to be accepted or dropped."""
        return len(self._tasks)

    def reset(self) -> None:
        """Stop all deliveries and forget them and the faults."""
        self._faults.clear()
        self._held.clear()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def close(self) -> None:
        """Stop all deliveries and close the connections."""
        tasks = list(self._tasks)
        self.reset()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _times(self, kinds: Mapping[str, EventKind]) -> list[tuple[float, str, bool]]:
        """When a message is delivered: after how long, which fault holds it back, whether as it is now."""
        rules = self._rules_for(kinds)
        if any(isinstance(rule, DropDelivery) for _, rule in rules):
            return []
        times: list[tuple[float, str, bool]] = []
        plain = True
        for fault_id, rule in rules:
            match rule:
                case DuplicateDelivery():
                    times += [(rule.gap_s * copy, fault_id, False) for copy in range(1, rule.copies + 1)]
                case DelayDelivery():
                    times.append((rule.delay_s, fault_id, False))
                    plain = False
                case ReorderDelivery():
                    times.append((rule.hold_s, fault_id, True))
                    plain = False
        return [*times, (0.0, "", False)] if plain else times

    def _rules_for(self, kinds: Mapping[str, EventKind]) -> list[tuple[str, DeliveryRule]]:
        """The rules that affect a message, each with its fault's id; records a hit for each of its orders.

        What affects one of its orders affects the whole message.
        """
        rules = []
        for fault_id, (rule, selection) in self._faults.items():
            affected = [
                order for order, kind in kinds.items() if rule.events in ("all", kind) and selection.hits(order)
            ]
            for order in kinds if affected else ():
                value = {"fault": fault_id, "operation": "deliver", "order": order}
                self._events.append(self._name, "hit", "ok", value)
            if affected:
                rules.append((fault_id, rule))
        return rules

    def _start(self, delivering: Coroutine[Any, Any, None], held_by: str) -> None:
        if held_by:
            self._held[held_by] += 1
        task = asyncio.get_running_loop().create_task(delivering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, deliver: Callable[[], object], after_s: float, held_by: str) -> None:
        await self._clock.sleep(after_s)
        self._held[held_by] -= 1
        deliver()

    async def _deliver(self, message: Message, after_s: float, held_by: str) -> None:
        sent_s = self._clock.now_s()
        if after_s:
            await self._clock.sleep(after_s)
        if held_by:
            self._held[held_by] -= 1
        wait_s = self._rules.first_s
        attempt = 1
        while (status := await self._attempt(message, attempt)) != _ACCEPTED:
            late = self._clock.now_s() + wait_s - sent_s > self._rules.keep_s
            if late or not message.again or attempt == self._rules.attempts or status in self._rules.final:
                self._record(message, attempt, "fail", "given up")
                return
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, self._rules.longest_s)
            attempt += 1

    async def _attempt(self, message: Message, attempt: int) -> int:
        """Send a message once: the status of a reply that does not accept it, 0 without a reply."""
        headers = {"content-type": message.content_type, **message.headers}
        timeout_s = max(LEAST_TIMEOUT_REAL_S, self._clock.real_s(self._rules.timeout_s))
        hits, body = self._exchanges.begin(), b""
        try:
            # Waiting for a turn is waiting in the sender's queue, which has no limit.
            with self._clock.working():
                async with self._slots:
                    body = message.render(attempt)
                    headers |= message.signed(self.url, body)
                    reply = await self._http(timeout_s).post(self.url, content=body, headers=headers)
        except (self._httpx.ConnectError, self._httpx.ConnectTimeout):
            self._record(message, attempt, "fail", "connection refused")
            self._note(message, body, "connection refused", hits)
            return 0
        except self._httpx.HTTPError as problem:
            self._record(message, attempt, "info", type(problem).__name__)
            self._note(message, body, type(problem).__name__, hits)
            return 0
        accepted = reply.status_code in message.successes and message.accepted(reply)
        self._record(message, attempt, "ok" if accepted else "fail", reply.status_code)
        self._note(message, body, reply, hits)
        return _ACCEPTED if accepted else reply.status_code

    def _note(self, message: Message, body: bytes, outcome: httpx.Response | str, hits: list[str]) -> None:
        """Keep a message with its reply, or with why it got none, if it is one of the few that are kept."""
        request = Request(
            "POST", self._httpx.URL(self.url).path, headers={b"content-type": message.content_type.encode()}, body=body
        )
        deal = message.orders[0] if message.orders else None
        reply, problem = (None, outcome) if isinstance(outcome, str) else (_reply_of(outcome), "")
        sent = Exchange("deliver", request, reply, self._clock.now_s(), lambda: deal, problem=problem)
        self._exchanges.note(sent, hits)

    def _record(self, message: Message, attempt: int, outcome: Any, status: int | str) -> None:
        value = {"message": message.id, "deals": list(message.orders), "attempt": attempt, "status": status}
        self._events.append(self._name, "deliver", outcome, value)

    def _http(self, timeout_s: float) -> httpx.AsyncClient:
        """The client; the time that a reply may take follows the clock's pace."""
        if self._client is None:
            limits = self._httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
            inner = self._httpx.AsyncHTTPTransport(limits=limits, verify=False, trust_env=False)
            self._transport = self._bounded_http.BoundedTransport(
                inner, most_bytes=self._bounded_http.SMALL_BYTES, deadline_s=timeout_s
            )
            self._client = self._httpx.AsyncClient(transport=self._transport, trust_env=False)
        # Connecting may take as long as the whole reply; its own time-out comes first.
        self._transport.deadline_s = timeout_s + _MARGIN_S
        self._client.timeout = self._httpx.Timeout(timeout_s)
        return self._client


def _reply_of(reply: httpx.Response) -> Reply:
    """A receiver's reply in the shape of a fake's own."""
    return Reply(reply.status_code, reply.content, content_type=reply.headers.get("content-type", "").encode("latin-1"))
