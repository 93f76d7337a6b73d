"""Action items drafted from what failed: to prevent, to detect, to mitigate. People decide the owner and the date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from gameday.analysis.alerts import unreported_strays
from gameday.analysis.ending import ending
from gameday.analysis.findings import listed
from gameday.base.counts import plural
from gameday.base.errors import unknown
from gameday.checkers.retries_in_bounds import NAME as RETRIES_IN_BOUNDS
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.contracts.flows import owner_of
from gameday.model.checker import Result
from gameday.model.scenario import Expectation
from gameday_reports.formats import span
from gameday_reports.postmortem.action import INCONCLUSIVE, Action
from gameday_reports.postmortem.cures.asked import cures
from gameday_reports.postmortem.cures.catalogue import CURES
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import ActionEntry


def actions(run: RecordedRun) -> list[dict[str, Any]]:
    """The drafted actions merged with postmortem.yaml, then the actions that people added there.

    Each has ``id`` (empty: added by people), ``kind``, ``what``, ``why``, ``owner``, ``due`` (empty: open), ``dropped``
    (why it will not be done), ``done_on`` (a date), ``line`` in the sidecar and ``routed_to``, the suggested owner.
    Raises GamedayError for an unknown id. A blank entry whose id is no longer drafted is left out: the run was judged
    again since the file was written, and the finding is gone.
    """
    rows = [_row(draft) for draft in drafts(run)]
    by_id = {row["id"]: row for row in rows}
    for entry in run.sidecar.actions:
        if not entry.id:
            rows.append(_row(Action("", entry.kind, entry.what, entry.why), entry))
        elif entry.id in by_id:
            by_id[entry.id].update(_fields(entry))
        elif entry.kind and entry.what:
            # No longer drafted, because the run was judged again; but people described it in full.
            rows.append(_row(Action(entry.id, entry.kind, entry.what, entry.why), entry))
        elif entry.owner or entry.due or entry.dropped or entry.done or entry.what:
            where = f"{run.sidecar.path}:{entry.line}"
            raise unknown("action", entry.id[:80], by_id, where=where, hint="a new action needs `type` and `what`")
    owners = {"sync": run.contract.owner, **run.contract.owners}
    return [{**row, "routed_to": owner_of(owners, row["kind"])} for row in rows]


def open_actions(run: RecordedRun) -> list[dict[str, Any]]:
    """The actions that are to be done, outside the postmortem.

    Of an inconclusive run these are its own and those with an owner: what was drafted from figures that show nothing
    waits in the postmortem for people to confirm it.
    """
    rows = [row for row in actions(run) if not row["dropped"] and not row["done_on"]]
    if run.result is Result.INCONCLUSIVE:
        return [row for row in rows if row["owner"] or row["id"] == INCONCLUSIVE]
    return rows


def drafts(run: RecordedRun) -> list[Action]:
    """The actions that the run's figures call for."""
    return [*_inconclusive(run), *_steady_state(run), *cures(run), *_prevent(run), *_detect(run), *_mitigate(run)]


def _row(action: Action, entry: ActionEntry | None = None) -> dict[str, Any]:
    row = {**action._asdict(), "owner": "", "due": "", "dropped": "", "done_on": "", "line": 0}
    return row if entry is None else row | _fields(entry)


def _fields(entry: ActionEntry) -> dict[str, Any]:
    texts = {"kind": entry.kind, "what": entry.what, "why": entry.why}
    given = {name: value for name, value in texts.items() if value}
    decided = {"owner": entry.owner, "due": entry.due, "dropped": entry.dropped, "done_on": entry.done}
    return {**given, **decided, "line": entry.line}


def _inconclusive(run: RecordedRun) -> Iterator[Action]:
    if run.result is Result.INCONCLUSIVE:
        without = [verdict.summary for verdict in run.verdicts if verdict.result is Result.INCONCLUSIVE]
        what = "Run this scenario again once what kept it from being conclusive is gone: this run decides nothing."
        yield Action(INCONCLUSIVE, "prevent", what, without[0] if without else "the run came to no result")


def _steady_state(run: RecordedRun) -> Iterator[Action]:
    for verdict in run.verdicts:
        if verdict.name == STEADY_STATE and verdict.result is not Result.PASSED:
            what = "Make the flow work without a fault first, then run this scenario again."
            yield Action("steady-state", "prevent", what, verdict.summary)


def _prevent(run: RecordedRun) -> Iterator[Action]:
    states = run.scorecard.states
    faults = ", ".join(sorted({window.fault for window in run.observations.windows})) or "none"
    if lost := states["lost"].orders:
        yield Action("lost", "prevent", CURES["dead-letter"].what, f"{plural(lost, 'deal')} lost; faults: {faults}")
    if duplicated := states["duplicated"].orders:
        key = run.contract.idempotency_key
        with_key = f" with an idempotency key ({key})" if key else " with an idempotency key"
        what = CURES["idempotency"].what.format(key=with_key)
        yield Action("duplicated", "prevent", what, f"{plural(duplicated, 'deal')} with more than one order or invoice")
    if mismatched := states["mismatched"].orders:
        why = f"{mismatched:,} of {plural(run.scorecard.orders, 'deal')} mismatched: {_mismatched_fields(run)}"
        yield Action("mismatched", "prevent", CURES["validation"].what, why)
    if untouched := sum(not outcome.touched for outcome in run.affected):
        what = "Stop failing orders from blocking or damaging the others."
        why = f"{plural(untouched, 'deal')} affected although no fault touched {'it' if untouched == 1 else 'them'}"
        yield Action("collateral", "prevent", what, why)
    if orphans := run.scorecard.orphans:
        what = "Refuse to create an order without a deal."
        yield Action("orphans", "prevent", what, f"{plural(orphans, 'order')} without a deal")
    if strays := run.scorecard.strays:
        what = "Find or create a customer in one step, and write only to the sync's own orders."
        yield Action("strays", "prevent", what, listed([stray.words for stray in strays]))
    of_contract = any(v.name == RETRIES_IN_BOUNDS and v.result is Result.FAILED for v in run.verdicts)
    if of_contract or any(e.checker == "bounded requests" for e in _failed(run)):
        why = f"one deal was written {plural(run.incident.requests.worst_attempts, 'time')}"
        yield Action("retries", "prevent", "Limit the retries, and use backoff with jitter.", why)


def _mismatched_fields(run: RecordedRun) -> str:
    """The fields in which most mismatched deals differ, with the number of deals."""
    fields = Counter(
        field
        for o in run.affected
        if o.state == "mismatched"
        # Fields of lines contain the SKU; what matters is that it was a line.
        for field in dict.fromkeys("lines" if "line " in d.field else d.field for d in o.differences)
    )
    return ", ".join(f"{field} ({number:,})" for field, number in fields.most_common(4))


def _failed(run: RecordedRun) -> Iterator[Expectation]:
    """The expectations that failed."""
    for expectation, verdict in run.expected:
        if verdict.result is Result.FAILED:
            yield expectation


def _detect(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    owner = run.contract.owner or "the flow's owner"
    if card.unreported.orders or card.orphans or unreported_strays(run.case):
        yield Action("unreported", "detect", CURES["reconciler"].what, _unreported(run))
    if run.affected and times.alerted_s is None:
        what = f"Alert {owner} when deals of this flow are refused or overdue."
        yield Action("no-alert", "detect", what, "no alert named the flow")
    elif run.affected and times.detect_s is not None and times.detect_s > sla.detect_target_s:
        why = f"the first alert came {span(times.detect_s)} after the first deal was affected"
        what = f"Alert within {span(sla.detect_target_s)} after the first deal is affected."
        yield Action("late-alert", "detect", what, why)
    end = ending(run.case)
    if end.early:
        why = f"the alerts about {plural(len(end.early), 'deal')} were resolved before the repair"
        yield Action("closed-early", "detect", "Resolve an alert only once its deals are correct in the ERP.", why)
    if end.open:
        why = f"{plural(len(end.open), 'alert')} still open although every deal was correct"
        yield Action("never-closed", "detect", "Resolve an alert once its deals are correct in the ERP.", why)
    if end.stormed:
        why = f"{plural(end.pages, 'page')}; the bound is {end.page_limit:,}"
        yield Action("storm", "detect", "Send one alert for one cause, and update it.", why)
    unnamed = sum(not outcome.reported for outcome in run.affected)
    if unnamed and times.alerted_s is not None:
        why = f"{unnamed:,} of {plural(len(run.affected), 'affected deal')} never named"
        yield Action("unnamed", "detect", "Name every affected deal in the alert or ticket.", why)
    for row in card.detection.rows:
        if row.term == "right owner" and row.value < 1:
            what = f"Send alerts and tickets of this flow to {owner}."
            yield Action("owner", "detect", what, f"right owner: {row.why}")
        if row.term == "context" and row.value < 1:
            what = "Include the deal's id, its payload, the reason and the time of the first occurrence in the alert."
            yield Action("context", "detect", what, f"context: {row.why}")
    if card.false_alarms:
        what = "Find out what raised the false alarms, and fix it."
        yield Action("false-alarms", "detect", what, plural(card.false_alarms, "false alarm"))


def _unreported(run: RecordedRun) -> str:
    card = run.scorecard
    parts = [f"{plural(card.unreported.orders, 'deal')} unreported"] if card.unreported.orders else []
    parts += [f"{plural(card.orphans, 'order')} without a deal"] if card.orphans else []
    parts += [stray.words for stray in unreported_strays(run.case)]
    return listed(parts) if len(parts) > 3 else ", ".join(parts)


def _mitigate(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    if wrong := sum(outcome.unreconciled for outcome in run.affected):
        what = "Repair what is still wrong, deal by deal, and write down how: that is the first version of the runbook."
        yield Action("repair", "mitigate", what, f"{plural(wrong, 'deal')} wrong at the end")
    if left := max(run.observations.open_dead_letters or 0, len(run.case.dead_letters)):
        what = "Replay dead letters automatically once their cause is gone."
        yield Action("dead-letters", "mitigate", what, f"{plural(left, 'dead letter')} open at the end")
    if acts := len(run.observations.interventions):
        what = "Automate what people had to do by hand."
        yield Action("by-hand", "mitigate", what, plural(acts, "manual intervention"))
    if times.catch_up_s is not None and times.catch_up_s > sla.repair_target_s:
        why = f"reconciled {span(times.catch_up_s)} after the healing; the target is {span(sla.repair_target_s)}"
        yield Action("slow-repair", "mitigate", "Drain the backlog faster once the fault is healed.", why)
    elif late := card.states["late"].orders:
        worst_s = max(outcome.late_s for outcome in run.affected if outcome.state == "late")
        why = f"{plural(late, 'deal')} late, by up to {span(worst_s)}"
        yield Action("late", "mitigate", "Shorten the time from healing to an empty backlog.", why)
