"""The timeline, from before the incident to the last reading of the ledgers, each entry with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gameday.model.history import Operation
from gameday_reports.formats import plural
from gameday_reports.postmortem.header import fault_windows, named, role
from gameday_reports.postmortem.signals import grouped, reason_of
from gameday_reports.recorded import RecordedRun

#: How many entries the page shows.
ROWS = 120
#: How many of one kind: manual interventions, notes, kinds of signals.
OF_A_KIND = 30

Entry = dict[str, Any]

# Failures that the timeline shows once, with their number.
_FIRSTS = {
    ("deliver", "fail"): "The CRM's delivery was refused",
    ("deliver", "info"): "The CRM's delivery got no reply",
    ("login", "fail"): "A login was refused",
    ("order_write", "fail"): "The ERP refused an order",
    ("order_write", "info"): "The ERP committed an order and its reply was lost",
    ("invoice_write", "fail"): "The ERP refused an invoice",
    ("invoice_write", "info"): "The ERP committed an invoice and its reply was lost",
}


def timeline(run: RecordedRun, moments: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries by time; ``index`` is the operation in history.jsonl, counted from 0."""
    entries = [*_recorded(run), *_deals(run), *_refusals(run), *_hits(run), *_signals(run), *_computed(moments)]
    entries.sort(key=_order)
    for entry in entries[:ROWS]:
        entry["text"], entry["details"] = run.shown(entry["text"]), [run.shown(d) for d in entry["details"]]
    return {"rows": entries[:ROWS], "left_out": max(0, len(entries) - ROWS), "operations": len(run.history)}


def _order(entry: Entry) -> tuple[float, str, int]:
    """By time; at the same time, recorded operations before computed moments, and t1 before t4."""
    return entry["time_s"], entry["text"] if entry["kind"] == "moment" else "", entry["index"] or 0


def _entry(kind: str, time_s: float, index: int | None, text: str, *details: str) -> Entry:
    return {"kind": kind, "time_s": time_s, "index": index, "text": text, "details": [d for d in details if d]}


def _recorded(run: RecordedRun) -> Iterator[Entry]:
    """Phases, faults, the stack's process, manual interventions, notes, readings of the ledgers."""
    counts: dict[str, int] = {}
    for op in run.of("phase", "inject", "heal", "stack", "human", "note", "ledger", "dead_letters"):
        if op.outcome == "invoke":
            continue
        counts[op.f] = counts.get(op.f, 0) + 1
        if op.f not in ("human", "note") or counts[op.f] <= OF_A_KIND:
            yield _of(op)


def _of(op: Operation) -> Entry:
    value, at = op.value, (op.time_s, op.index)
    match op.f:
        case "phase":
            return _entry("phase", *at, f"{str(value.get('phase', '')).capitalize()} begins")
        case "inject" | "heal":
            text = f"{_acts(op)}: {value.get('fault', '')} at {role(str(value.get('target', '')))}"
            return _entry("fault", *at, text, *(_params(value) if op.f == "inject" else ()))
        case "stack":
            acts = {"kill": "killed", "pause": "paused", "resume": "resumed", "start": "started", "ready": "ready"}
            act = str(value.get("act", ""))
            return _entry("fault", *at, f"The stack was {acts.get(act, act)}")
        case "human":
            return _entry("people", *at, f"Manual intervention: {value.get('act', '')}")
        case "note":
            return _entry("note", *at, str(value.get("text", "")))
        case "ledger":
            text = f"The ledger of {value.get('system', '')} was read: {value.get('entries', '')} entries"
            return _entry("ledger", *at, text)
        case _:
            return _entry("ledger", *at, f"Dead letters were counted: {value.get('open', '')} open")


def _acts(op: Operation) -> str:
    """What the harness did to a fault, or failed to do."""
    if op.outcome == "fail":
        return f"Fault could not be {'injected' if op.f == 'inject' else 'healed'}"
    return "Fault injected" if op.f == "inject" else "Fault healed"


def _params(value: Mapping[str, Any]) -> list[str]:
    params = value.get("params")
    return named(params) if isinstance(params, dict) else []


def _deals(run: RecordedRun) -> Iterator[Entry]:
    """The first deal and the last."""
    closings = list(run.of("close_deal", outcome="ok"))
    for number, op in (("First", closings[:1]), ("Last", closings[1:][-1:])):
        for closing in op:
            text = f"{number} deal closed: {closing.value.get('deal', '')}"
            yield _entry("deal", closing.time_s, closing.index, text)


def _refusals(run: RecordedRun) -> Iterator[Entry]:
    """The first of each kind of failed request, with their number."""
    for (f, outcome), text in _FIRSTS.items():
        operations = [op for op in run.of(f) if op.outcome == outcome]
        if not operations:
            continue
        first = operations[0]
        reply = " ".join(str(part) for part in (first.value.get("status"), first.value.get("error")) if part)
        more = f"the first of {len(operations):,}" if len(operations) > 1 else ""
        yield _entry("refusal", first.time_s, first.index, text, reply, more)


def _hits(run: RecordedRun) -> Iterator[Entry]:
    """The first request that each fault hit, with their number."""
    hits: dict[str, list[Operation]] = {}
    for op in run.of("hit"):
        hits.setdefault(str(op.value.get("fault", "")), []).append(op)
    faults = {str(window["injection"]): window["fault"] for window in fault_windows(run)}
    for key, operations in hits.items():
        first = operations[0]
        # The injector numbers its actions: "0-record-lock-0" is the first action of the first injection.
        fault = faults.get(key.partition("-")[0], key)
        deals = len({str(op.value["order"]) for op in operations if op.value.get("order")})
        total = f"{plural(len(operations), 'hit')} in total" + (f", on {plural(deals, 'deal')}" if deals else "")
        text = f"First request hit by the fault: {fault}"
        yield _entry("hit", first.time_s, first.index, text, str(first.value.get("operation", "")), total)


def _signals(run: RecordedRun) -> Iterator[Entry]:
    for group in grouped(run.observations.triggers)[:OF_A_KIND]:
        first = group[0]
        signal = first.signal
        text = f"{signal.kind.capitalize()} from {signal.source}: {reason_of(run, signal)}"
        owner = f"to {signal.owner}" if signal.owner else "no owner named"
        more = f"raised {len(group):,} times" if len(group) > 1 else ""
        yield _entry(
            "signal", first.time_s, first.index, text, owner, f"names {plural(len(signal.orders), 'deal')}", more
        )
    for raised in run.observations.answers[:OF_A_KIND]:
        act = {"acknowledge": "acknowledged", "resolve": "resolved"}.get(raised.signal.action, raised.signal.action)
        text = f"{raised.signal.kind.capitalize()} {act}"
        yield _entry("signal", raised.time_s, raised.index, text, raised.signal.key)


def _computed(moments: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """The moments that no single operation shows."""
    for moment in moments:
        if moment["name"] in ("t1", "t4", "t5") and moment["time_s"] is not None:
            deal = f"deal {moment['deal']}" if moment["deal"] else ""
            title = f"{moment['name']}: {moment['title']}"
            yield _entry("moment", moment["time_s"], moment["index"], title, moment["meaning"], deal)
