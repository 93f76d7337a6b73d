"""The timeline, from before the incident to the last reading of the ledgers, each entry with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gameday.base.counts import plural
from gameday.model.events import (
    DeadLettersCounted,
    DealClosed,
    Delivery,
    ErpWrite,
    Event,
    FaultEvent,
    FaultHit,
    FaultInjected,
    Intervention,
    InvoiceWrite,
    LedgerRead,
    Login,
    Note,
    OrderWrite,
    PhaseBegan,
    StackEvent,
)
from gameday.model.history import Operation, Outcome
from gameday.model.roles import the
from gameday_reports.formats import capital
from gameday_reports.postmortem.header import fault_windows, named
from gameday_reports.postmortem.signals import grouped, reason_of
from gameday_reports.recorded import RecordedRun

#: How many entries the page shows.
ROWS = 120
#: How many of one kind: manual interventions, notes, kinds of signals.
OF_A_KIND = 30

Entry = dict[str, Any]

_Refusable = Delivery | Login | ErpWrite
# Failures that the timeline shows once, with their number.
_FIRSTS: tuple[tuple[type[_Refusable], Outcome, str], ...] = (
    (Delivery, "fail", "The CRM's delivery was refused"),
    (Delivery, "info", "The CRM's delivery got no reply"),
    (Login, "fail", "A login was refused"),
    (OrderWrite, "fail", "The ERP refused an order"),
    (OrderWrite, "info", "The ERP committed an order and its reply was lost"),
    (InvoiceWrite, "fail", "The ERP refused an invoice"),
    (InvoiceWrite, "info", "The ERP committed an invoice and its reply was lost"),
)
_ACTS = {
    "kill": "The stack was killed",
    "pause": "The stack was paused",
    "resume": "The stack was resumed",
    "roll out": "The stack was asked to roll out another version",
    "roll back": "The stack was asked to take the other version back",
    "start": "The stack was started",
    "ready": "The stack was ready",
    "missed": "The batch was not started when it was due",
    "cut off": "A run of the batch was cut off",
}
_TIMELINE: tuple[type[Event], ...] = (
    PhaseBegan,
    FaultEvent,
    StackEvent,
    Intervention,
    Note,
    LedgerRead,
    DeadLettersCounted,
)


def timeline(run: RecordedRun, moments: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries by time; ``index`` is the operation in history.jsonl, counted from 0."""
    entries = [*_recorded(run), *_acted(run), *_deals(run), *_refusals(run), *_hits(run), *_signals(run)]
    entries += _computed(moments)
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
    for op in run.of(*_TIMELINE):
        if op.outcome == "invoke":
            continue
        counts[op.f] = counts.get(op.f, 0) + 1
        if not isinstance(op.event, Intervention | Note) or counts[op.f] <= OF_A_KIND:
            yield _of(op)


def _of(op: Operation[Event]) -> Entry:
    at = (op.time_s, op.index)
    match op.event:
        case PhaseBegan(phase):
            return _entry("phase", *at, f"{phase.capitalize()} begins")
        case FaultEvent() as event:
            injected = isinstance(event, FaultInjected)
            text = f"{_acts(injected, op.outcome)}: {event.fault} at {the(event.target)}"
            return _entry("fault", *at, text, *(named(event.params) if injected else ()))
        case StackEvent(act):
            return _entry("fault", *at, _ACTS.get(act, act))
        case Intervention(act):
            return _entry("people", *at, f"Manual intervention: {act}")
        case Note() as note:
            return _entry("note", *at, note.text)
        case LedgerRead(system, entries):
            return _entry("ledger", *at, f"The ledger of {system} was read: {entries} entries")
        case DeadLettersCounted(count):
            return _entry("ledger", *at, f"Dead letters were counted: {count} open")
        case _:
            raise AssertionError(op.f)


def _acted(run: RecordedRun) -> Iterator[Entry]:
    """What people did in a system because the scenario says so."""
    for act in run.acts[:OF_A_KIND]:
        yield _entry("people", act.time_s, act.index, capital(act.words), *act.problems[:1])


def _acts(injected: bool, outcome: Outcome) -> str:
    """What the harness did to a fault, or failed to do."""
    if outcome == "fail":
        return f"Fault could not be {'injected' if injected else 'healed'}"
    return "Fault injected" if injected else "Fault healed"


def _deals(run: RecordedRun) -> Iterator[Entry]:
    """The first deal and the last."""
    indexes = list(run.closings.values())
    ends = run.history.at({indexes[0], indexes[-1]}) if indexes else []
    for number, closing in zip(("First", "Last"), ends, strict=False):
        if isinstance(closing.event, DealClosed):
            yield _entry("deal", closing.time_s, closing.index, f"{number} deal closed: {closing.event.deal}")


def _refusals(run: RecordedRun) -> Iterator[Entry]:
    """The first of each kind of failed request, with their number."""
    for kind, outcome, text in _FIRSTS:
        operations = run.of(kind, outcome=outcome)
        first = next(operations, None)
        if first is None:
            continue
        count = 1 + sum(1 for _ in operations)
        reply = " ".join(str(part) for part in (_status(first.event), first.event.error) if part)
        more = f"the first of {count:,}" if count > 1 else ""
        yield _entry("refusal", first.time_s, first.index, text, reply, more)


def _status(event: _Refusable) -> int | str:
    return "" if isinstance(event, Login) else event.status


def _hits(run: RecordedRun) -> Iterator[Entry]:
    """The first request that each fault hit, with their number."""
    firsts: dict[str, Operation[FaultHit]] = {}
    counts: Counter[str] = Counter()
    orders: dict[str, set[str]] = {}
    for op in run.of(FaultHit):
        key = op.event.fault
        firsts.setdefault(key, op)
        counts[key] += 1
        orders.setdefault(key, set()).update([op.event.order] if op.event.order else ())
    faults = {str(window["injection"]): window["fault"] for window in fault_windows(run)}
    for key, first in firsts.items():
        # The injector numbers its actions: "0-record-lock-0" is the first action of the first injection.
        fault = faults.get(key.partition("-")[0], key)
        deals = len(orders[key])
        total = f"{plural(counts[key], 'hit')} in total" + (f", on {plural(deals, 'deal')}" if deals else "")
        text = f"First request hit by the fault: {fault}"
        yield _entry("hit", first.time_s, first.index, text, first.event.operation, total)


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
