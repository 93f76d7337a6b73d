"""The timeline of a run as spans of OpenTelemetry, in OTLP's JSON.

Source: OpenTelemetry, "OTLP Specification", JSON Protobuf Encoding (ids are hexadecimal, enumerations are numbers,
64-bit numbers are texts); "Trace API", Set Status. One second of the scenario is one second of the trace, counted from
the start of the run: at a pace of 60 the run itself took a sixtieth of it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from gameday.model.checker import Result
from gameday.model.events import PhaseBegan
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.payload import as_json, identity, plain
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.postmortem.moments import moments
from gameday_reports.postmortem.timeline import timeline
from gameday_reports.recorded import RecordedRun
from gameday_reports.sending import Call

_INTERNAL, _ERROR = 1, 2


class Part(NamedTuple):
    """A span below that of the run; one without ``end_s`` was still going on at the end, and has failed."""

    name: str
    start_s: float
    end_s: float | None
    attributes: Mapping[str, str]


def traces(run: RecordedRun) -> str:
    """The body for ``POST /v1/traces`` of a collector, and a line for its file receiver."""
    info = run.info
    about = {
        "service.name": "gameday",
        "service.version": info.versions.get("gameday", ""),
        "gameday.stack": info.stack,
        "gameday.stack_version": info.stack_version,
    }
    spans = [_whole(run), *(_span(run, number, part) for number, part in enumerate(parts(run), start=1))]
    scope = {"scope": {"name": "gameday"}, "spans": spans}
    resource = {"attributes": _attributes(run, about)}
    return as_json({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})


def parts(run: RecordedRun) -> Iterator[Part]:
    """The phases, the faults, and how long the incident was neither detected nor repaired."""
    begins = [(op.time_s, op.event.phase) for op in run.of(PhaseBegan)]
    for (start_s, phase), (end_s, _) in itertools.pairwise([*begins, (run.end_s, "")]):
        yield Part(f"phase: {phase}", start_s, max(start_s, end_s), {})
    for window in fault_windows(run):
        # A fault that nobody healed is no failure of the stack: its span ends with the run.
        end_s = run.end_s if window["end_s"] is None else window["end_s"]
        about = {"gameday.target": window["target"], "gameday.effect": window["sentence"]}
        yield Part(f"fault: {window['fault']}", window["start_s"], max(window["start_s"], end_s), about)
    times = run.incident.times
    if run.result is not Result.INCONCLUSIVE and times.affected_s is not None:
        if times.alerted_s is None or times.alerted_s > times.affected_s:
            yield Part("not detected", times.affected_s, times.alerted_s, {})
        yield Part("not reconciled", times.affected_s, times.reconciled_s, {})


def _whole(run: RecordedRun) -> dict[str, Any]:
    """The span of the run, with the timeline as its events."""
    about = {
        "gameday.scenario": run.scenario.name,
        "gameday.seed": str(run.info.seed),
        "gameday.pace": f"{run.info.pace:g}",
        "gameday.flow": run.contract.name,
        "gameday.result": run.result.word,
    }
    rows = timeline(run, moments(run))["rows"]
    return {
        **_frame(run, 0, f"game day: {run.scenario.name}", min(0.0, *(row["time_s"] for row in rows), 0.0), run.end_s),
        "attributes": _attributes(run, about),
        "events": [_event(run, row) for row in rows],
        **({"status": {"code": _ERROR}} if run.result is Result.FAILED else {}),
    }


def _span(run: RecordedRun, number: int, part: Part) -> dict[str, Any]:
    end_s = run.end_s if part.end_s is None else part.end_s
    return {
        **_frame(run, number, part.name, part.start_s, end_s),
        "parentSpanId": _id(run, 0)[:16],
        "attributes": _attributes(run, part.attributes),
        **({"status": {"code": _ERROR}} if part.end_s is None else {}),
    }


def _frame(run: RecordedRun, number: int, name: str, start_s: float, end_s: float) -> dict[str, Any]:
    return {
        "traceId": _id(run, -1)[:32],
        "spanId": _id(run, number)[:16],
        "name": plain(run, name),
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(run, start_s),
        "endTimeUnixNano": _nanoseconds(run, end_s),
    }


def _event(run: RecordedRun, row: Mapping[str, Any]) -> dict[str, Any]:
    about = {"gameday.kind": row["kind"], "gameday.details": "; ".join(row["details"])}
    if row["index"] is not None:
        about["gameday.operation"] = f"history.jsonl #{row['index']}"
    at = _nanoseconds(run, row["time_s"])
    return {"timeUnixNano": at, "name": plain(run, row["text"]), "attributes": _attributes(run, about)}


def _attributes(run: RecordedRun, about: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": plain(run, text)}} for key, text in about.items() if text]


def _id(run: RecordedRun, number: int) -> str:
    """The same for the same run: a trace that is sent twice is one."""
    return hashlib.sha256(msgspec.json.encode([*identity(run), number])).hexdigest()


def _nanoseconds(run: RecordedRun, time_s: float) -> str:
    try:
        started = datetime.fromisoformat(run.info.started)
    except ValueError:
        started = datetime.fromtimestamp(0, UTC)
    started = started.replace(tzinfo=UTC) if started.tzinfo is None else started
    return str(max(0, int(started.timestamp()) * 10**9 + round(time_s * 10**9)))


def send(payload: Any, fields: Mapping[str, Any], call: Call) -> str:
    """Send the spans to a collector; the address is that of its traces."""
    call("POST", "", {**payload, **fields})
    return "1 trace"


otlp = outlets.register("otlp")(Outlet(traces, send=send))
