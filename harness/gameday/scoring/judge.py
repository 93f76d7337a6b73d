"""Judges a run from its folder: the steady state, each expectation, the scorecard."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import msgspec

from gameday.analysis.host_load import HOST_LOAD, overloaded
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.errors import GamedayError
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.model.checker import Case, Result, Verdict, check, worst
from gameday.model.scenario import Expectation
from gameday.scoring.detection import unread_alerts
from gameday.scoring.run_folder import CheckedRun, Run
from gameday.scoring.score import score

#: The expectations that fail where an alert is missing, so that one which could not be read decides nothing.
ABOUT_ALERTS = frozenset(
    {"alert gives reason", "alert names orders", "nothing unreported", "owner alerted", "right owner"}
)


def judge(case: Case) -> tuple[Result, tuple[Verdict, ...]]:
    """The steady state's verdict, then those of the scenario's expectations; and what they come to.

    Worst wins, but where the steady state did not hold nothing is known, whatever else was found: what went wrong may
    have nothing to do with the faults. Nor is anything held against the stack that a starved machine may have done.
    """
    steady = check(STEADY_STATE, case, {})
    verdicts = tuple(_checked(case, expectation) for expectation in case.scenario.expectations)
    result = worst(verdicts) if steady.result is Result.PASSED else Result.INCONCLUSIVE
    if Result.FAILED in (steady.result, result):
        why = overloaded(case.history, reconcile(case).outcomes, case.contract.sla.latency_s)
        if why:
            return Result.INCONCLUSIVE, (_of_the_machine(why), *verdicts)
    return result, (steady, *verdicts)


def _checked(case: Case, expectation: Expectation) -> Verdict:
    """An expectation's verdict; inconclusive where it failed for want of alerts and some could not be read."""
    verdict = check(expectation.checker, case, expectation.params, text=expectation.text)
    observed = observe(case.history)
    if verdict.result is not Result.FAILED or expectation.checker not in ABOUT_ALERTS or not observed.unread:
        return verdict
    summary = f"{unread_alerts(observed)}; without it: {verdict.summary}"
    return msgspec.structs.replace(verdict, result=Result.INCONCLUSIVE, summary=summary)


def _of_the_machine(why: str) -> Verdict:
    """What stands in place of the steady state where the machine did not keep up; ``why`` is a clause."""
    advice = "what was late may be the machine's doing: run fewer scenarios at once (-j) or at a lower --pace"
    return Verdict(STEADY_STATE, Result.INCONCLUSIVE, f"{why}; {advice}", evidence={HOST_LOAD: why})


def check_run(run: Run) -> CheckedRun:
    """Judge a run from disk and write down the verdicts and the scorecard. Raises GamedayError if it cannot be read."""
    try:
        with without_garbage_collection():
            case = run.case()
            result, verdicts = judge(case)
            checked = CheckedRun(run.dir, result, verdicts, score(case), case)
    except ArithmeticError as problem:
        raise GamedayError(
            f"the ledgers of run {run.dir.name!r} hold figures that cannot be reckoned with: {type(problem).__name__}",
            hint="were they edited?",
        ) from None
    run.write_judgement(checked)
    return checked


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A large run is millions of objects and no garbage: looking for some takes half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # To the oldest generation with all that was made, unseen; else the next young collection goes through it.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
