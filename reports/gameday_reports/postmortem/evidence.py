"""What each affected deal is in the CRM and in the ERP, who reported it, and where the history shows it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.analysis.writes import Write
from gameday_fakes.ledger import Entry
from gameday_reports.recorded import RecordedRun

#: How many deals the page shows; results.json has all.
ROWS = 200
DIFFERENCES = 6
OPERATIONS = 5

_OUTCOMES = {"ok": "written", "fail": "refused", "info": "written, reply lost"}
_WORST_FIRST = ("lost", "duplicated", "mismatched", "parked", "late")


def evidence(run: RecordedRun) -> dict[str, Any]:
    """The affected deals, unreported ones first, then by state and time.

    ``anchors`` is the row of each deal, ``firsts`` the first row of each end state, both counted from 1.
    """
    affected = sorted(run.affected, key=lambda o: (not o.unreported, _WORST_FIRST.index(o.state), o.affected_s or 0.0))
    shown = affected[:ROWS]
    orders = _orders(run, {id_ for o in shown for id_ in o.orders})
    rows = [_row(run, outcome, orders) for outcome in shown]
    anchors = {row["deal"]: number for number, row in enumerate(rows, start=1)}
    firsts: dict[str, int] = {}
    for row in rows:
        firsts.setdefault(row["state"], anchors[row["deal"]])
    return {
        "rows": rows,
        "anchors": anchors,
        "firsts": firsts,
        "deals": len(affected),
        "left_out": len(affected) - len(shown),
    }


def _orders(run: RecordedRun, ids: Collection[str]) -> dict[str, Entry]:
    return {entry.id: entry for entry in run.case.erp.entries if entry.id in ids}


def _row(run: RecordedRun, outcome: OrderOutcome, orders: dict[str, Entry]) -> dict[str, Any]:
    closings = run.closings
    writes = run.observations.writes.get(outcome.deal, [])
    operations = [{"index": closings[outcome.deal], "what": "closed"}] if outcome.deal in closings else []
    operations += [{"index": write.index, "what": _what(write)} for write in writes[:OPERATIONS]]
    return {
        "deal": outcome.deal,
        "key": outcome.key,
        "state": outcome.state,
        "unreported": outcome.unreported,
        "void": outcome.void,
        "amount": outcome.amount,
        "currency": outcome.currency,
        "closed_s": outcome.closed_s,
        "due_s": outcome.due_s,
        "affected_s": outcome.affected_s,
        "ordered_s": outcome.ordered_s,
        "late_s": outcome.late_s,
        "reported_by": outcome.reported_by,
        "reported_s": outcome.reported_s,
        "orders": [
            {"id": id_, "total": orders[id_].total, "currency": orders[id_].currency}
            for id_ in outcome.orders
            if id_ in orders
        ],
        "invoices": list(outcome.invoices),
        "differences": [
            {"field": d.field, "crm": run.shown(d.crm), "erp": run.shown(d.erp)}
            for d in outcome.differences[:DIFFERENCES]
        ],
        "differences_left_out": max(0, len(outcome.differences) - DIFFERENCES),
        "hit": "hit" if outcome.hit else "in progress during a fault" if outcome.touched else "not hit",
        "operations": operations,
        "operations_left_out": max(0, len(writes) - OPERATIONS),
    }


def _what(write: Write) -> str:
    return f"{write.f.removesuffix('_write')} {_OUTCOMES.get(write.outcome, write.outcome)}"
