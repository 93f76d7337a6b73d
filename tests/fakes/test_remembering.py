"""A reply that is remembered is the one that the handler would give: the wire and the history are the same without."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes import remembering
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.remembering import Memory
from support.rows import rows
from support.thorough import examples
from support.twins import IN_THE_WAY, SF, VENDORS, Twin, Vendor, carry_out, first_id


def steps_of(vendor: Vendor) -> st.SearchStrategy[list[tuple[str, int]]]:
    """What happens one after the other; reads most of all, each of them often."""

    def some(name: str, among: Sequence[Any]) -> st.SearchStrategy[tuple[str, int]]:
        return st.tuples(st.just(name), st.integers(0, len(among) - 1)) if among else st.nothing()

    faults = (*IN_THE_WAY, *vendor.faults)
    reads = some("read", vendor.reads)
    others = [some("write", vendor.writes), some("inject", faults), some("heal", faults)]
    others += [some("outsider", vendor.reads), some("twice", vendor.reads)]
    others += [some("set", vendor.settings), some("operate", vendor.operations)]
    others += [some("clock", (1, 60, 4000)), st.just(("login", 0)), st.just(("reset", 0))]
    each = st.one_of(reads, reads, reads, *others)
    return st.lists(each, min_size=4, max_size=14).map(lambda steps: [("operate", 0), *steps, *[("read", 0)] * 3])


#: What of a good reply is drawn anew each time: the session of a CSRF token.
DRAWN = re.compile(rb"(x-csrf-token|set-cookie): [^\r]+")


def without_chance(reply: Any) -> Any:
    """A reply without what differs from call to call; the body of a refusal may hold an id of its own."""
    if isinstance(reply, list):
        return [without_chance(each) for each in reply]
    if not isinstance(reply, bytes):
        return reply
    return DRAWN.sub(rb"\1", reply) if reply.startswith(b"HTTP/1.1 200") else reply.partition(b"\r\n")[0]


def without_ids(event: tuple[Any, ...]) -> tuple[Any, ...]:
    """An event without the body of a reply, which may hold such an id too."""
    *where, value = event
    return (*where, {name: each for name, each in value.items() if name != "reply" or event[1] != "exchange"})


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@given(data=st.data())
@settings(max_examples=examples(40))
def test_what_is_remembered_is_what_would_be_answered(vendor: Vendor, data: st.DataObject) -> None:
    steps = data.draw(steps_of(vendor))
    quick, plain = Twin(vendor, remembers=True), Twin(vendor, remembers=False)
    id_ = first_id(plain)
    assert first_id(quick) == id_
    for step in steps:
        seen, expected = carry_out(quick, step, id_), carry_out(plain, step, id_)
        assert without_chance(seen) == without_chance(expected), step
    assert [without_ids(event) for event in quick.history()] == [without_ids(event) for event in plain.history()]
    assert quick.counts()[:1] == plain.counts()[:1]
    assert quick.fake.snapshot() == plain.fake.snapshot()


@pytest.mark.parametrize("vendor", VENDORS[:3], ids=lambda vendor: vendor.name)
def test_a_handler_is_asked_once_until_something_changes(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = Twin(vendor, remembers=True)
    asked: list[str] = []
    answer = twin.fake.answer

    def counted(request: Request, route: Route) -> Reply:
        asked.append(request.path)
        return answer(request, route)

    monkeypatch.setattr(twin.fake, "answer", counted)
    first, id_ = ("read", 4 if vendor.name == "netsuite" else 0), first_id(twin)
    replies = [carry_out(twin, first, id_) for _ in range(5)]
    assert {reply[:15] for reply in replies} == {b"HTTP/1.1 200 OK"}
    # The lines of a head are remembered when they come for the second time.
    assert len(asked) == 2
    for step in (("write", 0), ("inject", 0), ("operate", 0), ("set", 0), ("reset", 0)):
        carry_out(twin, step, id_)
        if step[0] == "reset":
            twin.login()
        asked.clear()
        carry_out(twin, first, first_id(twin))
        carry_out(twin, first, first_id(twin))
        assert len(asked) == 1, step


@rows("when", ["before", "after"])
def test_a_write_that_is_under_way_is_seen_by_reads_as_soon_as_it_is_carried_out(when: str) -> None:
    twin = Twin(VENDORS[0], remembers=True)
    path, id_ = f"{SF}/sobjects/Account/{first_id(twin)}", first_id(twin)
    twin.fake.inject("slow", {"kind": "http", "operation": "write", "action": "delay", "delay_s": 1.0, "when": when})

    async def cities() -> list[bytes]:
        goes_on = asyncio.Event()

        async def waits(_: float) -> None:
            await goes_on.wait()

        twin.clock.sleep = waits  # type: ignore[method-assign]

        async def city() -> bytes:
            reply = await twin.reply(twin.request("GET", path))
            return reply.partition(b'"BillingCity":')[2].partition(b",")[0]

        seen = [await city() for _ in range(3)]
        write = asyncio.create_task(twin.reply(twin.request("PATCH", path, {}, {"BillingCity": "Berlin"})))
        await asyncio.sleep(0)
        seen += [await city(), await city()]
        goes_on.set()
        assert (await write).startswith(b"HTTP/1.1 204"), id_
        return [*seen, await city(), await city()]

    early = b'"Berlin"' if when == "after" else b"null"
    assert asyncio.run(cities()) == [b"null"] * 3 + [early] * 2 + [b'"Berlin"'] * 2


def test_a_refusal_is_that_of_one_request() -> None:
    twin = Twin(VENDORS[1], remembers=True)
    # Half of the requests wait and go another way than those that are answered at once.
    twin.fake.inject("slow", {"kind": "http", "operation": "*", "share": 0.5, "action": "delay", "delay_s": 1.0})
    id_, customer = first_id(twin), 4
    seen = [carry_out(twin, (act, customer), id_)[9:12] for _ in range(12) for act in ("read", "outsider")]
    assert seen == [b"200", b"401"] * 12


def test_memory_is_bounded_and_the_oldest_reply_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST", 8), ("MOST_BYTES", 4000), ("MOST_OF_ONE", 1000)):
        monkeypatch.setattr(remembering, name, most)
    route, memory = Route("GET", "/{id}", "record.read", "read", lasting=True), Memory(lambda *_: None)

    def asked(number: int) -> Request:
        request = Request("GET", f"/{number}")
        request.head = b"GET /%d" % number
        return request

    def kept() -> list[int]:
        return [number for number in range(20) if memory.get(asked(number).head) is not None]

    for number in range(6):
        memory.keep(asked(number), route, Reply(200, b"x" * 900))
    assert kept() == [2, 3, 4, 5]
    for number in range(6, 15):
        memory.keep(asked(number), route, Reply(200, b"x"))
    assert kept() == [7, 8, 9, 10, 11, 12, 13, 14]
    memory.keep(asked(0), route, Reply(200, b"x" * 1000))
    memory.keep(asked(0), route, Reply(200, b"x", [(b"connection", b"close")]))
    assert kept() == [7, 8, 9, 10, 11, 12, 13, 14]
    memory.forget()
    assert kept() == []
