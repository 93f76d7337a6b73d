"""Traces in OTLP's JSON: which spans are alerts, what ends them, and what they say."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.model.signal import Signal, signals
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Request
from gameday_fakes.otlp import FAKE
from gameday_fakes.otlp.spans import attributes_of, spans_of
from gameday_fakes.server import LOOPBACK, bind
from support.needs import demand
from support.rows import rows

DEAL = "0065g00000ABcdEAAT"


def pairs(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("__", "."), "value": {"stringValue": value}} for key, value in values.items()]


def span(code: Any = 2, name: str = "write order", message: str = "", events: Any = (), **said: str) -> dict[str, Any]:
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": name,
        "status": {"code": code, "message": message},
        "attributes": pairs(**said),
        "events": [{"name": event, "attributes": pairs(**more)} for event, more in events],
    }


def traces(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": pairs(service__name="sync")}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


def sent(*bodies: Any, **headers: str) -> tuple[list[Signal], list[int], list[str]]:
    """Requests with these bodies: the signals, the answers' statuses, the calls that the fake lacks."""
    clock = Clock()
    fake = FAKE(clock, EventLog(clock))
    fake.start_again(seed=1)
    given = {b"content-type": b"application/json"} | {
        name.replace("_", "-").encode(): value.encode() for name, value in headers.items()
    }
    requests = (
        Request(
            "POST", "/v1/traces", headers=given, body=body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        for body in bodies
    )
    statuses = [asyncio.run(fake.respond(request)).status for request in requests]
    events = fake.events.after(0)
    read = [signals["otlp"](event.value["raw"], {DEAL}) for event in events if event.f == "alert"]
    return read, statuses, [event.value["call"] for event in events if event.f == "unsupported"]


def test_a_failed_span_is_an_alert_and_the_next_one_without_an_error_ends_it() -> None:
    failed = span(deal=DEAL, flow="f", reason="the record is locked", team="finance")
    found, statuses, _ = sent(
        traces(span(1)), traces(failed), traces(failed), traces(span(0, deal=DEAL)), traces(span(0))
    )
    assert [(each.action, each.orders) for each in found] == [
        ("trigger", (DEAL,)),
        ("trigger", (DEAL,)),
        ("resolve", (DEAL,)),
    ]
    assert (len({each.name for each in found}), set(statuses)) == (1, {200})
    first = found[0]
    assert (first.flow, first.reason, first.owner, first.rule) == (
        "f",
        "the record is locked",
        "finance",
        "write order",
    )
    assert first.route["service"] == ("sync",)


def test_the_span_of_another_deal_or_of_another_name_ends_nothing() -> None:
    found, _, _ = sent(traces(span(deal=DEAL), span(1, deal="other"), span(1, name="read deal", deal=DEAL)))
    assert [each.action for each in found] == ["trigger"]


@rows("code", [2, "2", "STATUS_CODE_ERROR"])
def test_the_status_is_read_in_each_form(code: Any) -> None:
    assert len(sent(traces(span(code)))[0]) == 1


def test_an_exception_is_a_failure_unless_the_stack_says_that_all_is_well() -> None:
    events = [("exception", {"exception__message": "429 Too Many Requests"})]
    (found,), _, _ = sent(traces(span(0, events=events), span(1, events=events, name="handled")))
    assert (found.reason, found.summary) == ("429 Too Many Requests", "write order: 429 Too Many Requests")


def test_a_payload_in_an_attribute_is_its_deals() -> None:
    (found,), _, _ = sent(traces(span(payload=json.dumps({"Id": DEAL, "Amount": "5"}))))
    assert found.context == {DEAL: {"Id": DEAL, "Amount": "5"}}


def test_a_packed_request_is_read() -> None:
    packed = gzip.compress(json.dumps(traces(span())).encode())
    assert len(sent(packed, content_encoding="gzip")[0]) == 1


def test_what_is_neither_json_nor_protobuf_is_refused_and_recorded_as_lacking() -> None:
    _, statuses, lacking = sent(b"\x0a\x00", content_type="application/grpc")
    assert (statuses, lacking) == ([415], ["OTLP in another form than JSON and protobuf"])


@rows("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_malformed_request_is_refused(body: bytes) -> None:
    found, statuses, _ = sent(body)
    assert (found, statuses) == ([], [400])


def test_a_body_that_is_not_packed_as_it_says_is_refused() -> None:
    assert sent(b"{}", content_encoding="gzip")[1] == [400]


def test_values_of_each_kind_are_read() -> None:
    listed = {"arrayValue": {"values": [{"intValue": "1"}, {"boolValue": True}]}}
    nested = {"kvlistValue": {"values": [{"key": "a", "value": {"doubleValue": 1.5}}]}}
    given = [{"key": "list", "value": listed}, {"key": "table", "value": nested}, {"key": 3}, "x"]
    assert attributes_of(given) == {"list": ["1", True], "table": {"a": 1.5}}


_NAMES = st.sampled_from(["resourceSpans", "scopeSpans", "spans", "status", "events", "attributes", "key", "value"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner),
    max_leaves=15,
)


@given(_JSON)
def test_no_trace_is_an_error(body: Any) -> None:
    for found in spans_of(body):
        assert msgspec.json.encode(signals["otlp"]({"span": found}, {DEAL}))
    assert msgspec.json.encode(signals["otlp"]({"span": body}, {DEAL}))


@pytest.mark.slow
def test_a_trace_arrives_over_a_socket(fakes: Any) -> None:
    url = fakes.urls["otlp"]
    assert fakes.client.post(f"{url}/v1/traces", json=traces(span())).json() == {"partialSuccess": {}}
    for path in ("metrics", "logs"):
        assert fakes.client.post(f"{url}/v1/{path}", content=b"x").status_code == 200
    assert len(fakes.events("alert")) == len(fakes.snapshot("otlp")["failed"]) == 1


def in_protobuf(plain: dict[str, Any]) -> bytes:
    """The same traces in OTLP's binary form, made by protobuf's own reader of JSON."""
    demand("otlp")
    service = importlib.import_module("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    forms = importlib.import_module("google.protobuf.json_format")
    encoded: bytes = forms.ParseDict(plain, service.ExportTraceServiceRequest()).SerializeToString()
    return encoded


def test_spans_in_protobuf_are_read_as_those_in_json() -> None:
    raised = [("exception", {"exception__message": "locked"})]
    bodies = [traces(span(events=raised, deal=DEAL, flow="f")), traces(span(0, deal=DEAL))]
    read_json, _, _ = sent(*bodies)
    read, statuses, lacking = sent(*map(in_protobuf, bodies), content_type="application/x-protobuf")
    assert [(each.action, each.orders) for each in read] == [("trigger", (DEAL,)), ("resolve", (DEAL,))]
    assert [msgspec.structs.replace(each, text="") for each in read] == [
        msgspec.structs.replace(each, text="") for each in read_json
    ]
    assert (statuses, lacking) == ([200, 200], [])


def test_protobuf_may_be_packed_and_its_answer_is_protobuf() -> None:
    clock = Clock()
    fake = FAKE(clock, EventLog(clock))
    fake.start_again(seed=1)
    headers = {b"content-type": b"application/x-protobuf", b"content-encoding": b"gzip"}
    body = gzip.compress(in_protobuf(traces(span())))
    reply = asyncio.run(fake.respond(Request("POST", "/v1/traces", headers=headers, body=body)))
    assert (reply.status, reply.body) == (200, b"")
    assert (b"content-type", b"application/x-protobuf") in reply.headers
    assert fake.spans == 1


@rows("body", [b"\xff\xff\xff", b"{}", b"\x0a\x7f", b"\x0a\x02\x12\x05"])
def test_what_is_no_protobuf_is_refused(body: bytes) -> None:
    in_protobuf({})
    assert sent(body, content_type="application/x-protobuf") == ([], [400], [])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    in_protobuf({})
    _, statuses, _ = sent(body, content_type="application/x-protobuf")
    assert statuses[0] in (200, 400)


def test_protobuf_is_refused_where_its_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gameday_fakes.otlp.protobuf.installed", lambda: False)
    found = sent(b"", content_type="application/x-protobuf")
    assert found == ([], [415], ["OTLP in protobuf, without the package opentelemetry-proto"])


def called(*calls: tuple[str, bytes], fault: bool = False) -> tuple[list[str], Any]:
    """The code of each of these calls over gRPC ("OK", or the error's), and the fake afterwards."""
    aio = importlib.import_module("grpc.aio")

    async def talk() -> tuple[list[str], Any]:
        clock = Clock()
        fake = FAKE(clock, EventLog(clock))
        fake.start_again(seed=1)
        if fault:
            fake.inject("f", {"kind": "http", "action": "reply", "error": "rate_limited", "operation": "alert.write"})
        listener = await fake.serve_on(bind(LOOPBACK, 0))
        codes = []
        async with aio.insecure_channel(f"{LOOPBACK}:{listener.port}") as channel:
            for method, body in calls:
                try:
                    await channel.unary_unary(f"/opentelemetry.proto.collector.{method}")(body, timeout=60)
                    codes.append("OK")
                except aio.AioRpcError as problem:
                    codes.append(problem.code().name)
        await listener.close()
        await fake.close()
        return codes, fake

    return asyncio.run(talk())


EXPORT = "trace.v1.TraceService/Export"


@pytest.mark.needs("otlp")
@pytest.mark.needs("grpc")
def test_calls_over_grpc_are_carried_out_as_requests_and_answered_with_grpcs_codes() -> None:
    failed = in_protobuf(traces(span(deal=DEAL)))
    codes, fake = called((EXPORT, failed), (EXPORT, b"\xff"), ("metrics.v1.MetricsService/Export", b""), ("x.X/Y", b""))
    assert codes == ["OK", "INVALID_ARGUMENT", "OK", "UNIMPLEMENTED"]
    assert [span["attributes"]["deal"] for span in fake.snapshot()["failed"]] == [DEAL]
    assert fake.stats["alert.write"] == {200: 1, 400: 1}
    assert fake.traffic.bytes_received > len(failed)
    assert fake.traffic.connections_open == 0


@pytest.mark.needs("otlp")
@pytest.mark.needs("grpc")
def test_a_fault_of_the_fake_hits_a_call_over_grpc() -> None:
    codes, fake = called((EXPORT, in_protobuf(traces(span(deal=DEAL)))), fault=True)
    assert codes == ["RESOURCE_EXHAUSTED"]
    assert fake.snapshot()["failed"] == []
