"""The questions for people, each with their answers and with the figures that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from gameday.base.counts import every, plural
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday_reports.formats import capital, count, moment, money, span
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import PROMPTS, Prompt

#: How many sentences of one kind are shown.
OF_A_KIND = 8

_ANALYSIS = ("contributing_factors", "mitigators", "went_well", "went_wrong", "lucky")
_DECISIONS = ("decisions", "not_done", "informed")


def people(run: RecordedRun, acts: list[dict[str, Any]]) -> dict[str, Any]:
    """``message``, ``analysis`` and ``decisions``: each prompt with its ``answers`` and the ``known`` figures."""
    by_key = {prompt.key: prompt for prompt in PROMPTS}
    sidecar = run.sidecar
    return {
        "status": sidecar.status,
        "written": sidecar.written,
        "open": len(sidecar.open_prompts()),
        "message": _asked(run, by_key["leadership"]),
        "analysis": [_asked(run, by_key[key]) for key in _ANALYSIS],
        "decisions": [_asked(run, by_key[key]) for key in _DECISIONS],
        "dropped": [act for act in acts if act["dropped"]],
        "steps": sidecar.steps,
        "participants": sidecar.participants,
        "comments": sidecar.comments,
    }


def _asked(run: RecordedRun, prompt: Prompt) -> dict[str, Any]:
    known = _KNOWN.get(prompt.key)
    facts = [] if known is None else [capital(fact) for fact in known(run)][:OF_A_KIND]
    answers = [answer.text for answer in run.sidecar.answers.get(prompt.key, ())]
    return {**prompt._asdict(), "known": facts, "answers": answers}


def _factors(run: RecordedRun) -> Iterator[str]:
    for window in fault_windows(run):
        until = moment(window["end_s"], missing="the end")
        yield (
            f"\u201c{window['fault']}\u201d was active at {window['target']} "
            f"from {moment(window['start_s'])} to {until}."
        )
    for act in run.acts:
        yield f"At {moment(act.time_s)} {run.shown(act.words)}."
    if run.affected:
        yield _hits(run)
    if refused := run.incident.requests.refused:
        yield f"The ERP refused {plural(refused, 'write')}."


def _hits(run: RecordedRun) -> str:
    """How many of the affected deals a fault hit directly, and how the others relate to it."""
    affected = run.affected
    hit, touched = sum(o.hit for o in affected), sum(o.touched for o in affected)
    if hit == len(affected):
        return f"Faults hit {every(hit, 'affected deal')} directly."
    parts = [f"Faults hit {count(hit)} of {plural(len(affected), 'affected deal')} directly"]
    if in_progress := touched - hit:
        parts.append(f"{count(in_progress)} more {'was' if in_progress == 1 else 'were'} in progress during a fault")
    if others := len(affected) - touched:
        parts.append(f"{count(others)} {'was' if others == 1 else 'were'} not in progress during any fault")
    return f"{'; '.join(parts)}."


def _mitigators(run: RecordedRun) -> Iterator[str]:
    states, acts = run.scorecard.states, len(run.observations.interventions)
    if late := states["late"].orders:
        interventions = f"after {plural(acts, 'manual intervention')}" if acts else "without manual intervention"
        yield f"{plural(late, 'affected deal')} became correct before the end of the run, {interventions}."
    if parked := states["parked"].orders:
        was = "was" if parked == 1 else "were"
        yield f"{plural(parked, 'deal')} that could not be written {was} parked with payload and reason."
    if (acknowledge_s := run.incident.times.acknowledge_s) is not None:
        yield f"Somebody acknowledged the first alert after {span(acknowledge_s)}."


def _passed(run: RecordedRun) -> Iterator[str]:
    return _with(run, Result.PASSED)


def _not_passed(run: RecordedRun) -> Iterator[str]:
    yield from _with(run, Result.FAILED)
    yield from _with(run, Result.INCONCLUSIVE)


def _with(run: RecordedRun, result: Result) -> Iterator[str]:
    for verdict in run.verdicts:
        if verdict.result is result and verdict.name != STEADY_STATE:
            prefix = "inconclusive: " if result is Result.INCONCLUSIVE else ""
            yield f"{prefix}{verdict.name}: {verdict.summary}."


def _luck(run: RecordedRun) -> Iterator[str]:
    """Figures that show how much worse the same incident could have been."""
    if not run.affected:
        return
    active_s = _active_s(run)
    if active_s > 0:
        rate = len(run.affected) * 60 / active_s
        yield (
            f"Faults were active for {span(active_s)} at {run.scenario.workload.per_minute:g} deals a minute: "
            f"{rate:.1f} affected deals per minute."
        )
    for currency, (amount, affected) in sorted(_largest(run).items()):
        if not affected:
            yield f"The largest deal in {currency} ({money(amount, currency)}) was not affected."


def _active_s(run: RecordedRun) -> float:
    """How long at least one fault was active, in scenario seconds."""
    active_s = until_s = 0.0
    for window in sorted(run.observations.windows, key=lambda window: window.start_s):
        end_s = min(window.end_s, run.end_s)
        active_s += max(0.0, end_s - max(window.start_s, until_s))
        until_s = max(until_s, end_s)
    return active_s


def _largest(run: RecordedRun) -> dict[str, tuple[Decimal, bool]]:
    """The largest deal of each currency with affected deals, and whether it was affected itself."""
    largest: dict[str, tuple[Decimal, bool]] = {}
    currencies = {outcome.currency for outcome in run.affected}
    for outcome in run.reconciliation.outcomes:
        known = largest.get(outcome.currency)
        if outcome.currency in currencies and (known is None or outcome.amount > known[0]):
            largest[outcome.currency] = (outcome.amount, outcome.affected)
    return largest


_KNOWN: dict[str, Callable[[RecordedRun], Iterator[str]]] = {
    "contributing_factors": _factors,
    "mitigators": _mitigators,
    "went_well": _passed,
    "went_wrong": _not_passed,
    "lucky": _luck,
}
