"""The control plane: every mistake is one line of JSON, and what is asked for twice happens once."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gameday_fakes.control import control_app
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.gate import Gate
from gameday_fakes.manifests import manifests
from gameday_fakes.registry import fake_kinds

pytestmark = pytest.mark.slow

JSON = {"content-type": "application/json"}
DELAY = {"kind": "http", "action": "delay", "operation": "metadata"}


def refusal(reply: httpx.Response, status: int = 400) -> str:
    """The line of a refusal."""
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert list(body) == ["error"]
    assert "\n" not in body["error"]
    text: str = body["error"]
    return text


MISTAKES = [
    ("GET", "/nofake/stats", None, "unknown fake 'nofake'; known: alertmanager, business-central, dataverse, email"),
    ("PUT", "/jira/faults/f", {"kind": "gremlins"}, "jira knows no fault 'gremlins'; known: http"),
    ("PUT", "/jira/faults/f", {}, "jira knows no fault ''"),
    ("PUT", "/jira/faults/f", {"kind": "http"}, "it needs 'action'"),
    ("PUT", "/jira/faults/f", {"kind": "http", "action": "explode"}, "bad value 'explode' for 'action'"),
    ("PUT", "/jira/faults/f", {**DELAY, "colour": "red"}, "unknown parameter 'colour'"),
    ("PUT", "/jira/faults/f", {**DELAY, "share": "half"}, "bad value 'half' for 'share'"),
    ("PUT", "/jira/faults/f", {**DELAY, "operation": "order.write"}, "unknown operation 'order.write'; known: login"),
    ("PUT", "/jira/faults/f", {**DELAY, "action": "reply", "error": "odd"}, "unknown error 'odd'; known: bad_body"),
    ("PUT", "/netsuite/faults/f", {"kind": "close_period", "colour": "red"}, "colour"),
    ("POST", "/jira/operations", {"f": "dance"}, "jira knows no operation 'dance'; known: resolve_ticket"),
    ("POST", "/jira/operations", {"f": "resolve_ticket", "key": "SYNC-9"}, "no issue 'SYNC-9'"),
    ("POST", "/salesforce/operations", {"f": "close_deal", "key": "D", "value": {}}, ""),
    ("POST", "/salesforce/operations", {"f": "close_deal", "key": "D", "value": 7}, "value 7 is not an object"),
    ("POST", "/netsuite/operations", {"f": "seed", "value": {"accounts": 7}}, ""),
    ("POST", "/netsuite/operations", {"f": [], "value": {}}, "f [] is not a text"),
    ("POST", "/netsuite/operations", {"f": "seed", "key": {}}, "key {} is not a text"),
    ("POST", "/netsuite/operations", {"f": "seed", "values": {}}, "unknown 'values'; known: f, key, value"),
    ("POST", "/jira/configure", {"colour": "red"}, "jira knows no setting 'colour'"),
    ("GET", "/pagerduty/ledger", None, "pagerduty keeps no ledger"),
    ("POST", "/reset", {"pace": 0}, "pace 0.0 is not between 0 and 1,000,000"),
    ("POST", "/reset", {"pace": "fast"}, "pace 'fast' is not a number"),
    ("POST", "/reset", {"pace": True}, "pace True is not a number"),
    ("POST", "/reset", {"paec": 60}, "unknown 'paec'; known: pace, seed, origin_s, stack_clock"),
    ("POST", "/reset", {"seed": []}, "seed [] is not a whole number"),
    ("POST", "/reset", {"seed": 1.5}, "seed 1.5 is not a whole number"),
    ("POST", "/reset", {"stack_clock": {"epoch_s": 0}}, "stack_clock {'epoch_s': 0} is not epoch_s (Unix time)"),
    ("POST", "/reset", {"stack_clock": {"speed": 60}}, "unknown 'speed'; known: epoch_s, origin_s, rate"),
    ("POST", "/reset", {"origin_s": "now"}, "origin_s 'now' is not a number"),
    ("POST", "/reset", {"origin_s": 1e300}, "origin_s 1e+300 is not a reading of the monotonic clock"),
    ("POST", "/clock", {"origin_s": "now"}, "origin_s 'now' is not a number"),
    ("POST", "/clock", {"pace": 60}, "unknown 'pace'; known: origin_s"),
    ("POST", "/reset", [], "the body is not a JSON object"),
    ("GET", "/events?after=x", None, "after='x' is not the number of an event"),
    ("GET", "/events?after=-3", None, "after='-3' is not the number of an event"),
    ("GET", f"/events?after={'9' * 5000}", None, "is not the number of an event"),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), MISTAKES)
def test_a_mistake_is_one_line_that_names_the_bad_value(
    fakes: Any, method: str, path: str, body: Any, expected: str
) -> None:
    assert expected in refusal(fakes.call(method, path, body))


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_is_one_line(fakes: Any, body: bytes) -> None:
    assert "the body is not JSON" in refusal(fakes.client.post(f"{fakes.control}/reset", content=body, headers=JSON))


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/a/b/c/d", 404), ("GET", "/reset", 405)]
)
def test_a_call_that_is_not_there_is_one_line(fakes: Any, method: str, path: str, status: int) -> None:
    assert refusal(fakes.call(method, path), status) == f"no such call: {method} {path}"


def test_a_refused_fault_is_not_in_force(fakes: Any) -> None:
    fakes.call("PUT", "/jira/faults/f", {**DELAY, "share": "half"})
    assert fakes.call("GET", "/jira/faults").json() == {}


def test_a_fault_in_force_is_listed_as_it_was_asked_for(fakes: Any) -> None:
    assert fakes.call("PUT", "/jira/faults/f", DELAY).status_code == 204
    assert fakes.call("GET", "/jira/faults").json() == {"f": DELAY}


def test_a_fault_injected_twice_under_one_id_takes_effect_once(fakes: Any) -> None:
    for _ in range(2):
        assert fakes.call("PUT", "/jira/faults/f", {**DELAY, "times": 1}).status_code == 204
        fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo")
    assert len(fakes.events("hit")) == 1


def test_a_second_injection_with_other_parameters_changes_nothing(fakes: Any) -> None:
    fakes.call("PUT", "/jira/faults/f", DELAY)
    fakes.call("PUT", "/jira/faults/f", {**DELAY, "operation": "query"})
    assert fakes.call("GET", "/jira/faults").json() == {"f": DELAY}


@pytest.mark.parametrize("fault", ["f", "never-injected"])
def test_healing_twice_is_no_error(fakes: Any, fault: str) -> None:
    fakes.call("PUT", "/jira/faults/f", DELAY)
    for _ in range(2):
        assert fakes.call("DELETE", f"/jira/faults/{fault}").status_code == 204


def test_a_fault_at_one_fake_leaves_the_others_alone(fakes: Any) -> None:
    fakes.inject("jira", action="reply", operation="*", error="unavailable")
    assert fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo").status_code == 503
    assert fakes.client.get(f"{fakes.urls['salesforce']}/services/data").status_code == 200


def test_a_reset_heals_and_forgets_everything(fakes: Any) -> None:
    fakes.inject("jira", action="reply", operation="*", error="unavailable")
    fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo")
    fakes.reset()
    assert fakes.call("GET", "/jira/faults").json() == {}
    assert fakes.call("GET", "/jira/stats").json() == {}
    assert fakes.call("GET", "/events").json() == {"events": [], "next": 0}


def test_a_write_that_a_fault_delays_is_not_carried_out_after_a_reset(fakes: Any) -> None:
    fakes.call("PUT", "/jira/faults/f", {"kind": "http", "action": "delay", "operation": "*", "delay_s": 3600})
    issue = {"fields": {"project": {"key": "FIN"}, "issuetype": {"name": "Task"}, "summary": "S"}}

    def write() -> None:
        headers = {"authorization": f"Bearer {manifests()['jira'].credentials['token']}"}
        httpx.post(f"{fakes.urls['jira']}/rest/api/2/issue", json=issue, headers=headers, trust_env=False, timeout=60)

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        while (quiet := fakes.call("GET", "/quiet").json())["due_s"] is None:
            assert not writing.done()
        assert quiet["busy"] == 1
        health = fakes.call("GET", "/health").json()
        assert (health["pending"], health["held"]) == (1, {"f": 1})
        fakes.reset()
        with pytest.raises(httpx.TransportError):
            writing.result(30)
    assert fakes.call("GET", "/jira/snapshot").json() == []
    assert fakes.call("GET", "/jira/stats").json() == {}
    assert fakes.call("GET", "/events").json() == {"events": [], "next": 0}
    assert (quiet := fakes.call("GET", "/quiet").json())["due_s"] is None and quiet["busy"] == 0
    health = fakes.call("GET", "/health").json()
    assert (health["pending"], health["held"]) == (0, {})


def test_events_are_numbered_from_one_without_a_gap_and_fetched_from_any_number(fakes: Any) -> None:
    fakes.inject("jira", action="delay", operation="metadata")
    for _ in range(4):
        fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo")
    # Four hits, and the first two of the requests that they changed.
    assert [event["seq"] for event in fakes.call("GET", "/events").json()["events"]] == [1, 2, 3, 4, 5, 6]
    later = fakes.call("GET", "/events?after=4").json()
    assert ([event["seq"] for event in later["events"]], later["next"]) == ([5, 6], 6)
    assert fakes.call("GET", "/events?after=9").json() == {"events": [], "next": 9}


def test_the_token_is_asked_for_before_anything_else() -> None:
    async def ask() -> list[int]:
        app = control_app(FakeSet({"jira": fake_kinds()["jira"]}), Gate("open", host="127.0.0.1"))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            tries: list[tuple[str, dict[str, str]]] = [
                ("/health", {}),
                ("/nowhere", {}),
                ("/health", {"authorization": "Bearer shut"}),
                ("/health", {"authorization": "Bearer open"}),
            ]
            return [(await client.get(path, headers=headers)).status_code for path, headers in tries]

    assert asyncio.run(ask()) == [401, 401, 401, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.test"}, 421),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": ""}, 415),
    ],
)
@pytest.mark.parametrize("call", ["POST /reset", "PUT /jira/faults/f", "POST /jira/configure"])
def test_the_control_plane_takes_no_request_that_a_page_can_send(
    fakes: Any, call: str, headers: dict[str, str], status: int
) -> None:
    method, path = call.split()
    given = {**JSON, **headers}
    reply = fakes.client.request(method, f"{fakes.control}{path}", content=b'{"kind": "http"}', headers=given)
    assert refusal(reply, status).startswith("the control plane: ")
    assert fakes.call("GET", "/jira/faults").json() == {}


@pytest.mark.parametrize("path", ["/nowhere", "/events/", "/jira/ledger/"])
def test_a_query_that_is_no_text_is_answered_on_an_unknown_path(path: str) -> None:
    app = control_app(FakeSet({"jira": fake_kinds()["jira"]}), Gate("", host="127.0.0.1"))

    async def with_that_query(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "query_string": b"\xf9"}, receive, send)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=with_that_query)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    assert refusal(asyncio.run(ask()), 404) == f"no such call: GET {path}"


@pytest.mark.parametrize("path", ["/health", "/events", "/jira/ledger", "/nowhere"])
def test_nothing_is_read_without_the_token(fakes: Any, path: str) -> None:
    reply = httpx.get(f"{fakes.control}{path}", trust_env=False)
    assert refusal(reply, 401) == "the control plane: it needs its token: Authorization: Bearer TOKEN"


def test_a_fault_of_a_harness_that_stops_calling_is_healed_and_named(fakes: Any) -> None:
    holder = {"x-gameday-holder": "run"}
    fakes.client.put(f"{fakes.control}/jira/faults/held", json=DELAY, headers=holder).raise_for_status()
    fakes.call("PUT", "/jira/faults/free", DELAY)
    deadline_s = time.monotonic() + 30
    while "held" in fakes.call("GET", "/jira/faults").json():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    assert fakes.call("GET", "/jira/faults").json() == {"free": DELAY}
    renewed = fakes.client.post(f"{fakes.control}/renew", headers=holder).json()
    assert renewed == {"expired": ["held"]}
