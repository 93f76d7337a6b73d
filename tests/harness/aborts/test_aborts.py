"""Each kind of abort condition: it fires above its limit and not just below, and says what is left."""

from __future__ import annotations

import datetime
import os
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.model.abort import AbortCondition, Observed, at_start, planned, read_condition
from gameday.model.rates import Rate, Rates
from gameday.model.signal import Signal
from support.rows import rows

NOON = datetime.datetime(2026, 6, 30, 12, 0, tzinfo=datetime.UTC)
RATES = Rates("USD", (Rate("EUR", Decimal("1.25"), datetime.date(2026, 1, 1)),))


def condition(name: str, value: object, *, strict: bool = True) -> AbortCondition:
    return read_condition(name, value, where="[safety]", strict=strict)


def seen(**more: Any) -> Observed:
    return Observed(**{"time_s": 100.0, "real_s": 10.0, "now": NOON, "rates": RATES} | more)


SIGNAL = Signal("alert", "pagerduty", "trigger", "k", summary="Sync: 3 deals locked", rule="sync-stalled")
LIMITS: list[tuple[str, object, dict[str, Any], dict[str, Any]]] = [
    ("affected above", 10, {"affected": 10}, {"affected": 11}),
    ("affected above", 0, {"affected": 0}, {"affected": 1}),
    ("money above", "100 USD", {"not_booked": {"USD": Decimal(100)}}, {"not_booked": {"USD": Decimal("100.01")}}),
    ("money above", "100 USD", {"not_booked": {"EUR": Decimal(80)}}, {"not_booked": {"EUR": Decimal("80.01")}}),
    ("money above", "0 USD", {}, {"not_booked": {"USD": Decimal("0.01")}}),
    (
        "money above",
        "100.00 USD",
        {"not_booked": {"USD": Decimal(20), "EUR": Decimal(64)}},
        {"not_booked": {"USD": Decimal(21), "EUR": Decimal(64)}},
    ),
    ("backlog older than", "5 minutes", {"oldest_s": 300.0, "oldest": "D"}, {"oldest_s": 300.1, "oldest": "D"}),
    ("longest", "2 hours", {"real_s": 7200.0}, {"real_s": 7200.1}),
    ("renewal", {"within": "30 seconds", "confirm": True}, {"confirmed_s": 30.0}, {"confirmed_s": 30.1}),
    ("alert", "*LOCKED*", {}, {"raised": (SIGNAL,)}),
    ("alert", {"rule": "sync-*", "source": "pagerduty"}, {}, {"raised": (SIGNAL,)}),
    ("quiet hours", {"hours": ("12:01-13:00",), "zone": "UTC"}, {}, {"now": NOON.replace(minute=1)}),
]


@rows(("name", "value", "below", "above"), LIMITS)
def test_a_condition_fires_above_its_limit_and_not_at_it(
    name: str, value: object, below: dict[str, Any], above: dict[str, Any]
) -> None:
    made = condition(name, value)
    assert not made.measure(seen(**below)).fired
    assert made.measure(seen(**above)).fired


@rows(("name", "value", "below", "above"), LIMITS)
def test_a_condition_says_what_it_found_and_what_is_left(
    name: str, value: object, below: dict[str, Any], above: dict[str, Any]
) -> None:
    made = condition(name, value)
    measures = [made.measure(seen(**below)), made.measure(seen(**above))]
    assert all(measure.value and measure.left for measure in measures) and made.limit


def test_what_is_left_is_the_distance_to_the_limit() -> None:
    assert condition("affected above", 10).measure(seen(affected=4)).left == "6 deals"
    found = condition("money above", "100 USD").measure(seen(not_booked={"EUR": Decimal(40)}))
    assert (found.value, found.left) == ("50.00 USD not booked", "50.00 USD")
    assert condition("longest", "2 hours").measure(seen(real_s=3600.0)).left == "1 h"
    assert condition("longest", "2 hours").measure(seen(real_s=3600.0)).used == 0.5


def test_money_without_a_rate_fires_because_its_sum_is_not_known() -> None:
    found = condition("money above", "100 USD").measure(seen(not_booked={"JPY": Decimal(1)}))
    assert found.fired and found.value == "1 JPY not booked, with no rate to USD"


def test_without_a_reporting_currency_a_budget_counts_in_its_own() -> None:
    found = condition("money above", "100 EUR").measure(seen(rates=Rates(), not_booked={"EUR": Decimal(101)}))
    assert found.fired


@rows(
    "signal",
    [
        Signal("ticket", "jira", "trigger", "k", summary="Sync: locked"),
        Signal("alert", "pagerduty", "resolve", "k", summary="Sync: locked"),
        Signal("alert", "pagerduty", "trigger", "k", summary="Disk full"),
    ],
)
def test_another_alert_fires_nothing(signal: Signal) -> None:
    assert not condition("alert", "*locked*").measure(seen(raised=(signal,))).fired


def test_a_ticket_fires_where_tickets_are_meant() -> None:
    ticket = Signal("ticket", "jira", "trigger", "k", summary="Sync: locked")
    assert condition("alert", {"summary": "*locked*", "kind": "any"}).measure(seen(raised=(ticket,))).fired


@rows(
    ("name", "value", "problem"),
    [
        ("affected above", -1, "bad number of affected deals -1"),
        ("affected above", 10**40, "bad number of affected deals"),
        ("affected above", "many", "bad value 'many' for 'deals'"),
        ("affected above", {"orders": 1}, "unknown key 'orders'"),
        ("money above", "50000", "the budget '50000' has no currency"),
        ("money above", 50000, "the budget '50000' has no currency"),
        ("money above", "50000 Euro", "not an amount of money: '50000 Euro'"),
        ("money above", "-5 EUR", "not an amount of money"),
        ("backlog older than", "soon", "not a duration: 'soon'"),
        ("backlog older than", "0 s", "greater than 0"),
        ("longest", "0 minutes", "greater than 0"),
        ("alert", {}, "an alert without a text fits every one"),
        ("alert", {"summary": "x", "kind": "page"}, "bad value 'page' for 'kind'"),
        ("url", "ftp://host/x", "not an http or https address: 'ftp://host/x'"),
        ("url", "http://user:secret@host/", "not an http or https address"),
        ("url", {"url": "http://host/", "status": 0}, "bad status 0"),
        ("url", {"url": "http://host/", "every": "often"}, "not a duration: 'often'"),
        ("renewal", "30 seconds", "a renewal has one of file, url and confirm, not none"),
        ("renewal", {"within": "1 min", "file": "x", "confirm": True}, "not file and confirm"),
        ("renewal", {"within": "a while", "file": "x"}, "not a duration: 'a while'"),
        ("quiet hours", {"hours": ("22:00-06:00",), "zone": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
        ("quiet hours", {"hours": ("22:00-06:00",), "zone": "../etc"}, "unknown time zone '../etc'"),
        ("quiet hours", {"hours": ("22-6",), "zone": "UTC"}, "not hours: '22-6'"),
        ("quiet hours", {"hours": ("25:00-06:00",), "zone": "UTC"}, "not hours"),
        ("quiet hours", {"hours": (), "zone": "UTC"}, "no hours are given"),
        ("quiet hours", {"hours": ("22:00-06:00",)}, "has no 'zone'"),
        ("afected above", 1, "did you mean 'affected above'"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(name: str, value: object, problem: str) -> None:
    with pytest.raises(GamedayError) as caught:
        condition(name, value)
    assert problem in str(caught.value) and "\n" not in str(caught.value)


def test_a_budget_in_another_than_the_reporting_currency_is_refused() -> None:
    with pytest.raises(GamedayError, match="'5 EUR' is not in the reporting currency USD"):
        condition("money above", "5 EUR").check(RATES)


def test_a_plan_shows_each_condition_with_what_is_left_before_anything_happened() -> None:
    made = [condition("affected above", 10), condition("url", "http://127.0.0.1:9/")]
    assert planned(made, RATES, NOON) == [
        "above 10 affected deals (left: 10 deals)",
        "unless http://127.0.0.1:9/ answers 200 within 3 s (left: it is asked when the run begins)",
    ]
    assert not made[0].measure(at_start(NOON, RATES)).fired


# -- Quiet hours -------------------------------------------------------------------------------------


def quiet(hours: str, zone: str) -> AbortCondition:
    return condition("quiet hours", {"hours": hours, "zone": zone}, strict=False)


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


@rows(
    ("hours", "zone", "at", "expected"),
    [
        # Across midnight: Berlin is two hours ahead in summer.
        ("22:00-06:00", "Europe/Berlin", "2026-06-30T19:59", False),
        ("22:00-06:00", "Europe/Berlin", "2026-06-30T20:00", True),
        ("22:00-06:00", "Europe/Berlin", "2026-07-01T03:59", True),
        ("22:00-06:00", "Europe/Berlin", "2026-07-01T04:00", False),
        # The clocks go forward at 01:00 UTC: 02:00 to 03:00 does not exist, and half past two comes at three.
        ("02:30-03:30", "Europe/Berlin", "2026-03-29T00:59", False),
        ("02:30-03:30", "Europe/Berlin", "2026-03-29T01:00", True),
        ("02:30-03:30", "Europe/Berlin", "2026-03-29T01:30", False),
        # They go back at 01:00 UTC: 02:00 to 03:00 comes twice.
        ("02:00-02:30", "Europe/Berlin", "2026-10-25T00:00", True),
        ("02:00-02:30", "Europe/Berlin", "2026-10-25T00:30", False),
        ("02:00-02:30", "Europe/Berlin", "2026-10-25T01:00", True),
        ("02:00-02:30", "Europe/Berlin", "2026-10-25T01:30", False),
        ("12:00-13:00, 22:00-06:00", "UTC", "2026-06-30T12:30", True),
        ("00:00-24:00", "UTC", "2026-06-30T23:59", True),
    ],
)
def test_it_is_quiet_as_long_as_a_clock_there_shows_such_a_time(hours: str, zone: str, at: str, expected: bool) -> None:
    made = quiet(hours, zone)
    assert made.measure(seen(now=utc(at))).fired is expected
    assert bool(made.refuse(utc(at), 1.0)) is expected


def test_a_run_that_could_last_into_the_quiet_hours_is_refused_and_one_that_ends_before_them_is_not() -> None:
    made, begins = quiet("22:00-06:00", "UTC"), utc("2026-06-30T21:00")
    assert made.refuse(begins, 3600.0) == ""
    assert made.refuse(begins, 3601.0).endswith("at 22:00 the quiet hours (22:00-06:00 in UTC) begin")


def test_quiet_hours_that_never_come_are_never_reached() -> None:
    made = quiet("02:10-02:20", "Europe/Berlin")
    assert made.refuse(utc("2026-03-29T00:00"), 3600.0 * 3) == ""


# -- What is outside of a run ------------------------------------------------------------------------


class Page(BaseHTTPRequestHandler):
    answers: Callable[[], tuple[int, bytes]] = staticmethod(lambda: (200, b"all is well"))

    def do_GET(self) -> None:
        status, body = type(self).answers()
        self.send_response(status)
        self.send_header("location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page() -> Iterator[tuple[str, type[Page]]]:
    """The address of a page, and what it answers."""
    kind = type("Page", (Page,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/health", kind
    server.shutdown()
    server.server_close()
    thread.join()


def look(made: AbortCondition, memory: dict[str, Any]) -> Any:
    try:
        return made.look(memory)
    finally:
        if client := memory.pop("client", None):
            client.close()


@pytest.mark.parametrize(
    ("status", "body", "fired"),
    [(200, b"all is well", False), (503, b"all is well", True), (302, b"well", True), (200, b"degraded", True)],
)
def test_an_address_fires_once_it_answers_otherwise(
    page: tuple[str, type[Page]], status: int, body: bytes, fired: bool
) -> None:
    url, kind = page
    kind.answers = staticmethod(lambda: (status, body))  # type: ignore[assignment]
    assert look(condition("url", {"url": url, "contains": "well"}), {}).fired is fired


def test_an_address_that_does_not_answer_fires() -> None:
    found = look(condition("url", {"url": "http://127.0.0.1:1/"}), {})
    assert found.fired and found.value.startswith("no answer")


def test_a_file_is_renewed_by_a_touch(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    made = condition("renewal", {"within": "30 seconds", "file": "alive"}).beside(tmp_path)
    assert look(made, {}).fired
    file.touch()
    assert not look(made, {}).fired
    long_ago = time.time() - 31
    os.utime(file, (long_ago, long_ago))
    assert look(made, {}).fired


def test_an_address_is_renewed_by_another_body(page: tuple[str, type[Page]], monkeypatch: pytest.MonkeyPatch) -> None:
    url, kind = page
    made, memory, now_s = condition("renewal", {"within": "30 seconds", "url": url}), {}, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    fired = []
    for at_s, body in ((0.0, b"1"), (29.0, b"1"), (31.0, b"1"), (32.0, b"2"), (33.0, b"2")):
        now_s[0] = at_s
        kind.answers = staticmethod(lambda body=body: (200, body))  # type: ignore[assignment]
        fired.append(look(made, memory).fired)
    assert fired == [False, False, True, False, False]


def test_an_address_that_never_answered_200_was_never_renewed(page: tuple[str, type[Page]]) -> None:
    url, kind = page
    kind.answers = staticmethod(lambda: (404, b"1"))  # type: ignore[assignment]
    assert look(condition("renewal", {"within": "30 seconds", "url": url}), {}).fired
