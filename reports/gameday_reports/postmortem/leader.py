"""The summary: one paragraph for readers who read nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.analysis.effects import effects
from gameday.analysis.reconcile import END_STATES
from gameday.base.counts import plural
from gameday.checkers.faults_took_effect import NAME as FAULTS_TOOK_EFFECT
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday_reports.formats import capital, count, moment, reported, share, span
from gameday_reports.money import money_sentence, outage_sentence
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.recorded import RecordedRun

#: What the summary of an inconclusive run says of its losses.
NO_EVIDENCE = "What its ledgers held is below; it is no evidence of a loss, and rules none out."
#: How many faults the summary names.
NAMED = 3


def summary(run: RecordedRun) -> list[str]:
    """Sentences: the stack's own exits, the faults, the deals, the alerts, the repair, the expectations."""
    sentences = [*exited(run), faults_in_words(run)]
    if run.result is not Result.PASSED and (without_evidence := _without_evidence(run)):
        sentences.append(without_evidence)
    if run.result is Result.INCONCLUSIVE:
        sentences.append(NO_EVIDENCE)
    else:
        sentences += [_impact(run), _unreported(run), _alert(run), _repair(run), outage_sentence(run.scorecard.outage)]
    sentences.append(_expectations(run))
    return [sentence for sentence in sentences if sentence]


def exited(run: RecordedRun) -> list[str]:
    """That the stack's process ended by itself, with its last words: nothing else of the run can be read without it."""
    sentences = []
    for ended in run.scorecard.exits:
        words = f" Its last words: \u201c{run.shown(ended.last_line)}\u201d." if ended.last_line else ""
        sentences.append(f"At {moment(ended.time_s)} {ended.sentence}.{words}")
    return sentences


def faults_in_words(run: RecordedRun) -> str:
    """Which faults were active for how long, what people did, and how many deals were closed during the run."""
    deals = plural(run.scorecard.orders, "deal")
    windows = fault_windows(run)
    closed = f"{deals} {'was' if run.scorecard.orders == 1 else 'were'} closed"
    acted = acts_in_words(run)
    if not windows:
        return " ".join([f"{closed}, and no fault was injected.", *acted])
    without = {effect.injection: effect.why_none for effect in effects(run.case) if effect.why_none}
    sentences = [_active(window, without.get(window["injection"], "")) for window in windows[:NAMED]]
    if (more := len(windows) - NAMED) > 0:
        sentences.append(f"{plural(more, 'more fault')} {'was' if more == 1 else 'were'} active.")
    return " ".join([*sentences, *acted, f"{closed}."])


def acts_in_words(run: RecordedRun) -> list[str]:
    """What people did in CRM or ERP because the scenario says so, in sentences."""
    sentences = [f"{capital(run.shown(act.words))}." for act in run.acts[:NAMED]]
    if (more := len(run.acts) - NAMED) > 0:
        sentences.append(f"They did {count(more)} more {'thing' if more == 1 else 'things'}.")
    return sentences


def _active(window: Mapping[str, Any], why_none: str) -> str:
    """What a fault did and for how long: in its own sentence if it has one, else by its name.

    Of a fault without an effect, its own sentence would tell what did not happen; ``why_none`` says why.
    """
    lasted = None if window["end_s"] is None else span(window["end_s"] - window["start_s"])
    if why_none:
        for_long = f" for {lasted}" if lasted else ""
        what = f"\u201c{window['fault']}\u201d was injected at {window['target']}{for_long}"
        return f"{what} and did not take effect: {why_none}."
    if window["sentence"]:
        begin = f"For {lasted}" if lasted else "Until the end of the run"
        return f"{begin} {window['sentence']}."
    until = f"for {lasted}" if lasted else "until the end of the run"
    return f"\u201c{window['fault']}\u201d was active at {window['target']} {until}."


def _without_evidence(run: RecordedRun) -> str:
    """Why the run shows less than it was meant to: a wrong steady state, a fault without an effect."""
    general = {name: v for name, v in run.judged if v.result is not Result.PASSED}
    if (steady := general.get(STEADY_STATE)) is not None:
        result = "failed" if steady.result is Result.FAILED else "is inconclusive"
        return f"The run {result} because the steady state did not hold: {steady.summary}."
    if (effects := general.get(FAULTS_TOOK_EFFECT)) is not None:
        return f"Nothing passes without an effect: {effects.summary}."
    if run.result is Result.INCONCLUSIVE:
        return "The run is inconclusive: it did not show what it was meant to show."
    return ""


def _impact(run: RecordedRun) -> str:
    card = run.scorecard
    if not card.orders:
        return "No deal was closed."
    orphans = f" {plural(card.orphans, 'order')} in the ERP {_have(card.orphans)} no deal." if card.orphans else ""
    if strays := card.strays:
        more = f", and {len(strays) - 1:,} more like this" if len(strays) > 1 else ""
        orphans += f" Beside the deals, {strays[0].words}{more}."
    if not run.affected:
        correct = f"All {plural(card.orders, 'deal')} became exactly one correct order on time"
        return f"{correct}.{orphans}" if orphans else f"{correct}: no impact."
    tallies = [(state, card.states[state].orders) for state in reversed(END_STATES) if state != "ok"]
    states = ", ".join(f"{number:,} {state}" for state, number in tallies if number)
    of_all = f"{len(run.affected):,} of {plural(card.orders, 'deal')} ({share(len(run.affected), card.orders)})"
    return f"{of_all} ended late or wrong: {states}.{orphans} {money_sentence(card.revenue)}".strip()


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _unreported(run: RecordedRun) -> str:
    card, affected = run.scorecard, len(run.affected)
    unreported = card.unreported
    if not unreported.orders:
        wrong = sum(outcome.unreconciled for outcome in run.affected)
        return f"Every deal that ended wrong ({wrong:,}) was reported." if wrong else ""
    if unreported.orders == affected:
        return "None of them was reported by an alert or a ticket."
    were = "was" if unreported.orders == 1 else "were"
    return (
        f"{unreported.orders:,} of them, worth {reported(card.rates.amount(unreported.money))}, {were} unreported: "
        f"no alert or ticket named {'it' if unreported.orders == 1 else 'them'}."
    )


def _alert(run: RecordedRun) -> str:
    times = run.incident.times
    if not run.affected:
        return ""
    if times.alerted_s is None:
        return "No alert named the flow."
    first = "The first alert that named the flow came"
    if times.detect_s is None or times.detect_s >= 0:
        return f"{first} {span(times.detect_s)} after the first deal was affected."
    return f"{first} {span(-times.detect_s)} before the first deal was affected."


def _repair(run: RecordedRun) -> str:
    if not run.affected:
        return ""
    times = run.incident.times
    if times.catch_up_s is not None:
        return f"{caught_up(run)}."
    wrong = sum(outcome.unreconciled for outcome in run.affected)
    return f"At the end the ledgers were not reconciled: {plural(wrong, 'deal')} still to repair."


def caught_up(run: RecordedRun) -> str:
    """How long the stack took once it could: from the healing of the last fault, which it does not control."""
    times = run.incident.times
    if not run.observations.windows:
        return f"The ledgers were reconciled {span(times.catch_up_s)} after the first deal was affected"
    if not times.catch_up_s:
        return "The ledgers were reconciled before the last fault was healed"
    return f"The ledgers were reconciled {span(times.catch_up_s)} after the last fault was healed"


def _expectations(run: RecordedRun) -> str:
    expected = [v for _, v in run.expected if v.result is not Result.NOT_APPLICABLE]
    failed = sum(v.result is Result.FAILED for v in expected)
    inconclusive = sum(v.result is Result.INCONCLUSIVE for v in expected)
    if not expected:
        return "The scenario has no expectation."
    if not failed and not inconclusive:
        return f"All {plural(len(expected), 'expectation')} passed."
    parts = [f"{failed:,} of {plural(len(expected), 'expectation')} failed"] if failed else []
    if inconclusive:
        of_all = "" if failed else f" of {plural(len(expected), 'expectation')}"
        parts.append(f"{inconclusive:,}{of_all} {'was' if inconclusive == 1 else 'were'} inconclusive")
    return capital(f"{' and '.join(parts)}.")
