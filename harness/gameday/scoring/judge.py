"""Judges a run from its folder: the steady state, each expectation, the scorecard."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence

import msgspec

from gameday.analysis.alerts import IN_CONTROL, alarms
from gameday.analysis.clock_ignored import clock_ignored
from gameday.analysis.host_load import HOST_LOAD, overloaded
from gameday.analysis.kept_waiting import failed_by_waiting, none_arrived_by_waiting
from gameday.analysis.observations import observe
from gameday.analysis.twins import twin_rows
from gameday.analysis.unsupported import unsupported_calls
from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.checkers.faults_took_effect import NAME as FAULTS_TOOK_EFFECT
from gameday.checkers.no_false_alarm import NAME as NO_FALSE_ALARM
from gameday.checkers.no_false_alarm import NO_CONTROL
from gameday.checkers.retries_in_bounds import NAME as RETRIES_IN_BOUNDS
from gameday.checkers.steady_state import NAME as STEADY_STATE
from gameday.checkers.steady_state import NONE_BEFORE, control_overloaded, control_was_right, may_be_shown_by_control
from gameday.model.checker import Case, Result, Verdict, check, worst
from gameday.model.events import PeopleActed, Skipped
from gameday.model.scenario import Expectation
from gameday.scoring.detection import unread_alerts
from gameday.scoring.run_folder import CheckedRun, Run
from gameday.scoring.score import score
from gameday.scoring.until import as_far_as_proven

#: The name of the verdict about calls that the fakes lack; there is one only if the stack made some.
FAKES_KNOW_CALLS = "the fakes know the calls"

#: The name of the verdict about records of which a ledger has more than one row; there is one only then.
LEDGERS_WHOLE = "the ledgers have each record once"

#: The name of the verdict about what people were to do and a system refused; there is one only then.
PEOPLE_ACTED = "people did what the scenario says"

#: The name of the verdict about a stack that was due before it said so; there is one only then.
DUE_AS_SAID = "the stack is due when it says"

#: The name of the verdict about a stack that does not follow the pace; there is one only then.
FOLLOWS_PACE = "the stack follows the pace"

#: The expectations that fail where an alert is missing, so that they decide nothing where some could not be read.
ABOUT_ALERTS = frozenset(
    {
        "alert gives reason", "alert names orders", "incident acknowledged", "incident closed", "incident stays closed",
        "nothing unreported", "owner alerted", "right owner",
    }
)  # fmt: skip


def judge(case: Case) -> tuple[Result, tuple[Verdict, ...]]:
    """The result, and the verdicts: the steady state's, the faults', that about the contract's retry policy,
    then those of the scenario's expectations.

    The worst verdict counts: a stack that is wrong without any fault has failed, and a fault that did not take effect
    lets nothing pass. If host load, or a call that a fake lacks, may have caused a failure, it is inconclusive. A stack
    that does not follow the pace has no result. A run that did not come to its end has failed only if that is proven.
    """
    result, verdicts = _judge(case)
    return (result, verdicts) if case.until_s is None else as_far_as_proven(case, result, verdicts)


def _judge(case: Case) -> tuple[Result, tuple[Verdict, ...]]:
    steady = _steady(case)
    took_effect = [check(FAULTS_TOOK_EFFECT, case, {})] if case.scenario.injections else []
    expected = [_checked(case, expectation) for expectation in case.scenario.expectations]
    # A term of the contract, which no scenario has to ask for.
    retries = [check(RETRIES_IN_BOUNDS, case, {})] if case.contract.retry is not None else []
    verdicts = (*took_effect, *retries, *expected)
    result = worst((steady, *verdicts))
    if all(verdict.result is Result.NOT_APPLICABLE for verdict in expected):
        # Nothing was checked, but what the steady state and the faults show.
        result = max(result, Result.INCONCLUSIVE)
    if (wrong := wrong_skip(case)) is not None:
        skips = {"skip": [[wrong.due_s, wrong.until_s]]}
        return Result.INCONCLUSIVE, (steady, Verdict(DUE_AS_SAID, Result.INCONCLUSIVE, wrong.why, (), skips), *verdicts)
    if ignored := clock_ignored(case):
        summary = f"{ignored}; give its table clock = 'real'"
        unfollowed = Verdict(FOLLOWS_PACE, Result.INCONCLUSIVE, summary, evidence={"clock": ignored})
        return Result.INCONCLUSIVE, (steady, unfollowed, *verdicts)
    if result is Result.FAILED:
        why = overloaded(case) or failed_by_waiting(case, (steady, *verdicts))
        if why:
            return Result.INCONCLUSIVE, (_host_load_verdict(why), *verdicts)
    verdicts = (steady, *verdicts)
    if twins := twin_rows(case):
        summary = f"a ledger has several rows of {plural(len(twins), 'id')}: no system has two records of one id"
        verdicts = (*verdicts, Verdict(LEDGERS_WHOLE, Result.INCONCLUSIVE, summary, twins))
        result = max(result, Result.INCONCLUSIVE)
    if refused := [op.event for op in case.history.of(PeopleActed, outcome="fail")]:
        first = refused[0]
        summary = f"{first.system.upper()}: {first.operation.replace('_', ' ')} was not possible: {first.problem}"
        rows = {"operations": [[each.system, each.operation, each.key, each.problem] for each in refused]}
        verdicts = (*verdicts, Verdict(PEOPLE_ACTED, Result.INCONCLUSIVE, summary, evidence=rows))
        result = max(result, Result.INCONCLUSIVE)
    if calls := _calls_verdict(case, result):
        verdicts = (*verdicts, calls)
        result = Result.INCONCLUSIVE if calls.result is Result.INCONCLUSIVE else result
    return result, verdicts


def lacks_only_control(case: Case, verdicts: Sequence[Verdict]) -> bool:
    """Whether a case that was judged without a fault-free control would pass with one in which all is right."""
    left = [each for each in verdicts if each.result not in (Result.PASSED, Result.NOT_APPLICABLE)]
    awaited = (NO_CONTROL, NONE_BEFORE) if may_be_shown_by_control(case) else (NO_CONTROL,)
    if case.control is not None or not all(each.summary.startswith(awaited) for each in left):
        return False
    expected = {each.text or each.checker for each in case.scenario.expectations}
    return any(each.name in expected and each.result is not Result.NOT_APPLICABLE for each in verdicts)


def wrong_skip(case: Case) -> Skipped | None:
    """The first time that a run, or its control, skipped ahead by a wrong word of the stack; None if it never did."""
    histories = (case.history, *([case.control] if case.control else []))
    return next((op.event for each in histories for op in each.of(Skipped, outcome="fail")), None)


def _steady(case: Case) -> Verdict:
    """The verdict about the steady state; if it is inconclusive, with the host load that may be why."""
    steady = check(STEADY_STATE, case, {})
    if steady.result is not Result.INCONCLUSIVE:
        return steady
    injected_s = observe(case.history).injected_s
    none_arrived = none_arrived_by_waiting(case, injected_s) if injected_s is not None else ""
    why = overloaded(case) or control_overloaded(case) or none_arrived
    if not why:
        return steady
    evidence = {**steady.evidence, HOST_LOAD: why}
    return msgspec.structs.replace(steady, summary=f"{steady.summary}; {why}", evidence=evidence)


def _calls_verdict(case: Case, result: Result) -> Verdict | None:
    """Inconclusive if calls that the fakes lack may have caused a failure; None without such calls."""
    calls = unsupported_calls(case.history, case.control if control_was_right(case) else None)
    if not calls.sentence:
        return None
    rows = {"calls": [[system, call, times] for (system, call), times in calls.calls]}
    if result is Result.FAILED and not calls.harmless:
        summary = f"{calls.sentence}; what failed may come from them"
        return Verdict(FAKES_KNOW_CALLS, Result.INCONCLUSIVE, summary, evidence=rows)
    return Verdict(FAKES_KNOW_CALLS, Result.PASSED, f"{calls.sentence}; they changed no result", evidence=rows)


def _checked(case: Case, expectation: Expectation) -> Verdict:
    """An expectation's verdict; inconclusive if it failed because alerts were missing and some could not be read.

    So are alarms of the fault-free control only, if the machine was too busy for it.
    """
    verdict = check(expectation.checker, case, expectation.params, text=expectation.text)
    if verdict.result is Result.FAILED and expectation.checker == NO_FALSE_ALARM:
        false = [alarm.false for alarm in alarms(case) if alarm.false]
        why = control_overloaded(case) if all(each == IN_CONTROL for each in false) else ""
        if why:
            summary = f"{verdict.summary}; there {why}"
            evidence = {**verdict.evidence, HOST_LOAD: why}
            return msgspec.structs.replace(verdict, result=Result.INCONCLUSIVE, summary=summary, evidence=evidence)
    observed = observe(case.history)
    if verdict.result is not Result.FAILED or expectation.checker not in ABOUT_ALERTS or not observed.may_lack_alerts:
        return verdict
    summary = f"{unread_alerts(observed)}; without it: {verdict.summary}"
    return msgspec.structs.replace(verdict, result=Result.INCONCLUSIVE, summary=summary)


def _host_load_verdict(why: str) -> Verdict:
    """The verdict in place of the steady state's if the machine did not keep up; ``why`` is a clause."""
    advice = "the machine may have caused the delays: run fewer scenarios at once (-j) or use a lower --pace"
    return Verdict(STEADY_STATE, Result.INCONCLUSIVE, f"{why}; {advice}", evidence={HOST_LOAD: why})


def check_run(run: Run) -> CheckedRun:
    """Judge a run from disk and write its verdicts and scorecard. Raises GamedayError if it cannot be read."""
    checked = judge_run(run)
    run.write_judgement(checked)
    return checked


def judge_run(run: Run) -> CheckedRun:
    """Judge a run from its records, whatever its files of verdicts and scores say, and write nothing.

    Raises GamedayError if it cannot be read.
    """
    try:
        with without_garbage_collection():
            case = run.case()
            result, verdicts = judge(case)
            return CheckedRun(run.dir, result, verdicts, score(case), case)
    except ArithmeticError as problem:
        raise GamedayError(
            f"the ledgers of run {run.dir.name!r} hold figures that cannot be computed with: {type(problem).__name__}",
            hint="were they edited?",
        ) from None


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Turn the collector off: a large run is millions of objects without garbage, and collecting doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Move everything to the oldest generation unvisited; otherwise the next young collection visits all of it.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
