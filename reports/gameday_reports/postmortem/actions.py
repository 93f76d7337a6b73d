"""Actions drafted from what failed: to prevent, to detect, to mitigate. Who and by when is for people to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from gameday.base.errors import unknown
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.contracts.flows import owner_of
from gameday.model.checker import Result
from gameday_reports.formats import plural, span
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import ActionEntry


class Action(NamedTuple):
    """A drafted action. Its ``id`` is the same for the same finding, so that people can refer to it."""

    id: str
    kind: str
    what: str
    why: str


def actions(run: RecordedRun) -> list[dict[str, Any]]:
    """The drafted actions with what people said of them, then people's own.

    Each has ``id`` (empty: people's own), ``kind``, ``what``, ``why``, ``owner``, ``due`` (empty: open), ``dropped``
    (why it will not be done), ``line`` in the sidecar and ``routed_to``, the owner whom such an action concerns: it is
    theirs only once they say so, which ``owner`` tells. Raises GamedayError for an id that was not drafted, unless it
    stands there as it was written: the run was judged anew since, and what it called for is gone.
    """
    rows = [_row(entry) for entry in drafts(run)]
    by_id = {row["id"]: row for row in rows}
    for said in run.sidecar.actions:
        if not said.id:
            rows.append(_row(Action("", said.kind, said.what, said.why), said))
        elif said.id in by_id:
            by_id[said.id].update(_said(said))
        elif said.kind and said.what:
            # Drafted once, and the run was judged anew since: the people's words stand for themselves.
            rows.append(_row(Action(said.id, said.kind, said.what, said.why), said))
        elif said.owner or said.due or said.dropped or said.what:
            where = f"{run.sidecar.path}:{said.line}"
            raise unknown("action", said.id[:80], by_id, where=where, hint="one of your own has `type` and `what`")
    owners = {"sync": run.contract.owner, **run.contract.owners}
    return [{**row, "routed_to": owner_of(owners, row["kind"])} for row in rows]


def drafts(run: RecordedRun) -> list[Action]:
    """What the figures call for."""
    return [*_conclude(run), *_prevent(run), *_detect(run), *_mitigate(run)]


def _row(action: Action, said: ActionEntry | None = None) -> dict[str, Any]:
    row = {**action._asdict(), "owner": "", "due": "", "dropped": "", "line": 0}
    return row if said is None else row | _said(said)


def _said(said: ActionEntry) -> dict[str, Any]:
    fields = {"kind": said.kind, "what": said.what, "why": said.why}
    kept = {name: value for name, value in fields.items() if value}
    return {**kept, "owner": said.owner, "due": said.due, "dropped": said.dropped, "line": said.line}


def _conclude(run: RecordedRun) -> Iterator[Action]:
    for verdict in run.verdicts:
        if verdict.name == STEADY_STATE and verdict.result is not Result.PASSED:
            what = "Make the flow hold without a fault first, then run this scenario again."
            yield Action("steady-state", "prevent", what, verdict.summary)


def _prevent(run: RecordedRun) -> Iterator[Action]:
    states = run.scorecard.states
    faults = ", ".join(sorted({window.fault for window in run.observations.windows})) or "no fault"
    if lost := states["lost"].orders:
        what = "Acknowledge an event only once it is stored, and keep what cannot be written where it can be replayed."
        yield Action("lost", "prevent", what, f"{plural(lost, 'deal')} lost under {faults}")
    if twice := states["duplicated"].orders:
        key = run.contract.idempotency_key
        under = f" under an idempotency key ({key})" if key else " under an idempotency key"
        what = f"Write orders and invoices{under}, or look for them before creating them."
        yield Action("duplicated", "prevent", what, f"{plural(twice, 'deal')} with more than one order or invoice")
    if wrong := states["mismatched"].orders:
        what = "Check an order against the contract and re-read the deal before writing it."
        why = f"{wrong:,} of {plural(run.scorecard.orders, 'deal')} mismatched: {_fields(run)}"
        yield Action("mismatched", "prevent", what, why)
    if untouched := sum(not outcome.touched for outcome in run.affected):
        what = "Keep what fails from holding up what does not."
        yield Action("collateral", "prevent", what, f"{plural(untouched, 'deal')} harmed though no fault touched them")
    if orphans := run.scorecard.orphans:
        what = "Refuse to create an order that no deal stands behind."
        yield Action("orphans", "prevent", what, f"{plural(orphans, 'order')} without a deal")
    if any(e.checker == "bounded requests" for e in _broken(run)):
        why = f"one deal was written {run.incident.requests.worst_attempts:,} times"
        yield Action("retries", "prevent", "Bound the retries, and spread them by backoff with jitter.", why)


def _fields(run: RecordedRun) -> str:
    """The fields that most mismatched deals differ in."""
    fields = Counter(
        # The lines' fields bear their SKU; what matters is that it was a line.
        "lines" if d.field.startswith("line ") else d.field
        for o in run.affected
        if o.state == "mismatched"
        for d in o.differences
    )
    return ", ".join(f"{field} ({number:,})" for field, number in fields.most_common(4))


def _broken(run: RecordedRun) -> Iterator[Any]:
    """The expectations that did not hold; the verdicts follow the steady state's in their order."""
    for expectation, verdict in zip(run.scenario.expectations, run.verdicts[1:], strict=False):
        if verdict.result is Result.FAILED:
            yield expectation


def _detect(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    owner = run.contract.owner or "the flow's owner"
    if card.unreported.orders or card.orphans:
        what = "Reconcile both ledgers by id, amount and date on a schedule, and raise every difference."
        yield Action("unreported", "detect", what, f"{plural(card.unreported.orders, 'deal')} harmed and nobody told")
    if run.affected and times.alerted_s is None:
        what = f"Alert {owner} when deals of this flow are refused or overdue."
        yield Action("no-alert", "detect", what, "no alert named the flow")
    elif run.affected and times.detect_s is not None and times.detect_s > sla.detect_target_s:
        why = f"the first alert came {span(times.detect_s)} after the first harm"
        yield Action("late-alert", "detect", f"Alert within {span(sla.detect_target_s)} of the first harm.", why)
    unnamed = sum(not outcome.reported for outcome in run.affected)
    if unnamed and times.alerted_s is not None:
        why = f"{unnamed:,} of {plural(len(run.affected), 'harmed deal')} never named"
        yield Action("unnamed", "detect", "Name every deal concerned in the alert or ticket.", why)
    for row in card.detection.rows:
        if row.term == "right owner" and row.value < 1:
            what = f"Send alerts and tickets of this flow to {owner}."
            yield Action("owner", "detect", what, f"right owner: {row.why}")
        if row.term == "context" and row.value < 1:
            what = "Put the deal's id, its payload, the reason and when it was first seen into the alert."
            yield Action("context", "detect", what, f"context: {row.why}")
    if card.false_alarms:
        what = "Find what raised the false alarms, and stop it."
        yield Action("false-alarms", "detect", what, plural(card.false_alarms, "false alarm"))


def _mitigate(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    if wrong := sum(outcome.wrong for outcome in run.affected):
        what = "Settle what is still wrong, deal by deal, and write down how: it is the first version of the runbook."
        yield Action("settle", "mitigate", what, f"{plural(wrong, 'deal')} not right at the end")
    if left := max(run.observations.open_dead_letters or 0, len(run.case.dead_letters)):
        what = "Replay dead letters once their cause is gone, without being asked."
        yield Action("dead-letters", "mitigate", what, f"{plural(left, 'dead letter')} open at the end")
    if acts := len(run.observations.interventions):
        what = "Let the stack do what had to be done by hand."
        yield Action("by-hand", "mitigate", what, f"{plural(acts, 'act')} by hand")
    if times.repair_s is not None and times.repair_s > sla.repair_target_s:
        why = f"books right {span(times.repair_s)} after the first harm; the target is {span(sla.repair_target_s)}"
        yield Action("slow-repair", "mitigate", "Drain the backlog faster once the fault is healed.", why)
    elif late := card.states["late"].orders:
        worst_s = max(outcome.late_s for outcome in run.affected if outcome.state == "late")
        why = f"{plural(late, 'deal')} late, by up to {span(worst_s)}"
        yield Action("late", "mitigate", "Shorten the time from healing to an empty backlog.", why)
