"""The alerts and tickets of the stack: what they reported, how late, and which were false alarms."""

from __future__ import annotations

from typing import Any

from gameday.analysis.alerts import false_alarms, right_owner
from gameday.analysis.raised import Raised
from gameday.analysis.revenue import by_currency
from gameday.model.signal import Signal
from gameday_reports.recorded import RecordedRun

#: How many kinds of signals, and how many false alarms, the page shows.
ROWS = 40


def detection(run: RecordedRun) -> dict[str, Any]:
    """The gap between the first affected deal and the first alert, when each deal was reported, and the signals."""
    times = run.incident.times
    affected = run.affected
    alerted_s = times.alerted_s
    before = [o for o in affected if alerted_s is None or (o.affected_s is not None and o.affected_s < alerted_s)]
    groups = grouped(run.observations.triggers)
    alarms = false_alarms(run.case) if run.scorecard.false_alarms else []
    return {
        "affected": len(affected),
        "alerted_s": alerted_s,
        "affected_s": times.affected_s,
        "gap_s": times.detect_s,
        "before_alert": len(before),
        "before_alert_money": by_currency(before),
        "reported": _reported(run),
        "signals": [_signal(run, group) for group in groups[:ROWS]],
        "signals_left_out": max(0, len(groups) - ROWS),
        "raised": len(run.observations.triggers),
        "false": [
            {"kind": a.kind, "source": a.source, "time_s": a.time_s, "key": a.key, "why": a.false}
            for a in alarms[:ROWS]
        ],
        "false_alarms": run.scorecard.false_alarms,
        "control": run.controlled,
        "target_s": run.contract.sla.detect_target_s,
    }


def _reported(run: RecordedRun) -> list[dict[str, Any]]:
    """How many affected deals were first reported how long after they were affected."""
    sla = run.contract.sla
    counts = dict.fromkeys(("before they were affected", "within the target", "within the limit", "later", "never"), 0)
    for outcome in run.affected:
        if outcome.reported_s is None:
            counts["never"] += 1
            continue
        took_s = outcome.reported_s - (outcome.reported_s if outcome.affected_s is None else outcome.affected_s)
        bounds = ((0.0, "before they were affected"), (sla.detect_target_s, "within the target"))
        limit = "within the limit" if took_s <= sla.detect_limit_s else "later"
        counts[next((name for bound, name in bounds if took_s <= bound), limit)] += 1
    return [{"when": when, "deals": number} for when, number in counts.items()]


def grouped(triggers: tuple[Raised, ...]) -> list[list[Raised]]:
    """Signals with the same kind, source, owner and reason, grouped; in the order of their first."""
    groups: dict[tuple[str, str, str, str], list[Raised]] = {}
    for raised in triggers:
        signal = raised.signal
        groups.setdefault((signal.kind, signal.source, signal.owner, signal.reason), []).append(raised)
    return list(groups.values())


def reason_of(run: RecordedRun, signal: Signal) -> str:
    """The reason that a signal gives, else the beginning of its text."""
    # Mask before cutting: half a name would not be recognised.
    return run.shown(signal.reason) or run.shown(signal.text[:3000])[:300]


def _signal(run: RecordedRun, group: list[Raised]) -> dict[str, Any]:
    first = group[0]
    signal = first.signal
    return {
        "kind": signal.kind,
        "source": signal.source,
        "severity": signal.severity,
        "owner": run.shown(signal.owner),
        "right_owner": right_owner(run.contract, signal, run.scenario.injections),
        "reason": reason_of(run, signal),
        "time_s": first.time_s,
        "last_s": group[-1].time_s,
        "times": len(group),
        "index": first.index,
        "names_flow": run.observations.names_flow(first, run.contract.name),
        "deals": len({deal for raised in group for deal in (*raised.signal.orders, *raised.signal.context)}),
    }
