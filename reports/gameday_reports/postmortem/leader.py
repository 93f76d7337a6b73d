"""The paragraph for whoever reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.analysis.reconcile import END_STATES
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday_reports.formats import capital, plural, share, span, whole_monies
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.postmortem.impact import by_currency
from gameday_reports.recorded import RecordedRun

#: How many faults the first sentence names.
NAMED = 3


def summary(run: RecordedRun) -> list[str]:
    """Sentences: what struck, what was harmed, who was told, how long it took, and what that comes to."""
    told = [faults_in_words(run)]
    if run.result is Result.INCONCLUSIVE:
        told.append(_unknown(run))
    return [
        sentence
        for sentence in (*told, _harm(run), _silence(run), _alert(run), _repair(run), _verdict(run))
        if sentence
    ]


def faults_in_words(run: RecordedRun) -> str:
    """What struck what for how long, while how many deals were closed."""
    deals = plural(run.scorecard.orders, "deal")
    windows = fault_windows(run)
    if not windows:
        return f"{deals} were closed, and no fault struck."
    faults = [
        f"{window['target']} suffered \u201c{window['fault']}\u201d {_duration(window)}" for window in windows[:NAMED]
    ]
    more = f", and {plural(len(windows) - NAMED, 'more fault')} struck" if len(windows) > NAMED else ""
    return capital(f"{', '.join(faults)}{more}, while {deals} were closed.")


def _duration(window: Mapping[str, Any]) -> str:
    if window["end_s"] is None:
        return "until the end"
    return f"for {span(window['end_s'] - window['start_s'])}"


def _unknown(run: RecordedRun) -> str:
    steady = next((v for v in run.verdicts if v.name == STEADY_STATE and v.result is not Result.PASSED), None)
    if steady is not None:
        return f"Nothing can be concluded from it, for the steady state did not hold: {steady.summary}."
    return "Nothing can be concluded from it: what had to be seen was not seen."


def _harm(run: RecordedRun) -> str:
    card = run.scorecard
    if not card.orders:
        return "No deal was closed."
    orphans = (
        f"{plural(card.orphans, 'order')} in the ERP belong{'s' if card.orphans == 1 else ''} to no deal. "
        if card.orphans
        else ""
    )
    if not run.affected:
        right = f"All {plural(card.orders, 'deal')} ended in the ERP exactly once, right and in time"
        return f"{right}; {orphans}" if orphans else f"{right}: the fault was absorbed."
    tallies = [(state, card.states[state].orders) for state in reversed(END_STATES) if state != "ok"]
    states = ", ".join(f"{number:,} {state}" for state, number in tallies if number)
    of_all = f"{len(run.affected):,} of {plural(card.orders, 'deal')} ({share(len(run.affected), card.orders)})"
    worth = whole_monies(by_currency(run.affected))
    return f"{of_all}, worth {worth}, did not end right and in time: {states}. {orphans}".rstrip()


def _silence(run: RecordedRun) -> str:
    unreported, affected = run.scorecard.unreported, len(run.affected)
    if not unreported.orders:
        wrong = sum(outcome.wrong for outcome in run.affected)
        return f"Somebody was told of each of the {wrong:,} on which the books disagree." if wrong else ""
    if unreported.orders == affected:
        return "Nobody was told of any of them."
    return f"Nobody was told of {unreported.orders:,} of them, worth {whole_monies(unreported.money)}."


def _alert(run: RecordedRun) -> str:
    times = run.incident.times
    if not run.affected:
        return ""
    if times.alerted_s is None:
        return "No alert ever named the flow."
    first = "The first alert that named the flow came"
    if times.detect_s is None or times.detect_s >= 0:
        return f"{first} {span(times.detect_s)} after the first harm."
    return f"{first} {span(-times.detect_s)} before the first harm."


def _repair(run: RecordedRun) -> str:
    if not run.affected:
        return ""
    repair_s = run.incident.times.repair_s
    if repair_s is not None:
        return f"The books were right again {span(max(0.0, repair_s))} after the first harm."
    wrong = sum(outcome.wrong for outcome in run.affected)
    return f"The books were not right at the end: {plural(wrong, 'deal')} still to be settled."


def _verdict(run: RecordedRun) -> str:
    expected = run.verdicts[1:]
    broken = sum(v.result is Result.FAILED for v in expected)
    unknown = sum(v.result is Result.INCONCLUSIVE for v in expected)
    if not expected:
        return "The scenario expected nothing."
    if not broken and not unknown:
        return f"All {plural(len(expected), 'expectation')} held."
    parts = [f"{broken:,} of {plural(len(expected), 'expectation')} did not hold"] if broken else []
    parts += [f"of {unknown:,} nothing is known"] if unknown else []
    return capital(f"{', and '.join(parts)}.")
