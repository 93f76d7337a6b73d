"""Sending events as vendors do: again until accepted, and what the delivery faults make of it.

Over real sockets, on a clock that moves only when the test says so.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import httpx
import msgspec
import pytest

from gameday_fakes.clock import Clock
from gameday_fakes.delivery import Message, RetryRules, Sender
from gameday_fakes.events import EventLog
from gameday_fakes.registry import catalogue_of
from gameday_fakes.rules import DeliveryRule, EventKind
from gameday_fakes.server import LOOPBACK, bind, listen
from support.rows import rows

KINDS = ("duplicate_delivery", "reorder_delivery", "drop_delivery", "delay_delivery")


def rule(kind: str, **params: Any) -> DeliveryRule:
    """A delivery rule as the control plane reads it."""
    return msgspec.convert({"kind": kind, **params}, DeliveryRule)


RULES = RetryRules(first_s=15.0, longest_s=60.0, keep_s=300.0, timeout_s=60.0)


class ManualClock(Clock):
    """Scenario time as the test sets it; sleepers wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def now_s(self) -> float:
        return self._now_s

    async def sleep(self, scenario_s: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_s + scenario_s, next(self._numbers), woken))
        await woken

    async def to_next_sleeper(self) -> float:
        """Wait until somebody sleeps, then move to when the first one wakes; how long that was."""
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[2].done()]
        while not self._sleepers:
            await asyncio.sleep(0)
        before_s = self._now_s
        heapq.heapify(self._sleepers)
        self._now_s, _, woken = heapq.heappop(self._sleepers)
        woken.set_result(None)
        return self._now_s - before_s


class Bench:
    """A sender, and a receiver that answers with the statuses it is given, then with 200."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.events = EventLog(self.clock)
        self.sender = Sender("crm", self.clock, self.events, RULES)
        self.received: asyncio.Queue[str] = asyncio.Queue()
        self.statuses: list[int] = []
        self.values: dict[str, str] = {}

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        self.received.put_nowait((await receive())["body"].decode())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            scope["extensions"]["gameday.transport"].abort()
            return
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"yes"})

    def send(self, name: str, *orders: str, kinds: Mapping[str, EventKind] = MappingProxyType({})) -> None:
        """Send a message that says what the order's value is at each attempt."""

        def render(_: int) -> bytes:
            return f"{name}={self.values.get(name, 'as made')}".encode()

        self.sender.send(
            Message(
                id=name,
                orders=orders or (name,),
                render=render,
                accepted=lambda reply: reply.content == b"yes",
                content_type="text/plain",
                kinds=kinds,
            )
        )

    async def next(self) -> str:
        """What arrives next."""
        return await asyncio.wait_for(self.received.get(), timeout=20)

    async def settled(self) -> list[dict[str, Any]]:
        """What was recorded, once nothing is to be delivered any more."""
        while self.sender.pending():
            await asyncio.sleep(0)
        return self.recorded("deliver")

    def recorded(self, f: str) -> list[dict[str, Any]]:
        """The events of one kind, with their outcome."""
        return [{"outcome": e.outcome, **e.value} for e in self.events.after(0) if e.f == f]

    def inject(self, kind: str, **params: Any) -> Callable[[], None]:
        """Inject a delivery fault."""
        return self.sender.inject("f1", rule(kind, **params), seed=7)


def on_bench(act: Callable[[Bench], Awaitable[None]]) -> None:
    """Run a test's body against a receiver that listens."""

    async def run() -> None:
        bench = Bench()
        listener = await listen(bench, bind(LOOPBACK, 0))
        bench.sender.url = f"http://{LOOPBACK}:{listener.port}/"
        try:
            await act(bench)
        finally:
            await bench.sender.close()
            await listener.close()

    asyncio.run(run())


def test_an_accepted_message_is_sent_once() -> None:
    async def act(bench: Bench) -> None:
        bench.send("a")
        assert await bench.next() == "a=as made"
        assert await bench.settled() == [{"outcome": "ok", "message": "a", "deals": ["a"], "attempt": 1, "status": 200}]

    on_bench(act)


def test_nothing_is_sent_without_an_address() -> None:
    async def act(bench: Bench) -> None:
        bench.sender.url = ""
        bench.send("a")
        assert (bench.sender.pending(), bench.recorded("deliver")) == (0, [])

    on_bench(act)


def test_waits_double_from_the_first_to_the_longest() -> None:
    async def act(bench: Bench) -> None:
        bench.statuses = [500] * 4
        bench.send("a")
        waits = []
        for _ in range(4):
            await bench.next()
            waits.append(await bench.clock.to_next_sleeper())
        assert waits == [15, 30, 60, 60]
        assert [one["attempt"] for one in await bench.settled()] == [1, 2, 3, 4, 5]

    on_bench(act)


def test_a_retry_is_rendered_again() -> None:
    async def act(bench: Bench) -> None:
        bench.statuses = [500]
        bench.send("a")
        assert await bench.next() == "a=as made"
        bench.values["a"] = "as it is"
        await bench.clock.to_next_sleeper()
        assert await bench.next() == "a=as it is"

    on_bench(act)


def test_a_message_too_old_is_given_up() -> None:
    async def act(bench: Bench) -> None:
        bench.statuses = [500] * 100
        bench.send("a")
        while bench.sender.pending():
            await bench.next()
            waiting = asyncio.ensure_future(bench.clock.to_next_sleeper())
            while bench.sender.pending() and not waiting.done():
                await asyncio.sleep(0)
            waiting.cancel()
        last = bench.recorded("deliver")[-1]
        assert (last["outcome"], last["status"]) == ("fail", "given up")
        assert bench.clock.now_s() <= RULES.keep_s

    on_bench(act)


def test_a_receiver_that_is_not_there_is_a_failure() -> None:
    async def act(bench: Bench) -> None:
        sock = bind(LOOPBACK, 0)
        bench.sender.url = f"http://{LOOPBACK}:{sock.getsockname()[1]}/"
        bench.send("a")
        await bench.clock.to_next_sleeper()
        sock.close()
        (first, *_) = bench.recorded("deliver")
        assert (first["outcome"], first["status"]) == ("fail", "connection refused")

    on_bench(act)


def test_without_a_reply_the_outcome_is_indeterminate() -> None:
    async def act(bench: Bench) -> None:
        bench.statuses = [0]
        bench.send("a")
        await bench.next()
        await bench.clock.to_next_sleeper()
        await bench.next()
        outcomes = [one["outcome"] for one in await bench.settled()]
        assert outcomes == ["info", "ok"]

    on_bench(act)


def test_a_reply_that_accepts_with_another_status_than_200_is_none() -> None:
    async def act(bench: Bench) -> None:
        bench.statuses = [202]
        bench.send("a")
        await bench.next()
        await bench.clock.to_next_sleeper()
        assert [one["outcome"] for one in await bench.settled()] == ["fail", "ok"]

    on_bench(act)


# -- faults ----------------------------------------------------------------------------------------------


def test_a_duplicate_comes_again_after_each_gap() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("duplicate_delivery", copies=2, gap_s=5)
        bench.send("a")
        assert await bench.next() == "a=as made"
        assert [await bench.clock.to_next_sleeper() for _ in range(2)] == [5, 5]
        assert [await bench.next() for _ in range(2)] == ["a=as made"] * 2
        assert {one["message"] for one in await bench.settled()} == {"a"}
        assert bench.recorded("hit") == [{"outcome": "ok", "fault": "f1", "operation": "deliver", "order": "a"}]

    on_bench(act)


def test_a_reordered_message_arrives_late_and_as_first_rendered() -> None:
    async def act(bench: Bench) -> None:
        heal = bench.inject("reorder_delivery", hold_s=120)
        bench.send("a")
        heal()
        bench.values["a"] = "as it is"
        bench.send("a")
        assert await bench.next() == "a=as it is"
        assert await bench.clock.to_next_sleeper() == 120
        assert await bench.next() == "a=as made"

    on_bench(act)


def test_a_delayed_message_arrives_later_as_it_then_is() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("delay_delivery", delay_s=300)
        bench.send("a")
        bench.values["a"] = "as it is"
        assert await bench.clock.to_next_sleeper() == 300
        assert await bench.next() == "a=as it is"

    on_bench(act)


def test_a_dropped_message_never_arrives_but_the_fault_is_recorded() -> None:
    async def act(bench: Bench) -> None:
        heal = bench.inject("drop_delivery")
        bench.send("a")
        heal()
        bench.send("b")
        assert await bench.next() == "b=as made"
        assert (len(await bench.settled()), len(bench.recorded("hit"))) == (1, 1)

    on_bench(act)


def test_a_message_both_duplicated_and_dropped_is_dropped() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("duplicate_delivery")
        bench.sender.inject("f2", rule("drop_delivery"), seed=7)
        bench.send("a")
        assert (bench.sender.pending(), len(bench.recorded("hit"))) == (0, 2)

    on_bench(act)


def test_a_share_affects_the_same_orders_in_any_order_of_arrival() -> None:
    async def act(bench: Bench) -> None:
        names = [f"order-{number}" for number in range(40)]
        hits_found = []
        for order in (names, list(reversed(names))):
            heal = bench.inject("drop_delivery", share=0.5)
            before = len(bench.recorded("hit"))
            for name in order:
                bench.send(name)
            heal()
            hits_found.append({hit["order"] for hit in bench.recorded("hit")[before:]})
            await bench.settled()
        assert hits_found[0] == hits_found[1]
        assert 5 < len(hits_found[0]) < 35

    on_bench(act)


@rows("kind", KINDS)
def test_a_parameter_that_is_unknown_is_named(kind: str) -> None:
    with pytest.raises(ValueError, match="shear"):
        catalogue_of("salesforce").check_rule({"kind": kind, "shear": 1})


def test_a_reset_stops_what_is_under_way_and_forgets_the_faults() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("delay_delivery", delay_s=300)
        bench.send("a")
        bench.sender.reset()
        assert bench.sender.pending() == 0
        bench.send("b")
        assert await bench.next() == "b=as made"

    on_bench(act)


def test_the_messages_own_headers_are_sent() -> None:
    async def act(bench: Bench) -> None:
        seen: list[httpx.Headers] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(httpx.Headers(scope["headers"]))
            await bench(scope, receive, send)

        listener = await listen(app, bind(LOOPBACK, 0))
        bench.sender.url = f"http://{LOOPBACK}:{listener.port}/"
        bench.sender.send(Message("a", ("a",), lambda _: b"x", lambda _: True, "text/plain", {"x-own": "1"}))
        await bench.settled()
        await listener.close()
        assert (seen[0]["x-own"], seen[0]["content-type"]) == ("1", "text/plain")

    on_bench(act)


def test_each_attempt_knows_its_number_and_is_signed_anew() -> None:
    async def act(bench: Bench) -> None:
        seen: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.append(httpx.Headers(scope["headers"])["x-signed"])
            await bench(scope, receive, send)

        listener = await listen(app, bind(LOOPBACK, 0))
        bench.sender.url = f"http://{LOOPBACK}:{listener.port}/"
        bench.statuses = [500]
        bench.sender.send(
            Message(
                "a",
                ("a",),
                lambda attempt: f"attempt {attempt}".encode(),
                lambda _: True,
                "text/plain",
                signed=lambda url, body: {"x-signed": f"{url[:4]} {body.decode()}"},
            )
        )
        assert await bench.next() == "attempt 1"
        await bench.clock.to_next_sleeper()
        assert await bench.next() == "attempt 2"
        await bench.settled()
        await listener.close()
        assert seen == ["http attempt 1", "http attempt 2"]

    on_bench(act)


@rows(
    ("rules", "statuses", "sent"),
    [({"attempts": 3}, [500] * 9, 3), ({"final": (404, 410)}, [500, 410, 500], 2), ({"final": (404,)}, [0, 500], 3)],
)
def test_a_message_is_given_up_by_its_rules(rules: dict[str, Any], statuses: list[int], sent: int) -> None:
    async def act(bench: Bench) -> None:
        whole = msgspec.structs.replace(RULES, **rules)
        own = Sender("crm", bench.clock, bench.events, whole)
        own.url, bench.statuses = bench.sender.url, [*statuses]
        own.send(Message("a", ("a",), lambda _: b"x", lambda _: True, "text/plain"))
        for number in range(sent):
            await bench.next()
            if number < sent - 1:
                await bench.clock.to_next_sleeper()
        while own.pending():
            await asyncio.sleep(0)
        await own.close()
        last = bench.recorded("deliver")[-1]
        assert last["status"] == ("given up" if rules.get("final") != (404,) else 200)
        assert last["attempt"] == sent

    on_bench(act)


def test_what_is_passed_on_before_meets_no_fault_again() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("drop_delivery")
        bench.sender.deliver(Message("a", ("a",), lambda _: b"x", lambda _: True, "text/plain"))
        assert await bench.next() == "x"
        await bench.settled()
        assert bench.recorded("hit") == []

    on_bench(act)


def test_a_fault_of_one_kind_of_event_affects_no_other() -> None:
    async def act(bench: Bench) -> None:
        bench.inject("drop_delivery", events="amendment")
        for kind in ("first", "amendment", "void"):
            bench.send(kind, "a", kinds={"a": kind})
        assert {await bench.next(), await bench.next()} == {"first=as made", "void=as made"}
        await bench.settled()
        assert [hit["order"] for hit in bench.recorded("hit")] == ["a"]
        assert bench.received.empty()

    on_bench(act)
