"""t0 to t5 and the spans between them, in words and with their evidence."""

from __future__ import annotations

from typing import Any

from gameday.analysis.raised import Raised
from gameday.analysis.reconcile import OrderOutcome
from gameday.model.events import FaultInjected
from gameday_reports.recorded import RecordedRun

_MOMENTS = (
    ("t0", "fault injected", "the first fault became active"),
    ("t1", "first deal affected", "the first deal became late, lost, duplicated or mismatched"),
    ("t2", "first alert", "the first alert that names the flow"),
    ("t3", "acknowledged", "somebody acknowledged that alert"),
    ("t4", "new deals flow", "the first deal after the last affected one is correct in the ERP"),
    ("t5", "reconciled", "the last affected deal is correct in the ERP"),
)


def moments(run: RecordedRun) -> list[dict[str, Any]]:
    """The six moments; ``time_s`` is None if one did not come, ``index`` is the operation that proves it."""
    times = run.incident.times
    seconds = (
        times.injected_s,
        times.affected_s,
        times.alerted_s,
        times.acknowledged_s,
        times.flowing_s,
        times.reconciled_s,
    )
    proofs = (
        _injected(run),
        _affected(run),
        _alerted(run),
        _acknowledged(run),
        _correct(run, seconds[4]),
        _correct(run, seconds[5]),
    )
    return [
        {"name": name, "title": title, "meaning": meaning, "time_s": time_s, "deal": deal, "index": index}
        for (name, title, meaning), time_s, (deal, index) in zip(_MOMENTS, seconds, proofs, strict=True)
    ]


def spans(run: RecordedRun) -> list[dict[str, Any]]:
    """The spans with their full names; ``target_s`` and ``limit_s`` are the contract's, None if it has none."""
    times, sla = run.incident.times, run.contract.sla
    detect = {"target_s": sla.detect_target_s, "limit_s": sla.detect_limit_s}
    repair = {"target_s": sla.repair_target_s, "limit_s": sla.repair_limit_s}
    without = {"target_s": None, "limit_s": None}
    rows = (
        ("TTD", "Time to detect, from the first affected deal", "t2 - t1", times.detect_s, detect),
        ("TTD", "Time to detect, from the injection", "t2 - t0", times.detect_from_injection_s, without),
        ("TTA", "Time to acknowledge", "t3 - t2", times.acknowledge_s, without),
        ("TTM", "Time to mitigate: until new deals flow again", "t4 - t1", times.mitigate_s, without),
        ("TTC", "Time to catch up: from healing until the ledgers are reconciled", "t5 - th", times.catch_up_s, repair),
        ("TTR", "Time to repair: until the ledgers are reconciled", "t5 - t1", times.repair_s, without),
    )
    return [
        {"short": short, "name": name, "formula": formula, "seconds": seconds, **bounds}
        for short, name, formula, seconds, bounds in rows
    ]


Proof = tuple[str, int | None]
_NOTHING: Proof = ("", None)


def _injected(run: RecordedRun) -> Proof:
    windows = run.observations.windows
    if not windows:
        return _NOTHING
    first = min(windows, key=lambda window: window.start_s)
    actions = run.of(FaultInjected)
    return "", next((op.index for op in actions if op.event.injection == first.injection), None)


def _affected(run: RecordedRun) -> Proof:
    known = [o for o in run.affected if o.affected_s is not None]
    first = min(known, key=lambda o: o.affected_s or 0.0, default=None)
    if first is None:
        return _NOTHING
    if first.state in ("duplicated", "mismatched"):
        written = _write(run, first, first.affected_s)
        if written is not None:
            return first.deal, written
    # A missing order leaves no trace: the evidence is the closing of its deal.
    return first.deal, run.closings.get(first.deal)


def _alerted(run: RecordedRun) -> Proof:
    times = run.incident.times
    return "", _at(run.observations.triggers, times.alerted_s)


def _acknowledged(run: RecordedRun) -> Proof:
    return "", _at(run.observations.answers, run.incident.times.acknowledged_s)


def _at(signals: tuple[Raised, ...], time_s: float | None) -> int | None:
    return next((raised.index for raised in signals if raised.time_s == time_s), None)


def _correct(run: RecordedRun, time_s: float | None) -> Proof:
    """The deal that became correct at that moment, and the write that did it."""
    if time_s is None:
        return _NOTHING
    outcome = next((o for o in run.reconciliation.outcomes if o.ordered_s == time_s), None)
    return _NOTHING if outcome is None else (outcome.deal, _write(run, outcome, time_s))


def _write(run: RecordedRun, outcome: OrderOutcome, time_s: float | None) -> int | None:
    """The write of a deal that was committed at that moment.

    The ledger has the time of the commit, the history that of the reply, which comes a little later.
    """
    committed = [write for write in run.observations.writes.get(outcome.deal, ()) if write.committed]
    if time_s is None or not committed:
        return None
    return next((write.index for write in committed if write.time_s >= time_s - 0.001), committed[-1].index)
