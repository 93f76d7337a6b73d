"""What the fakes lack is never blamed on the stack, and excuses nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.model.checker import Case, ControlLedgers, Result, Verdict
from gameday.model.scenario import Expectation
from gameday.scoring.judge import FAKES_KNOW_CALLS, judge

CALL = "GET /rest/api/3/search"


def called(story: Any, *calls: str, at_s: float = 80) -> Any:
    """The story of a stack that also made these calls."""
    for call in calls:
        story.op("unsupported", at_s, {"call": call}, "fail", by="jira")
    return story


def lossy(story: Any) -> Any:
    """One deal arrives, one is lost under a fault."""
    story.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "all arrive"),)
    return story.deal("D0").order("D0").deal("D1", 70).inject(60, 100)


def sound(story: Any) -> Any:
    return lossy(story).order("D1")


def beside(story: Any, control: Any) -> Case:
    """The case of a story with another as its fault-free control."""
    other = control.case()
    ledgers = ControlLedgers(other.crm, other.erp)
    found: Case = msgspec.structs.replace(story.case(), control=other.history, control_ledgers=ledgers)
    return found


def about_calls(verdicts: tuple[Verdict, ...]) -> Verdict:
    [found] = [verdict for verdict in verdicts if verdict.name == FAKES_KNOW_CALLS]
    return found


def test_a_failure_that_may_come_from_an_unsupported_call_is_inconclusive(story: Any) -> None:
    result, verdicts = judge(called(lossy(story), CALL, CALL, "object Case").case())
    assert result is Result.INCONCLUSIVE
    assert about_calls(verdicts).summary == (
        "the stack made 3 calls that the fakes do not have: jira: GET /rest/api/3/search (2 times); "
        "jira: object Case; what failed may come from them"
    )


def test_without_such_a_call_the_failure_stands(story: Any) -> None:
    result, verdicts = judge(lossy(story).case())
    assert result is Result.FAILED
    assert FAKES_KNOW_CALLS not in [verdict.name for verdict in verdicts]


def test_a_run_that_passes_in_spite_of_it_has_passed_and_says_so(story: Any) -> None:
    result, verdicts = judge(called(sound(story), CALL).case())
    assert result is Result.PASSED
    assert about_calls(verdicts).result is Result.PASSED


def test_a_call_that_did_no_harm_in_the_control_excuses_nothing(story: Any, new_story: Any) -> None:
    control = called(new_story().deal("D0").order("D0"), CALL)
    result, verdicts = judge(beside(called(lossy(story), CALL), control))
    assert result is Result.FAILED
    assert about_calls(verdicts).summary.endswith("they changed no result")


@pytest.mark.parametrize("wrong", [False, True])
def test_a_call_that_only_the_run_made_or_a_control_that_failed_explains_nothing(
    story: Any, new_story: Any, *, wrong: bool
) -> None:
    control = new_story().deal("D0")
    control = called(control, CALL) if wrong else control.order("D0")
    result, _ = judge(beside(called(lossy(story), CALL), control))
    assert result is Result.INCONCLUSIVE
