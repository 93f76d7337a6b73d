"""What only people know, beside what the figures say about it. Nothing is made up: what is open is shown as open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Result
from gameday_reports.formats import capital, count, moment, money, plural, span
from gameday_reports.postmortem.header import fault_windows
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import PROMPTS, Prompt

#: How many sentences of one kind are shown.
OF_A_KIND = 8

_ANALYSIS = ("contributing_factors", "mitigators", "went_well", "went_wrong", "lucky")
_DECISIONS = ("decisions", "not_done", "informed")


def people(run: RecordedRun, acts: list[dict[str, Any]]) -> dict[str, Any]:
    """``message``, ``analysis`` and ``decisions``: each prompt with its ``answers`` and what is ``known``."""
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
    }


def _asked(run: RecordedRun, prompt: Prompt) -> dict[str, Any]:
    known = _KNOWN.get(prompt.key)
    facts = [] if known is None else [capital(fact) for fact in known(run)][:OF_A_KIND]
    answers = [answer.text for answer in run.sidecar.answers.get(prompt.key, ())]
    return {**prompt._asdict(), "known": facts, "answers": answers}


def _factors(run: RecordedRun) -> Iterator[str]:
    for window in fault_windows(run):
        until = moment(window["end_s"], missing="the end")
        yield f"\u201c{window['fault']}\u201d stood at {window['target']} from {moment(window['start_s'])} to {until}."
    affected = run.affected
    if affected:
        hit, touched = sum(o.hit for o in affected), sum(o.touched for o in affected)
        yield (
            f"Of {plural(len(affected), 'harmed deal')} the fault struck requests or messages of {count(hit)}; "
            f"{count(touched - hit)} more were on their way while it stood, {count(len(affected) - touched)} were not."
        )
    if refused := run.incident.requests.refused:
        yield f"The ERP refused {plural(refused, 'write')}."


def _mitigators(run: RecordedRun) -> Iterator[str]:
    states, acts = run.scorecard.states, len(run.observations.interventions)
    if late := states["late"].orders:
        interventions = f"with {plural(acts, 'act')} by hand" if acts else "without anybody\u2019s hands"
        yield f"{plural(late, 'harmed deal')} became right before the end, {interventions}."
    if parked := states["parked"].orders:
        was = "was" if parked == 1 else "were"
        yield f"{plural(parked, 'deal')} that could not be written {was} parked with payload and reason."
    if (acknowledge_s := run.incident.times.acknowledge_s) is not None:
        yield f"Somebody answered the first alert after {span(acknowledge_s)}."


def _held(run: RecordedRun) -> Iterator[str]:
    return _with(run, Result.PASSED)


def _broken(run: RecordedRun) -> Iterator[str]:
    yield from _with(run, Result.FAILED)
    yield from _with(run, Result.INCONCLUSIVE)


def _with(run: RecordedRun, result: Result) -> Iterator[str]:
    for verdict in run.verdicts:
        if verdict.result is result and verdict.name != STEADY_STATE:
            said = "not known: " if result is Result.INCONCLUSIVE else ""
            yield f"{said}{verdict.name}: {verdict.summary}."


def _luck(run: RecordedRun) -> Iterator[str]:
    """What the figures say of how much worse the same could have been."""
    if not run.affected:
        return
    stalled_s = _stalled_s(run)
    if stalled_s > 0:
        rate = len(run.affected) * 60 / stalled_s
        yield (
            f"Faults stood for {span(stalled_s)} at {run.scenario.workload.per_minute:g} deals a minute: "
            f"{rate:.1f} harmed deals for each minute of it."
        )
    for currency, (amount, affected) in sorted(_largest(run).items()):
        if not affected:
            yield f"The largest deal in {currency} ({money(amount, currency)}) was not among the harmed."


def _stalled_s(run: RecordedRun) -> float:
    """For how long at least one fault stood."""
    stalled_s = until_s = 0.0
    for window in sorted(run.observations.windows, key=lambda window: window.start_s):
        end_s = min(window.end_s, run.end_s)
        stalled_s += max(0.0, end_s - max(window.start_s, until_s))
        until_s = max(until_s, end_s)
    return stalled_s


def _largest(run: RecordedRun) -> dict[str, tuple[Decimal, bool]]:
    """The largest deal of each currency in which any was harmed, and whether it was one of those."""
    found: dict[str, tuple[Decimal, bool]] = {}
    hurt = {outcome.currency for outcome in run.affected}
    for outcome in run.reconciliation.outcomes:
        known = found.get(outcome.currency)
        if outcome.currency in hurt and (known is None or outcome.amount > known[0]):
            found[outcome.currency] = (outcome.amount, outcome.affected)
    return found


_KNOWN: dict[str, Callable[[RecordedRun], Iterator[str]]] = {
    "contributing_factors": _factors,
    "mitigators": _mitigators,
    "went_well": _held,
    "went_wrong": _broken,
    "lucky": _luck,
}
