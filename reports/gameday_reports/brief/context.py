"""Four answers for a leader: what would have been lost, who would have noticed, how long it took, what to do next.

The page speaks of orders, money and minutes; it uses no scores and no abbreviations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.counts import every, out_of, plural
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday.model.rates import Amount
from gameday_reports.brief.lengths import (
    ACTION,
    ACTIONS,
    CURRENCIES,
    FAULTS,
    MESSAGE,
    NAME,
    ROOMY,
    TITLE,
    shorten,
    text_length,
)
from gameday_reports.formats import capital, count, reported, share, span
from gameday_reports.money import money_sentence, originals, outage_sentence
from gameday_reports.postmortem.actions import open_actions
from gameday_reports.postmortem.header import header
from gameday_reports.postmortem.leader import caught_up, exited, faults_in_words
from gameday_reports.recorded import RecordedRun

_WORSE = ("lost", "duplicated", "mismatched", "parked", "late")
_IN_WORDS = {
    "lost": "missing in the ERP",
    "duplicated": "booked more than once",
    "mismatched": "booked with wrong data",
    "parked": "parked, not booked yet",
    "late": "booked late",
}


def context(run: RecordedRun) -> dict[str, Any]:
    """Everything that the page prints."""
    head = header(run)
    rows = open_actions(run)
    message = " ".join(answer.text for answer in run.sidecar.answers.get("leadership", ()))
    values = {
        "title": shorten(head["scenario"], TITLE),
        "result": run.result.word,
        "status": run.sidecar.status,
        "stack": shorten(head["stack"], NAME),
        "started": head["started"],
        "owner": shorten(head["owner"], NAME),
        "crm": shorten(head["crm"], NAME),
        "erp": shorten(head["erp"], NAME),
        "answer": _answer(run),
        "what_happened": shorten(" ".join([*run.caveats, *exited(run), faults_in_words(run)]), FAULTS),
        **_figures(run),
        "actions": [_action(row) for row in _most_urgent(rows)],
        "actions_left_out": max(0, len(rows) - ACTIONS),
        "message": shorten(message, MESSAGE),
        "certainty": _certainty(run),
    }
    return values | {"dense": text_length(values) > ROOMY}


def _figures(run: RecordedRun) -> dict[str, Any]:
    """What was lost, who noticed and how long it took. An inconclusive run shows none of it, and no loss is claimed."""
    if run.result is Result.INCONCLUSIVE:
        return {
            "lost": "Not shown: an inconclusive exercise is no evidence of a loss, and rules none out.",
            "outage": "",
            "rows": [],
            "noticed": "Not shown.",
            "took": "Not shown.",
        }
    return {
        "lost": _lost(run),
        "outage": outage_sentence(run.scorecard.outage),
        "rows": _rows(run),
        "noticed": _noticed(run),
        "took": _took(run),
    }


def _answer(run: RecordedRun) -> str:
    """The whole page in one sentence."""
    if _unsteady(run):
        return "Orders already went wrong before the failure began: the flow fails without any fault."
    if run.result is Result.INCONCLUSIVE:
        return f"This exercise does not show what would happen: {_why_inconclusive(run)}."
    if not run.affected:
        return "The failure would have cost nothing: every order was booked exactly once, correctly and on time."
    wrong = [outcome for outcome in run.affected if outcome.unreconciled]
    if not wrong:
        return "No order would have been lost, but some would have been late."
    unreported = run.scorecard.unreported.orders
    if not unreported:
        return f"{plural(len(wrong), 'order')} would have been missing or wrong, and somebody would have been alerted."
    return f"{plural(unreported, 'order')} would have been missing or wrong, and nobody would have been alerted."


def _why_inconclusive(run: RecordedRun) -> str:
    if run.scorecard.ineffective:
        return "the failure did not take effect in this run"
    return "the run did not produce the evidence that is needed"


def _unsteady(run: RecordedRun) -> bool:
    """Whether the flow did not work even before a fault was injected."""
    return any(verdict.name == STEADY_STATE and verdict.result is Result.FAILED for verdict in run.verdicts)


def _lost(run: RecordedRun) -> str:
    if not run.scorecard.orders:
        return "Unknown: no order was placed."
    if not run.affected:
        booked = every(run.scorecard.orders, "order", verb="was")
        return f"Nothing. {capital(booked)} booked exactly once, correctly and on time."
    wrong = [outcome for outcome in run.affected if outcome.unreconciled]
    late = len(run.affected) - len(wrong)
    parts = []
    if wrong:
        parts.append(
            f"{count(len(wrong))} of {plural(run.scorecard.orders, 'order')} "
            f"({share(len(wrong), run.scorecard.orders)}) "
            f"{'was' if len(wrong) == 1 else 'were'} still missing or wrong at the end."
        )
    if late:
        parts.append(f"{plural(late, 'order')} came late, but {'was' if late == 1 else 'were'} correct in the end.")
    return " ".join([*parts, money_sentence(run.scorecard.revenue)]).strip()


def _worth(run: RecordedRun, money: Mapping[str, Decimal]) -> str:
    return reported(run.scorecard.rates.amount(money))


def _rows(run: RecordedRun) -> list[dict[str, Any]]:
    """Each way in which orders were affected, with the number of orders and what they are worth."""
    states, rates = run.scorecard.states, run.scorecard.rates
    return [
        {"what": _IN_WORDS[state], "state": state, "orders": states[state].orders}
        | _in_short(rates.amount(states[state].money))
        for state in _WORSE
        if states[state].orders
    ]


def _in_short(worth: Amount) -> dict[str, str]:
    """Money as a row has room for it: in the reporting currency, the originals where they are few."""
    codes = len(worth.by_currency)
    if codes <= CURRENCIES:
        return {"worth": reported(worth), "originals": originals(worth)}
    of = plural(codes, "currency", "currencies")
    if worth.amount is None:
        return {"worth": f"in {of}, without a rate for {count(len(worth.missing))}", "originals": "see the postmortem"}
    return {"worth": reported(worth), "originals": f"in {of}: see the postmortem"}


def _noticed(run: RecordedRun) -> str:
    affected, times = run.affected, run.incident.times
    if not affected:
        return "There was nothing to notice."
    unreported = run.scorecard.unreported
    first = _first_alert(times.alerted_s, times.detect_s, _before(affected, times.alerted_s))
    if unreported.orders:
        were = "was" if unreported.orders == 1 else "were"
        wrong = f"{plural(unreported.orders, 'wrong order')}, worth {_worth(run, unreported.money)}"
        return f"{first} {wrong}, {were} not in any alert or ticket."
    listed = sum(outcome.reported for outcome in affected)
    if listed == len(affected):
        return f"{first} {capital(every(listed, 'affected order', verb='was'))} listed in an alert or a ticket."
    return f"{first} {out_of(listed, len(affected), 'affected order', verb='was')} listed in an alert or a ticket."


def _first_alert(alerted_s: float | None, detect_s: float | None, before: Sequence[OrderOutcome]) -> str:
    if alerted_s is None:
        return "No. No alert about this flow was raised."
    if detect_s is None or detect_s <= 0:
        return "Yes, before the first order was affected."
    by_then = f"{plural(len(before), 'order had', 'orders had')} been affected by then"
    return f"Yes, {span(detect_s)} after the first order was affected; {by_then}."


def _before(affected: Sequence[OrderOutcome], alerted_s: float | None) -> list[OrderOutcome]:
    return [o for o in affected if alerted_s is not None and o.affected_s is not None and o.affected_s < alerted_s]


def _took(run: RecordedRun) -> str:
    affected, times = run.affected, run.incident.times
    if not affected:
        return "They always agreed."
    acts = len(run.observations.interventions)
    interventions = plural(acts, "manual intervention") if acts else "no manual intervention"
    if times.catch_up_s is not None:
        return f"{caught_up(run)}, with {interventions}."
    wrong = sum(outcome.unreconciled for outcome in affected)
    elapsed = span(run.end_s - (times.affected_s or 0.0))
    return (
        f"They did not agree when the exercise ended, {elapsed} after the first order was affected: "
        f"{plural(wrong, 'order')} still to repair. repair.csv lists them."
    )


def _most_urgent(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Actions that have an owner first, then in drafted order; one of each kind before the second of any."""
    ranked: list[tuple[bool, int, int]] = []
    seen: dict[str, int] = {}
    for place, row in enumerate(rows):
        ranked.append((not row["owner"], seen.get(row["kind"], 0), place))
        seen[row["kind"]] = seen.get(row["kind"], 0) + 1
    return [rows[place] for _, _, place in sorted(ranked)[:ACTIONS]]


def _action(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "what": shorten(row["what"], ACTION),
        "owner": shorten(row["owner"], NAME),
        "due": row["due"],
    }


def _certainty(run: RecordedRun) -> str:
    """How much this one exercise shows."""
    unreported = run.scorecard.unreported.orders
    if run.result is Result.INCONCLUSIVE:
        return f"One exercise with {plural(run.scorecard.orders, 'order')}, against copies of the systems."
    bound = "" if unreported else f" {run.scorecard.bound[:1].upper()}{run.scorecard.bound[1:]}."
    cause = " The effect of the failure cannot be separated from what was already wrong." if _unsteady(run) else ""
    return f"One exercise with {plural(run.scorecard.orders, 'order')}, against copies of the systems.{cause}{bound}"
