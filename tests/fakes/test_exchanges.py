"""A fake keeps the first refusals of each kind, and the last good request of its kind before each."""

from __future__ import annotations

import json

from gameday_fakes.clock import Clock
from gameday_fakes.events import Event, EventLog
from gameday_fakes.exchanges import KINDS, LONGEST_BODY, OF_A_KIND, Exchange, Exchanges
from gameday_fakes.http import Reply, Request


class Kept:
    """The exchanges of a fake, and the events that come of them."""

    def __init__(self) -> None:
        self.log = EventLog(Clock())
        self.exchanges = Exchanges("erp", self.log)

    def request(
        self,
        deal: str,
        status: int = 204,
        *hits: str,
        operation: str = "order.write",
        error: str = "",
        body: bytes = b"{}",
    ) -> None:
        request = Request("PUT", f"/orders/{deal}", headers={b"content-type": b"application/json"}, body=body)
        reply = Reply(status, b"" if status == 204 else json.dumps({"code": error}).encode()) if status else None
        faults = self.exchanges.begin()
        for hit in hits:
            self.exchanges.hit(hit)
        self.exchanges.note(Exchange(operation, request, reply, 1.0, lambda: deal), faults)

    @property
    def events(self) -> list[Event]:
        return self.log.after(0)

    @property
    def seen(self) -> list[tuple[str, str]]:
        return [(event.outcome, event.value["deal"]) for event in self.events]


def test_good_requests_alone_leave_nothing() -> None:
    kept = Kept()
    for number in range(100):
        kept.request(f"D{number}")
    assert kept.events == []


def test_before_a_refusal_comes_the_last_good_one_of_its_kind() -> None:
    kept = Kept()
    kept.request("D1")
    kept.request("D2")
    kept.request("D3", operation="invoice.write")
    kept.request("D4", 400, error="NO_CURRENCY")
    assert kept.seen == [("ok", "D2"), ("fail", "D4")]
    assert kept.events[-1].value["error"] == "NO_CURRENCY"


def test_without_a_good_one_before_it_the_next_one_is_kept() -> None:
    kept = Kept()
    kept.request("D1", 400)
    kept.request("D2")
    kept.request("D3")
    assert kept.seen == [("fail", "D1"), ("ok", "D2")]


def test_only_the_first_of_each_operation_status_and_code_are_kept() -> None:
    kept = Kept()
    for number in range(9):
        kept.request(f"A{number}", 400, error="ONE_CODE")
        kept.request(f"B{number}", 400, error="OTHER_CODE")
    assert [deal for _, deal in kept.seen] == [f"{code}{n}" for n in range(OF_A_KIND) for code in "AB"]


def test_however_many_kinds_there_are_the_events_are_bounded() -> None:
    kept = Kept()
    for number in range(KINDS * 3):
        kept.request("D1", 400, error=f"CODE_{number}")
    assert len(kept.events) == KINDS


def test_what_a_fault_changed_is_kept_with_the_fault() -> None:
    kept = Kept()
    kept.request("D1")
    kept.request("D2", 200, "0-hidden-field-0")
    assert kept.seen == [("ok", "D1"), ("info", "D2")]
    assert kept.events[-1].value["fault"] == "0-hidden-field-0"


def test_a_request_without_a_reply_is_kept_with_the_reason() -> None:
    kept = Kept()
    kept.request("D1", 0)
    assert (kept.events[0].value["status"], kept.events[0].value["error"]) == (0, "connection dropped")


def test_of_a_long_body_only_its_length_is_kept() -> None:
    kept = Kept()
    kept.request("D1", 400, body=b"x" * (LONGEST_BODY + 1))
    assert kept.events[0].value["request"] == f"{LONGEST_BODY + 1} bytes"


def test_a_fake_that_starts_again_forgets_its_exchanges() -> None:
    kept = Kept()
    kept.request("D1", 400, error="NO_CURRENCY")
    kept.exchanges.clear()
    kept.request("D2", 400, error="NO_CURRENCY")
    assert kept.exchanges.last_refused() == [
        {"operation": "order.write", "status": 400, "text": '{"code": "NO_CURRENCY"}'}
    ]
