"""Sending events to a receiver as vendors do: at least once, with growing retries, in no promised order.

The delivery faults act here: a message sent twice, held back, lost or late. Every attempt is a ``deliver``
event of the fake that sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.intercept import Selection


class RetryRules(msgspec.Struct, frozen=True):
    """When a vendor tries again: scenario seconds, doubling from the first interval to the longest.

    A message older than ``keep_s`` is dropped for good.
    """

    first_s: float
    longest_s: float
    keep_s: float
    timeout_s: float


class Message(msgspec.Struct):
    """Something to deliver. ``render`` is called at each attempt: vendors that send the latest values render anew."""

    id: str
    orders: tuple[str, ...]
    render: Callable[[], bytes]
    accepted: Callable[[httpx.Response], bool]
    content_type: str
    headers: dict[str, str] = {}


class DeliveryFault(msgspec.Struct, forbid_unknown_fields=True):
    """Parameters of the delivery kinds; see docs/interfaces.md. Durations in scenario seconds."""

    share: float = 1.0
    times: int | None = None
    copies: int = 1
    gap_s: float = 5.0
    hold_s: float = 120.0
    delay_s: float = 300.0


KINDS = ("duplicate_delivery", "reorder_delivery", "drop_delivery", "delay_delivery")

# Real sockets do not speed up with the pace: an answer needs this long even on a busy machine.
LEAST_TIMEOUT_REAL_S = 5.0

#: How many messages are under way at a time; the rest wait their turn.
CONNECTIONS = 20


class Sender:
    """One fake's outgoing events, to one URL."""

    def __init__(self, name: str, clock: Clock, events: EventLog, rules: RetryRules) -> None:
        self.url = ""
        self._name = name
        self._clock = clock
        self._events = events
        self._rules = rules
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: dict[str, tuple[str, DeliveryFault, Selection]] = {}

    def inject(self, kind: str, fault_id: str, params: dict[str, Any], seed: int) -> Callable[[], None]:
        """Put a delivery fault into force; returns what undoes it. Raises ValueError naming a bad parameter."""
        try:
            fault = msgspec.convert(params, DeliveryFault, strict=False)
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from None
        self._faults[fault_id] = (kind, fault, Selection(seed, fault_id, fault.share, fault.times))

        def heal_state() -> None:
            self._faults.pop(fault_id, None)

        return heal_state

    def send(self, message: Message) -> None:
        """Begin to deliver; returns at once."""
        if not self.url:
            return
        hits_found = self._faults_hit(message)
        if any(kind == "drop_delivery" for kind, _ in hits_found):
            return
        plain = True
        for kind, fault in hits_found:
            match kind:
                case "duplicate_delivery":
                    for copy in range(1, fault.copies + 1):
                        self._start(message, fault.gap_s * copy)
                case "delay_delivery":
                    self._start(message, fault.delay_s)
                    plain = False
                case "reorder_delivery":
                    # As first made, not as it would be rendered later: it overtakes nothing, it is overtaken.
                    frozen = message.render()
                    held = msgspec.structs.replace(message, render=lambda body=frozen: body)
                    self._start(held, fault.hold_s)
                    plain = False
        if plain:
            self._start(message, 0.0)

    def pending(self) -> int:
        """How many messages, copies included, are still to be accepted or given up."""
        return len(self._tasks)

    def reset(self) -> None:
        """Stop all deliveries and forget them and the faults."""
        self._faults.clear()
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

    def _faults_hit(self, message: Message) -> list[tuple[str, DeliveryFault]]:
        hits_found = []
        for fault_id, (kind, fault, selection) in self._faults.items():
            hit = [order for order in message.orders if selection.hits(order)]
            for order in hit:
                value = {"fault": fault_id, "operation": "deliver", "order": order}
                self._events.append(self._name, "hit", "ok", value)
            if hit:
                hits_found.append((kind, fault))
        return hits_found

    def _start(self, message: Message, after_s: float) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(message, after_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, message: Message, after_s: float) -> None:
        born_s = self._clock.now_s()
        if after_s:
            await self._clock.sleep(after_s)
        wait_s = self._rules.first_s
        attempt = 1
        while not await self._attempt(message, attempt):
            if self._clock.now_s() + wait_s - born_s > self._rules.keep_s:
                self._record(message, attempt, "fail", "given up")
                return
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, self._rules.longest_s)
            attempt += 1

    async def _attempt(self, message: Message, attempt: int) -> bool:
        headers = {"content-type": message.content_type, **message.headers}
        timeout_s = max(LEAST_TIMEOUT_REAL_S, self._clock.real_s(self._rules.timeout_s))
        # Waiting for a free connection is waiting in the sender's queue, which has no limit.
        timeout = httpx.Timeout(timeout_s, pool=None)
        try:
            reply = await self._http().post(self.url, content=message.render(), headers=headers, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._record(message, attempt, "fail", "connection refused")
            return False
        except httpx.HTTPError as problem:
            self._record(message, attempt, "info", type(problem).__name__)
            return False
        accepted = reply.status_code == 200 and message.accepted(reply)
        self._record(message, attempt, "ok" if accepted else "fail", reply.status_code)
        return accepted

    def _record(self, message: Message, attempt: int, outcome: Any, status: int | str) -> None:
        value = {"message": message.id, "deals": list(message.orders), "attempt": attempt, "status": status}
        self._events.append(self._name, "deliver", outcome, value)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
            self._client = httpx.AsyncClient(limits=limits, trust_env=False, verify=False)  # noqa: S501 - loopback
        return self._client
