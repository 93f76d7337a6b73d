"""Actions drafted from what failed: to prevent, to detect, to mitigate. Who and by when is for people to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from gameday.checker import Validity
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday_reports.formats import plural, span
from gameday_reports.recorded import RecordedRun

Action = tuple[str, str, str]


def actions(run: RecordedRun) -> list[dict[str, Any]]:
    """``kind``, what to do and the figure that calls for it; ``owner`` and ``due`` are empty."""
    found = [*_conclude(run), *_prevent(run), *_detect(run), *_mitigate(run)]
    return [{"kind": kind, "what": what, "why": why, "owner": "", "due": ""} for kind, what, why in found]


def _conclude(run: RecordedRun) -> Iterator[Action]:
    for verdict in run.verdicts:
        if verdict.name == STEADY_STATE and verdict.validity is not Validity.VALID:
            yield "prevent", "Make the flow hold without a fault first, then run this scenario again.", verdict.summary


def _prevent(run: RecordedRun) -> Iterator[Action]:
    states = run.scorecard.states
    faults = ", ".join(sorted({window.fault for window in run.observations.windows})) or "no fault"
    if lost := states["lost"].orders:
        what = "Acknowledge an event only once it is stored, and keep what cannot be written where it can be replayed."
        yield "prevent", what, f"{plural(lost, 'deal')} lost under {faults}"
    if twice := states["duplicated"].orders:
        key = run.contract.idempotency_key
        under = f" under an idempotency key ({key})" if key else " under an idempotency key"
        what = f"Write orders and invoices{under}, or look for them before creating them."
        yield "prevent", what, f"{plural(twice, 'deal')} with more than one order or invoice"
    if wrong := states["mismatched"].orders:
        fields = Counter(
            # The lines' fields bear their SKU; what matters is that it was a line.
            "lines" if d.field.startswith("line ") else d.field
            for o in run.harmed
            if o.state == "mismatched"
            for d in o.differences
        )
        which = ", ".join(f"{field} ({number:,})" for field, number in fields.most_common(4))
        what = "Check an order against the contract and re-read the deal before writing it."
        yield "prevent", what, f"{wrong:,} of {plural(run.scorecard.orders, 'deal')} mismatched: {which}"
    untouched = sum(not outcome.touched for outcome in run.harmed)
    if untouched:
        what = "Keep what fails from holding up what does not."
        yield "prevent", what, f"{plural(untouched, 'deal')} harmed though no fault touched them"
    if orphans := run.scorecard.orphans:
        yield (
            "prevent",
            "Refuse to create an order that no deal stands behind.",
            f"{plural(orphans, 'order')} without a deal",
        )
    if any(e.checker == "bounded requests" for e in _broken(run)):
        requests = run.incident.requests
        why = f"one deal was written {requests.worst_attempts:,} times"
        yield "prevent", "Bound the retries, and spread them by backoff with jitter.", why


def _broken(run: RecordedRun) -> Iterator[Any]:
    """The expectations that did not hold; the verdicts follow the steady state's in their order."""
    for expectation, verdict in zip(run.scenario.expectations, run.verdicts[1:], strict=False):
        if verdict.validity is Validity.INVALID:
            yield expectation


def _detect(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    owner = run.contract.owner or "the flow's owner"
    if card.silent.orders or card.orphans:
        what = "Reconcile both ledgers by id, amount and date on a schedule, and raise every difference."
        yield "detect", what, f"{plural(card.silent.orders, 'deal')} harmed and nobody told"
    if run.harmed and times.alerted_s is None:
        yield "detect", f"Alert {owner} when deals of this flow are refused or overdue.", "no alert named the flow"
    elif run.harmed and times.detect_s is not None and times.detect_s > sla.detect_target_s:
        why = f"the first alert came {span(times.detect_s)} after the first harm"
        yield "detect", f"Alert within {span(sla.detect_target_s)} of the first harm.", why
    unnamed = sum(not outcome.flagged for outcome in run.harmed)
    if unnamed and times.alerted_s is not None:
        why = f"{unnamed:,} of {plural(len(run.harmed), 'harmed deal')} never named"
        yield "detect", "Name every deal concerned in the alert or ticket.", why
    for row in card.detection.rows:
        if row.term == "right owner" and row.value < 1:
            yield "detect", f"Send alerts and tickets of this flow to {owner}.", f"right owner: {row.why}"
        if row.term == "context" and row.value < 1:
            what = "Put the deal's id, its payload, the reason and when it was first seen into the alert."
            yield "detect", what, f"context: {row.why}"
    if card.false_alarms:
        yield "detect", "Find what raised the false alarms, and stop it.", plural(card.false_alarms, "false alarm")


def _mitigate(run: RecordedRun) -> Iterator[Action]:
    card, times, sla = run.scorecard, run.incident.times, run.contract.sla
    wrong = sum(outcome.wrong for outcome in run.harmed)
    if wrong:
        what = "Settle what is still wrong, deal by deal, and write down how: it is the first version of the runbook."
        yield "mitigate", what, f"{plural(wrong, 'deal')} not right at the end"
    if left := max(run.observations.open_dead_letters or 0, len(run.case.dead_letters)):
        yield (
            "mitigate",
            "Replay dead letters once their cause is gone, without being asked.",
            f"{plural(left, 'dead letter')} open at the end",
        )
    if acts := len(run.observations.human):
        yield "mitigate", "Let the stack do what had to be done by hand.", f"{plural(acts, 'act')} by hand"
    if times.repair_s is not None and times.repair_s > sla.repair_target_s:
        why = f"books right {span(times.repair_s)} after the first harm; the target is {span(sla.repair_target_s)}"
        yield "mitigate", "Drain the backlog faster once the fault is healed.", why
    elif late := card.states["late"].orders:
        worst_s = max(outcome.late_s for outcome in run.harmed if outcome.state == "late")
        why = f"{plural(late, 'deal')} late, by up to {span(worst_s)}"
        yield "mitigate", "Shorten the time from healing to an empty backlog.", why
