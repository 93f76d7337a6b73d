"""Four answers for a leader: what would have been lost, who would have noticed, how long it took, what is to be done.

In the reader's words: orders and customers' money, minutes of a day; no score stands alone and no abbreviation is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday_reports.brief.lengths import (
    ACTION,
    ACTIONS,
    CURRENCIES,
    CURRENCIES_IN_PROSE,
    CURRENCIES_LEFT_OUT,
    FAULTS,
    MESSAGE,
    NAME,
    ROOMY,
    TITLE,
    shorten,
    text_length,
)
from gameday_reports.formats import count, plural, share, span, whole_monies
from gameday_reports.postmortem.actions import actions
from gameday_reports.postmortem.header import header
from gameday_reports.postmortem.impact import by_currency
from gameday_reports.postmortem.leader import faults_in_words
from gameday_reports.recorded import RecordedRun

_WORSE = ("lost", "duplicated", "mismatched", "parked", "late")
_IN_WORDS = {
    "lost": "missing from the books",
    "duplicated": "booked more than once",
    "mismatched": "booked wrongly",
    "parked": "parked, not booked",
    "late": "booked late",
}


def context(run: RecordedRun) -> dict[str, Any]:
    """Everything that the page prints."""
    head = header(run)
    acts = [act for act in actions(run) if not act["dropped"]]
    message = " ".join(answer.text for answer in run.sidecar.answers.get("leadership", ()))
    values = {
        "title": shorten(head["scenario"], TITLE),
        "verdict": run.result.word,
        "status": run.sidecar.status,
        "stack": shorten(head["stack"], NAME),
        "started": head["started"],
        "owner": shorten(head["owner"], NAME),
        "crm": shorten(head["crm"], NAME),
        "erp": shorten(head["erp"], NAME),
        "answer": _answer(run),
        "what_happened": shorten(faults_in_words(run), FAULTS),
        "lost": _lost(run),
        "rows": _rows(run),
        "currencies": _currencies(run),
        "noticed": _noticed(run),
        "took": _took(run),
        "actions": [_action(act) for act in _most_urgent(acts)],
        "actions_left_out": max(0, len(acts) - ACTIONS),
        "message": shorten(message, MESSAGE),
        "certainty": _certainty(run),
    }
    return values | {"dense": text_length(values) > ROOMY}


def _answer(run: RecordedRun) -> str:
    """The whole page in one sentence."""
    if run.result is Result.INCONCLUSIVE:
        return f"This exercise does not show what would happen: {_why_unknown(run)}."
    if not run.affected:
        return "The disturbance would have cost nothing: every order was booked once, right and in time."
    wrong = [outcome for outcome in run.affected if outcome.wrong]
    if not wrong:
        return "No order would have been lost, but some would have been late."
    unreported = run.scorecard.unreported.orders
    if not unreported:
        return f"{plural(len(wrong), 'order')} would have been missing or wrong, and somebody would have known."
    return f"{plural(unreported, 'order')} would have been missing or wrong in the books, and nobody would have known."


def _why_unknown(run: RecordedRun) -> str:
    if _unsteady(run):
        return "orders already went wrong before the disturbance began"
    return "what had to be seen was not seen"


def _unsteady(run: RecordedRun) -> bool:
    """Whether the flow was shown not to work even before anything was disturbed."""
    return any(verdict.name == STEADY_STATE and verdict.result is Result.FAILED for verdict in run.verdicts)


def _lost(run: RecordedRun) -> str:
    if not run.scorecard.orders:
        return "No order was placed, so nothing is known."
    if not run.affected:
        return f"Nothing. All {plural(run.scorecard.orders, 'order')} ended in the books once, right and in time."
    wrong = [outcome for outcome in run.affected if outcome.wrong]
    late = len(run.affected) - len(wrong)
    parts = []
    if wrong:
        parts.append(
            f"{count(len(wrong))} of {plural(run.scorecard.orders, 'order')} "
            f"({share(len(wrong), run.scorecard.orders)}), worth {_worth(by_currency(wrong))}, "
            "were still wrong at the end."
        )
    if late:
        parts.append(f"{plural(late, 'order')} came late, and {'was' if late == 1 else 'were'} right in the end.")
    return " ".join(parts)


def _worth(amounts: dict[str, Decimal]) -> str:
    """Amounts for prose; of more currencies than a sentence has room for, how many they are."""
    some = {currency: amount for currency, amount in amounts.items() if amount}
    if len(some) <= CURRENCIES:
        return whole_monies(some)
    first = dict(list(some.items())[:CURRENCIES_IN_PROSE])
    return f"{whole_monies(first)} and amounts in {len(some) - CURRENCIES_IN_PROSE} more currencies"


def _rows(run: RecordedRun) -> list[dict[str, Any]]:
    """Each way of being harmed that occurred, with its orders and money."""
    states = run.scorecard.states
    return [
        {"what": _IN_WORDS[state], "state": state, "orders": states[state].orders, "money": dict(states[state].money)}
        for state in _WORSE
        if states[state].orders
    ]


def _currencies(run: RecordedRun) -> dict[str, list[Any]]:
    """The currencies that have room as columns; the others are named."""
    sums = by_currency(run.affected)
    ranked = sorted(sums, key=lambda currency: (-sum(o.currency == currency for o in run.affected), currency))
    return {"shown": sorted(ranked[:CURRENCIES]), "left_out": _some(sorted(ranked[CURRENCIES:]))}


def _some(currencies: list[str]) -> list[str]:
    """As many currencies as a line has room for, then how many there are besides."""
    if len(currencies) <= CURRENCIES_LEFT_OUT:
        return currencies
    return [*currencies[:CURRENCIES_LEFT_OUT], f"and {len(currencies) - CURRENCIES_LEFT_OUT} more"]


def _noticed(run: RecordedRun) -> str:
    affected, times = run.affected, run.incident.times
    if not affected:
        return "There was nothing to notice."
    unreported = run.scorecard.unreported
    first = _first_alert(times.alerted_s, times.detect_s, _before(affected, times.alerted_s))
    if unreported.orders:
        return (
            f"{first} Of {plural(unreported.orders, 'wrong order')}, worth {_worth(unreported.money)}, nobody was told."
        )
    named = sum(outcome.reported for outcome in affected)
    return f"{first} {count(named)} of {plural(len(affected), 'order')} concerned were named to somebody by number."


def _first_alert(alerted_s: float | None, detect_s: float | None, before: Sequence[OrderOutcome]) -> str:
    if alerted_s is None:
        return "No. No alert about this flow reached anybody."
    if detect_s is None or detect_s <= 0:
        return "Yes, before the first order was harmed."
    by_then = f"{plural(len(before), 'order')} had been harmed by then"
    return f"Yes, {span(detect_s)} after the first harm; {by_then}."


def _before(affected: Sequence[OrderOutcome], alerted_s: float | None) -> list[OrderOutcome]:
    return [o for o in affected if alerted_s is not None and o.affected_s is not None and o.affected_s < alerted_s]


def _took(run: RecordedRun) -> str:
    affected, times = run.affected, run.incident.times
    if not affected:
        return "They were never wrong."
    acts = len(run.observations.interventions)
    interventions = f"people had to act {plural(acts, 'time')}" if acts else "nobody had to act"
    if times.repair_s is not None:
        return f"{span(max(0.0, times.repair_s))} after the first harm; {interventions}."
    wrong = sum(outcome.wrong for outcome in affected)
    return (
        f"They were not right when the exercise ended, {span(run.end_s - (times.affected_s or 0.0))} after the first "
        f"harm: {plural(wrong, 'order')} still to be settled. The list, order by order, is repair.csv."
    )


def _most_urgent(acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people have taken upon themselves first, then as drafted; one of each kind before a second of any."""
    ranked: list[tuple[bool, int, int]] = []
    seen: dict[str, int] = {}
    for place, act in enumerate(acts):
        ranked.append((not act["owner"], seen.get(act["kind"], 0), place))
        seen[act["kind"]] = seen.get(act["kind"], 0) + 1
    return [acts[place] for _, _, place in sorted(ranked)[:ACTIONS]]


def _action(act: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": act["kind"],
        "what": shorten(act["what"], ACTION),
        "owner": shorten(act["owner"], NAME),
        "due": act["due"],
    }


def _certainty(run: RecordedRun) -> str:
    """How much one exercise shows."""
    unreported = run.scorecard.unreported.orders
    bound = "" if unreported else f" {run.scorecard.bound[:1].upper()}{run.scorecard.bound[1:]}."
    known = " So it cannot be told what the disturbance did, and what was wrong anyway." if _unsteady(run) else ""
    return f"One exercise with {plural(run.scorecard.orders, 'order')}, against copies of the systems.{known}{bound}"
