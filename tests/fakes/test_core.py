"""What every fake has in common: HTTP on real sockets, and faults before and after a write."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gameday_fakes.control import control_calls
from gameday_fakes.fake import MAX_BODY_BYTES
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply, Request
from gameday_fakes.registry import fake_kinds
from gameday_fakes.server import LOOPBACK, bind, listen
from support.credentials import JIRA, PAGERDUTY

pytestmark = pytest.mark.slow

BASIC = (JIRA["user"], JIRA["token"])
ISSUE = {"fields": {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "late"}}
TICKETS = {"operation": "ticket.write"}
LOST = (httpx.RemoteProtocolError, httpx.ReadError)


def create(fakes: Any, **more: Any) -> httpx.Response:
    """Create an issue."""
    reply: httpx.Response = fakes.client.post(
        f"{fakes.urls['jira']}/rest/api/2/issue", **{"json": ISSUE, "auth": BASIC, **more}
    )
    return reply


def issues(fakes: Any) -> int:
    return len(fakes.snapshot("jira"))


def raw(fakes: Any, method: str, path: str, body: bytes = b"") -> Iterator[bytes]:
    """The bytes of a reply as they come in; raises what the socket raises."""
    url = urlsplit(fakes.urls["jira"])
    proof = base64.b64encode(":".join(BASIC).encode()).decode()
    fields = f"host: {url.netloc}\r\nauthorization: Basic {proof}\r\ncontent-length: {len(body)}"
    head = f"{method} {path} HTTP/1.1\r\n{fields}\r\n\r\n"
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as client:
        client.sendall(head.encode() + body)
        while data := client.recv(65_536):
            yield data


# -- faults before and after the write ----------------------------------------------------------------------


@pytest.mark.parametrize(("when", "held"), [("before", 0), ("after", 1)])
def test_an_error_before_the_write_prevents_it_and_one_after_hides_it(fakes: Any, when: str, held: int) -> None:
    fakes.inject("jira", action="reply", error="server_error", when=when, **TICKETS)
    assert create(fakes).status_code == 500
    assert issues(fakes) == held


@pytest.mark.parametrize(("when", "held"), [("before", 0), ("after", 1)])
def test_a_drop_before_the_write_prevents_it_and_one_after_hides_it(fakes: Any, when: str, held: int) -> None:
    fakes.inject("jira", action="drop", when=when, **TICKETS)
    with pytest.raises(LOST):
        create(fakes)
    assert issues(fakes) == held
    assert fakes.statuses("jira", "ticket.write") == {"0": 1}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delayed_write_is_answered_normally(fakes: Any, when: str) -> None:
    fakes.inject("jira", action="delay", delay_s=0.5, jitter_s=0.5, when=when, **TICKETS)
    assert create(fakes).status_code == 201


def test_a_drop_resets_the_connection(fakes: Any) -> None:
    fakes.inject("jira", action="drop", operation="metadata")
    with pytest.raises(ConnectionResetError):
        list(raw(fakes, "GET", "/rest/api/2/serverInfo"))


def test_a_truncated_reply_ends_in_mid_body_after_the_write(fakes: Any) -> None:
    fakes.inject("jira", action="truncate", bytes=5, **TICKETS)
    came = []
    with pytest.raises(ConnectionResetError):
        came.extend(raw(fakes, "POST", "/rest/api/2/issue", json.dumps(ISSUE).encode()))
    with pytest.raises(LOST):
        create(fakes)
    assert issues(fakes) == 2


def test_a_truncated_reply_says_its_whole_length_and_sends_a_part(fakes: Any) -> None:
    whole = fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/serverInfo").content
    fakes.inject("jira", action="truncate", bytes=5, operation="metadata")
    came = b""
    with pytest.raises(ConnectionResetError):
        for data in raw(fakes, "GET", "/rest/api/2/serverInfo"):
            came += data
    head, _, body = came.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head
    assert body == whole[:5]


def test_a_connection_serves_on_after_a_fault_on_another(fakes: Any) -> None:
    fakes.inject("jira", action="drop", times=1, **TICKETS)
    with pytest.raises(LOST):
        create(fakes)
    assert create(fakes).status_code == 201


def test_times_counts_for_each_key(fakes: Any) -> None:
    fakes.inject("pagerduty", action="reply", error="unavailable", operation="alert.write", times=2)
    payload = {"summary": "late", "source": "sync", "severity": "error"}
    event = {"routing_key": PAGERDUTY["routing_key"], "event_action": "trigger", "payload": payload}
    seen = [
        fakes.client.post(f"{fakes.urls['pagerduty']}/v2/enqueue", json={**event, "dedup_key": key}).status_code
        for key in "ababab"
    ]
    assert seen == [503, 503, 503, 503, 202, 202]


def test_every_hit_is_an_event_with_fault_operation_and_order(fakes: Any) -> None:
    key = create(fakes).json()["key"]
    fakes.inject("jira", action="reply", error="unavailable", operation="read")
    fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/issue/{key}", auth=BASIC)
    assert [hit["value"] for hit in fakes.events("hit")] == [{"fault": "f1", "operation": "ticket.read", "order": key}]


@pytest.mark.parametrize("operation", ["*", "ticket.write", "ticket", "write"])
def test_a_fault_names_an_operation_by_name_subject_act_or_all(fakes: Any, operation: str) -> None:
    fakes.inject("jira", action="reply", error="unavailable", operation=operation)
    assert create(fakes).status_code == 503


def test_a_healed_fault_has_no_more_effect(fakes: Any) -> None:
    fakes.inject("jira", action="reply", error="unavailable", **TICKETS)
    fakes.heal("jira")
    assert create(fakes).status_code == 201


# -- HTTP ---------------------------------------------------------------------------------------------------


def test_a_chunked_body_is_read_whole(fakes: Any) -> None:
    parts = (bytes([byte]) for byte in json.dumps(ISSUE).encode())
    reply = create(fakes, json=None, content=parts)
    assert reply.request.headers["transfer-encoding"] == "chunked"
    assert reply.status_code == 201


def test_head_is_answered_as_get_without_the_body(fakes: Any) -> None:
    url = f"{fakes.urls['jira']}/rest/api/2/serverInfo"
    head, whole = fakes.client.head(url), fakes.client.get(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_trailing_slash_makes_no_difference(fakes: Any) -> None:
    for path in ("/rest/api/2/serverInfo", "/rest/api/2/serverInfo/"):
        assert fakes.client.get(fakes.urls["jira"] + path).status_code == 200


def test_a_reply_of_204_has_no_body_and_no_length(fakes: Any) -> None:
    key = create(fakes).json()["key"]
    reply = fakes.client.put(f"{fakes.urls['jira']}/rest/api/2/issue/{key}", json={"fields": {}}, auth=BASIC)
    assert (reply.status_code, reply.content) == (204, b"")
    assert "content-length" not in reply.headers


def error_of(fake: str, body: Any) -> str:
    """What a vendor's error body says, read as that vendor's clients read it."""
    match fake:
        case "salesforce":
            return str(body[0]["errorCode"])
        case "netsuite":
            return str(body["o:errorDetails"][0]["o:errorCode"])
        case "pagerduty":
            return str(body["message"])
        case _:
            return str(body["errorMessages"][0])


@pytest.mark.parametrize(
    ("fake", "path"),
    [
        ("salesforce", "/services/data/v60.0/nowhere"),
        ("netsuite", "/services/rest/nowhere"),
        ("pagerduty", "/v2/nowhere"),
        ("jira", "/rest/api/2/nowhere"),
    ],
)
def test_a_call_that_a_fake_does_not_have_says_so_and_is_recorded(fakes: Any, fake: str, path: str) -> None:
    reply = fakes.client.get(fakes.urls[fake] + path)
    assert reply.status_code == 501
    assert reply.json() == {"error": "unsupported", "message": f"the fake of {fake} has no GET {path}"}
    assert fakes.statuses(fake, "unknown") == {"501": 1}
    [event] = fakes.events("unsupported")
    assert (event["process"], event["outcome"], event["value"]) == (fake, "fail", {"call": f"GET {path}"})


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/services/T024BE7LD/B0/Xk8aJ2", "/services/.../.../..."),
        ("/rest/api/3/issue/4711/watchers?token=geheim", "/rest/api/3/issue/.../watchers"),
        ("/a%20b/<script>", "/.../..."),
        ("/" + "x" * 5000, "/..."),
    ],
)
def test_neither_ids_nor_secrets_of_a_path_are_recorded(fakes: Any, path: str, shown: str) -> None:
    fakes.client.get(fakes.urls["jira"] + path)
    [event] = fakes.events("unsupported")
    assert event["value"] == {"call": f"GET {shown}"}


@pytest.mark.parametrize(
    ("fake", "path", "allowed"),
    [
        ("salesforce", "/services/data/v60.0/composite", "POST"),
        ("netsuite", "/services/rest/query/v1/suiteql", "POST"),
        ("pagerduty", "/v2/enqueue", "POST"),
        ("jira", "/rest/api/2/issue", "POST"),
    ],
)
def test_a_method_that_is_not_allowed_is_refused_with_the_allowed_ones(
    fakes: Any, fake: str, path: str, allowed: str
) -> None:
    reply = fakes.client.delete(fakes.urls[fake] + path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)
    assert error_of(fake, reply.json())
    assert [event["value"] for event in fakes.events("unsupported")] == [{"call": f"DELETE {path}"}]


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff", b'{"a":1e999999}'])
def test_malformed_json_is_a_bad_request_in_the_vendors_shape(fakes: Any, body: bytes) -> None:
    reply = create(fakes, json=None, content=body)
    assert reply.status_code == 400
    assert set(reply.json()) == {"errorMessages", "errors"}


def test_a_wrong_credential_is_refused_before_the_body_is_looked_at(fakes: Any) -> None:
    assert create(fakes, auth=("x", "y"), json=None, content=b"{").status_code == 401


def test_a_body_of_more_than_16_mib_is_too_large_and_the_connection_serves_on(fakes: Any) -> None:
    assert create(fakes, json=None, content=bytes(MAX_BODY_BYTES + 1)).status_code == 413
    assert create(fakes).status_code == 201


def test_a_body_that_breaks_off_is_not_carried_out(fakes: Any) -> None:
    url = urlsplit(fakes.urls["jira"])
    proof = base64.b64encode(":".join(BASIC).encode()).decode()
    head = f"POST /rest/api/2/issue HTTP/1.1\r\nauthorization: Basic {proof}\r\ntransfer-encoding: chunked\r\n\r\n"
    whole = json.dumps(ISSUE).encode()
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as client:
        client.sendall(head.encode() + f"{len(whole):x}\r\n".encode() + whole + b"\r\n")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65_536) == b""
    assert (issues(fakes), fakes.requests("jira", "ticket.write")) == (0, 0)


def test_a_mistake_of_ours_is_an_error_in_the_vendors_shape_and_a_trace_in_the_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Broken(fake_kinds()["jira"]):  # type: ignore[misc]  # found at run time
        def server_info(self, request: Request) -> Reply:
            raise RuntimeError("a mistake of ours")

        def snapshot(self) -> Any:
            raise RuntimeError("another mistake")

    async def ask() -> list[httpx.Response]:
        fake_set = FakeSet({"jira": Broken})
        fake = await listen(fake_set.fakes["jira"], bind(LOOPBACK, 0))
        control = await listen(control_calls(fake_set), bind(LOOPBACK, 0))
        paths = [(fake.port, "/rest/api/2/serverInfo"), (control.port, "/jira/snapshot")]
        async with httpx.AsyncClient(trust_env=False) as client:
            replies = [await client.get(f"http://{LOOPBACK}:{port}{path}") for port, path in paths]
        await control.close()
        await fake.close()
        return replies

    data, control = asyncio.run(ask())
    assert (data.status_code, data.json()["errorMessages"]) == (500, ["Internal server error"])
    assert control.json() == {"error": "GET /jira/snapshot: RuntimeError; see the fakes' log"}
    log = capfd.readouterr().err
    assert log.count("Traceback") == 2
    assert "a mistake of ours" in log
