"""The affected deals in groups with one history each: the faults that hit them, what was refused, what was written."""

from __future__ import annotations

from typing import Any, NamedTuple

from gameday.analysis.once import once_for_each
from gameday.analysis.reconcile import OrderOutcome
from gameday.model.events import Delivery, ErpWrite, FaultHit
from gameday_reports.recorded import RecordedRun

_WORST_FIRST = ("lost", "duplicated", "mismatched", "parked", "late")


class Refusal(NamedTuple):
    """Why writes of a deal, or messages about it, did not go through."""

    what: str
    system: str
    status: str
    error: str


class Trace(NamedTuple):
    """What the history has about one deal: the faults that hit it, and its refusals with the index of each first.

    ``written`` is the first write that was committed, ``unanswered`` the first of these whose reply was lost.
    """

    faults: dict[int, int]
    refusals: dict[Refusal, tuple[int, int]]
    written: int | None = None
    unanswered: int | None = None


class Group(NamedTuple):
    """Deals with one history: the same end state, the same faults, the same refusals, the same fields that differ."""

    state: str
    faults: tuple[int, ...]
    refusals: tuple[Refusal, ...]
    fields: tuple[str, ...]
    outcomes: tuple[OrderOutcome, ...]
    traces: tuple[Trace, ...]

    @property
    def first(self) -> OrderOutcome:
        """The deal of it that was affected first."""
        return min(self.outcomes, key=lambda outcome: outcome.affected_s or 0.0)


@once_for_each
def groups_of(run: RecordedRun) -> list[Group]:
    """The affected deals in groups, worst and largest first."""
    traces = _traces(run, {outcome.deal for outcome in run.affected})
    found: dict[tuple[Any, ...], tuple[list[OrderOutcome], list[Trace]]] = {}
    for outcome in run.affected:
        trace = traces[outcome.deal]
        key = (outcome.state, tuple(sorted(trace.faults)), tuple(sorted(trace.refusals)), _fields(outcome))
        outcomes, of_them = found.setdefault(key, ([], []))
        outcomes.append(outcome)
        of_them.append(trace)
    groups = [
        Group(state, hit, refused, fields, tuple(outcomes), tuple(of_them))
        for (state, hit, refused, fields), (outcomes, of_them) in found.items()
    ]
    return sorted(groups, key=lambda group: (_WORST_FIRST.index(group.state), -len(group.outcomes)))


def _fields(outcome: OrderOutcome) -> tuple[str, ...]:
    """The fields that differ in a mismatched deal; those of its invoices go with those of its order."""
    if outcome.state != "mismatched":
        return ()
    # Fields of lines contain the SKU; what matters is that it was a line.
    names = ("lines" if "line " in each.field else each.field.removeprefix("invoice ") for each in outcome.differences)
    return tuple(dict.fromkeys(names))[:1]


def _traces(run: RecordedRun, deals: set[str]) -> dict[str, Trace]:
    """One look through hits, messages and writes; of each deal only the first of a kind is kept, with its number."""
    by_name = {key: deal for deal, key in run.observations.key_of.items() if deal in deals}
    found = {deal: Trace({}, {}) for deal in deals}

    def trace_of(name: str | None) -> Trace | None:
        return None if not name else found.get(name) or found.get(by_name.get(name, ""))

    for hit in run.of(FaultHit):
        number = hit.event.fault.partition("-")[0]
        if (trace := trace_of(hit.event.order)) is not None and number.isdigit():
            trace.faults.setdefault(int(number), hit.index)
    for outcome in ("fail", "info"):
        for sent in run.of(Delivery, outcome=outcome):
            why = Refusal("message", sent.process, str(sent.event.status), sent.event.error)
            for deal in sent.event.deals:
                _count(trace_of(deal), why, sent.index)
    failed = {op.index: op for op in run.of(ErpWrite, outcome="fail")}
    for deal, writes in run.observations.writes.items():
        for write in writes if deal in found else ():
            if (op := failed.get(write.index)) is not None:
                event = op.event
                _count(found[deal], Refusal(event.operation, op.process, str(event.status), event.error), op.index)
                continue
            if found[deal].written is None:
                found[deal] = found[deal]._replace(written=write.index)
            if found[deal].unanswered is None and write.outcome == "info":
                found[deal] = found[deal]._replace(unanswered=write.index)
    return found


def _count(trace: Trace | None, why: Refusal, index: int) -> None:
    if trace is not None:
        first, number = trace.refusals.get(why, (index, 0))
        trace.refusals[why] = (first, number + 1)
