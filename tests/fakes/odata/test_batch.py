"""Batches: the same as single requests, change sets as a whole, references, and whatever cannot be read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fakes.odata.sample import SampleFake, SampleV2, SampleV4
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request
from support.rows import rows

MULTIPART = "multipart/mixed; boundary=b"
Single = tuple[str, str, Any]


class Open(SampleV2):
    """Version 2 without CSRF tokens."""

    def authenticate(self, request: Request, route: Any) -> Reply | None:
        return None


def started(kind: type[SampleFake] = SampleV4) -> SampleFake:
    """A fresh fake."""
    return kind(clock := Clock(), EventLog(clock))


def send(fake: SampleFake, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    """The fake's reply to a request below its root."""
    below, _, query = path.partition("?")
    named = {"host": "fake", **{name.replace("_", "-"): value for name, value in headers.items()}}
    encoded = {name.encode(): value.encode() for name, value in named.items()}
    request = Request(method, f"/sales/{below}", query_string=query.encode(), headers=encoded, body=body)
    return asyncio.run(fake.respond(request))


def in_json(fake: SampleFake, requests: list[dict[str, Any]], **headers: str) -> list[dict[str, Any]]:
    """The responses to a JSON batch."""
    body = json.dumps({"requests": requests}).encode()
    reply = send(fake, "POST", "$batch", body, content_type="application/json", **headers)
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = json.loads(reply.body)["responses"]
    return found


def as_part(single: Single, boundary: str, content_id: str = "") -> str:
    """One request as a part of a multipart body."""
    method, url, body = single
    text = "" if body is None else json.dumps(body)
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}\r\n"
    return f"{head}{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{text}\r\n"


def change_set(*singles: Single) -> str:
    """A change set as a part, whose requests are numbered from 1."""
    inner = "".join(as_part(single, "c", str(number)) for number, single in enumerate(singles, start=1))
    return f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n"


def in_multipart(fake: SampleFake, *parts: str, **headers: str) -> str:
    """The body of the reply to a multipart batch."""
    body = "".join([*parts, "--b--\r\n"]).encode()
    reply = send(fake, "POST", "$batch", body, content_type=MULTIPART, **headers)
    assert reply.status in (200, 202), reply.body
    assert reply.media_type.startswith("multipart/mixed; boundary=")
    return reply.body.decode()


NUMBERS = st.integers(0, 14).map(lambda number: f"O{number:03}")
SINGLES = st.one_of(
    st.builds(lambda number: ("GET", f"Orders('{number}')?$select=Total,Urgent", None), NUMBERS),
    st.just(("GET", "Orders?$filter=Urgent&$select=Number", None)),
    st.builds(lambda number, urgent: ("PATCH", f"Orders('{number}')", {"Urgent": urgent}), NUMBERS, st.booleans()),
    st.builds(lambda number: ("POST", "Orders", {"Number": number, "Items": [{"Line": 10}]}), NUMBERS),
    st.builds(lambda number: ("DELETE", f"Orders('{number}')", None), NUMBERS),
    st.builds(lambda number: ("POST", f"Orders('{number}')/Sample.Close", {}), NUMBERS),
    st.just(("GET", "Nosuch", None)),
)


@given(st.lists(SINGLES, min_size=1, max_size=6))
def test_a_batch_is_the_same_as_its_requests_one_by_one(singles: list[Single]) -> None:
    alone, together, multipart = started(), started(), started()
    expected = []
    for method, url, body in singles:
        reply = send(alone, method, url, b"" if body is None else json.dumps(body).encode())
        # Outside of a batch, an entity set that the fake lacks is reported as missing in the fake.
        expected.append((404 if reply.status == 501 else reply.status, reply.status != 501 and reply.body))
    requests = [
        {"id": str(number), "method": method, "url": url, **({} if body is None else {"body": body})}
        for number, (method, url, body) in enumerate(singles)
    ]
    responses = in_json(together, requests, prefer="odata.continue-on-error")
    assert [each["status"] for each in responses] == [status for status, _ in expected]
    for response, (_, body) in zip(responses, expected, strict=True):
        if body:
            assert response["body"] == json.loads(body)
    text = in_multipart(multipart, *(as_part(single, "b") for single in singles), prefer="continue-on-error")
    assert [int(line.split()[1]) for line in text.splitlines() if line.startswith("HTTP/1.1 ")] == [
        status for status, _ in expected
    ]
    for fake in (together, multipart):
        for name, table in alone.service.records.tables.items():
            records = fake.service.records[name].records
            assert {key: each.values for key, each in records.items()} == {
                key: each.values for key, each in table.records.items()
            }


def test_a_batch_ends_at_its_first_refusal_unless_it_is_to_go_on() -> None:
    requests = [
        {"id": "1", "method": "GET", "url": "Orders('nosuch')"},
        {"id": "2", "method": "PATCH", "url": "Orders('O001')", "body": {"Urgent": True}},
    ]
    fake = started()
    assert [each["id"] for each in in_json(fake, requests)] == ["1"]
    assert [each["status"] for each in in_json(fake, requests, prefer="odata.continue-on-error=false")] == [404]
    assert [each["status"] for each in in_json(fake, requests, prefer="continue-on-error")] == [404, 204]


def test_a_change_set_is_carried_out_as_a_whole_or_not_at_all() -> None:
    fake = started()
    good, bad = ("PATCH", "Orders('O001')", {"Urgent": True}), ("PATCH", "Orders('nosuch')", {"Urgent": True})
    text = in_multipart(fake, change_set(good, bad), as_part(("GET", "Orders('O002')", None), "b"))
    assert text.count("HTTP/1.1") == 1
    assert "HTTP/1.1 404" in text
    assert fake.service.records["Orders"].records["O001",].values["Urgent"] is False
    assert in_multipart(fake, change_set(good, good)).count("HTTP/1.1 204") == 2
    assert fake.service.records["Orders"].records["O001",].values["Urgent"] is True


def test_a_batch_of_version_2_goes_on_after_a_refusal() -> None:
    fake = started(Open)
    missing = ("MERGE", "Orders('nosuch')", {"Urgent": True})
    text = in_multipart(fake, change_set(missing), as_part(("GET", "Orders('O002')", None), "b"))
    assert [line.split()[1] for line in text.splitlines() if line.startswith("HTTP/1.1 ")] == ["404", "200"]


def test_a_later_request_names_what_an_earlier_one_created() -> None:
    fake = started()
    text = in_multipart(
        fake,
        change_set(
            ("POST", "Orders", {"Number": "N1"}),
            ("POST", "$1/Items", {"Line": 10}),
            ("PATCH", "$1", {"Urgent": True}),
            ("POST", "Items", {"Line": 20, "OrderNumber": "N1", "Order@odata.bind": "$1"}),
        ),
    )
    assert "HTTP/1.1 4" not in text
    assert "content-id: 2" in text
    assert {*fake.service.records["Items"].records} >= {("N1", 10), ("N1", 20)}
    assert fake.service.records["Orders"].records["N1",].values["Urgent"] is True


def test_of_a_group_that_fails_all_requests_are_answered_in_json() -> None:
    fake = started()
    requests = [
        {"id": "1", "atomicityGroup": "g", "method": "POST", "url": "Orders", "body": {"Number": "N1"}},
        {"id": "2", "atomicityGroup": "g", "method": "POST", "url": "$1/Items", "body": {"Line": 10, "Quantity": 13}},
        {"id": "3", "dependsOn": ["1"], "method": "GET", "url": "$1"},
        {"id": "4", "method": "GET", "url": "/sales/Orders('O001')/Number"},
    ]
    found = {each["id"]: each["status"] for each in in_json(fake, requests, prefer="continue-on-error")}
    assert found == {"1": 424, "2": 400, "3": 424, "4": 200}
    assert ("N1",) not in fake.service.records["Orders"].records


def test_a_batch_in_isolation_is_taken_back_as_a_whole() -> None:
    fake = started()
    requests = [
        {"method": "PATCH", "url": "Orders('O001')", "body": {"Urgent": True}},
        {"method": "PATCH", "url": "Orders('nosuch')", "body": {"Urgent": True}},
    ]
    assert [each["status"] for each in in_json(fake, requests, isolation="snapshot")] == [204, 404]
    assert fake.service.records["Orders"].records["O001",].values["Urgent"] is False


@rows(
    ("media_type", "body"),
    [
        ("multipart/mixed", b"--b\r\n"),
        ("text/plain", b"--b\r\n"),
        (MULTIPART, b""),
        (MULTIPART, b"--b\r\nContent-Type: text/plain\r\n\r\nGET x HTTP/1.1\r\n\r\n--b--"),
        (MULTIPART, b"--b\r\nContent-Type: application/http\r\n\r\nnonsense\r\n--b--"),
        (MULTIPART, b"--b\r\nnonsense\r\n\r\nGET x HTTP/1.1\r\n\r\n--b--"),
        (MULTIPART, change_set(("GET", "Orders", None)).encode() + b"--b--"),
        (MULTIPART, b"--b\r\nContent-Type: multipart/mixed\r\n\r\n--c--\r\n--b--"),
        (MULTIPART, as_part(("GET", "Orders", None), "b").encode() * 1001),
        ("application/json", b"[]"),
        ("application/json", b'{"requests": [5]}'),
        ("application/json", b'{"requests": [{"method": "GET"}]}'),
        ("application/json", b"{"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(media_type: str, body: bytes) -> None:
    assert send(started(), "POST", "$batch", body, content_type=media_type).status == 400


@rows("url", ["http://[", "/elsewhere/Orders", "$batch", "$7/Items", "../../x", "Nosuch"])
def test_an_address_that_leads_nowhere_is_refused_in_its_part(url: str) -> None:
    responses = in_json(started(), [{"id": "1", "method": "GET", "url": url}])
    assert responses[0]["status"] in (400, 404, 405)


PIECES = st.sampled_from(
    ["--b", "--c", "--b--", "\r\n", "\n", "Content-Type: application/http", "Content-Type: multipart/mixed; boundary=c"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
def test_any_multipart_body_is_answered(text: str) -> None:
    fake = started()
    assert send(fake, "POST", "$batch", text.encode(), content_type=MULTIPART).status in (200, 400)


@given(st.text(max_size=40), st.sampled_from(("GET", "POST", "PATCH", "DELETE", "PUT")), st.binary(max_size=30))
def test_any_path_is_answered(path: str, method: str, body: bytes) -> None:
    from urllib.parse import quote

    reply = send(started(), method, quote(path, safe="/()'=,$"), body)
    assert 200 <= reply.status < 502
    assert reply.status != 500


def test_the_writes_of_a_batch_are_among_its_parts() -> None:
    fake = started()
    in_multipart(fake, change_set(("POST", "Orders", {"Number": "N1"}), ("POST", "Orders", {"Number": "N1"})))
    assert fake.stats["batch"][200] == 1
