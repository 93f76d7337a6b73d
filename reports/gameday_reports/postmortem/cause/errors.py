"""Which operations were refused, with which status and error, and how often."""

from __future__ import annotations

from typing import Any, NamedTuple

from gameday.analysis.deliveries import Deliveries
from gameday.model.events import ErpWrite, Exchange, RequestsCounted
from gameday.model.history import Operation
from gameday_reports.recorded import RecordedRun

#: How many rows the page shows.
ROWS = 30

DELIVER = "deliver"


class _Kind(NamedTuple):
    """What is counted together. ``status`` 0: there was no reply."""

    system: str
    operation: str
    status: str


def errors(run: RecordedRun) -> list[dict[str, Any]]:
    """One row for each system, operation and status, most frequent first; ``index`` is an operation that shows it.

    ``requests`` is how many requests of the operation there were, None where they were not counted.
    """
    counts, requests = _counts(run)
    codes: dict[_Kind, dict[str, int]] = {}
    refusals: list[Operation[Exchange] | Operation[ErpWrite]] = [*run.of(Exchange, outcome="fail")]
    refusals += run.of(ErpWrite, outcome="fail")
    for op in refusals:
        kind = _Kind(op.process, op.event.operation, str(op.event.status))
        codes.setdefault(kind, {}).setdefault(op.event.error, op.index)
    rows = [
        {
            "system": kind.system,
            "operation": kind.operation,
            "status": kind.status if kind.status != "0" else "no reply",
            "count": count,
            "requests": requests.get((kind.system, kind.operation)),
            "errors": [run.shown(code) for code in codes.get(kind, {}) if code],
            "index": next(iter(codes.get(kind, {}).values()), None),
        }
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return rows[:ROWS]


def _counts(run: RecordedRun) -> tuple[dict[_Kind, int], dict[tuple[str, str], int]]:
    """How many requests were refused, and how many there were; the CRM's messages to the stack are among them."""
    counts: dict[_Kind, int] = {}
    requests: dict[tuple[str, str], int] = {}

    def add(kind: _Kind, number: int = 1) -> None:
        counts[kind] = counts.get(kind, 0) + number

    counted = [op.event for op in run.of(RequestsCounted)]
    for event in counted:
        requests |= {(event.system, operation): number for operation, number in event.operations.items()}
        for operation, statuses in event.refusals.items():
            for status, number in statuses.items():
                add(_Kind(event.system, operation, status), number)
    if not any(event.refusals for event in counted):
        # A run of an older version, or one that did not end: its writes are in the history one by one.
        for write in run.of(ErpWrite, outcome="fail"):
            add(_Kind(write.process, write.event.operation, str(write.event.status)))
        for event in counted:
            known = sum(number for kind, number in counts.items() if kind.system == event.system)
            if event.refused > known:
                add(_Kind(event.system, "other requests", "not recorded"), event.refused - known)
    for (sender, outcome, reply), number in run.history.collected(Deliveries).counts.items():
        requests[sender, DELIVER] = requests.get((sender, DELIVER), 0) + number
        if outcome != "ok":
            status = str(reply)
            add(_Kind(sender, DELIVER, status if status.isdigit() else "0"), number)
    return counts, requests
