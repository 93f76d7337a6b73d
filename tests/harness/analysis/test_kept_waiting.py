"""A deal that is late by less than the machine kept its way waiting says nothing about the stack."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.analysis.host_load import HOST_LOAD
from gameday.model.checker import ControlLedgers, Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge

#: The latency of the contract of these tests and its margin (scenario seconds).
LIMIT_S = 60.0 + 6.0
EXPECTED = (Expectation("alert names orders", {}, "the alert names the affected deals"),)


def day(story: Any, *expected: Expectation, over_s: float, waits: dict[str, float], after: bool = False) -> Any:
    """D1 comes so much after its limit, and so long the processes waited in each second, at a pace of 60."""
    story.expectations = (*EXPECTED, *expected)
    story.deal("D1", 70).deal("D2", 71).hit("D1", 72).hit("D2", 72)
    story.order("D1", 70 + LIMIT_S + over_s).order("D2", 75)
    story.op("load", 0.5, {"real_s": 0.0, "waited_s": dict.fromkeys(waits, 9.0)}, by="harness")
    for second in range(8):
        busy = waits if (second >= 3) == after else {}
        value: dict[str, Any] = {"real_s": 1.0, "waited_s": {"harness": 0.05, **busy}}
        story.op("load", 60 * (second + 1) + 0.5, value, by="harness")
    return story.case()


WAITS = {"stack 'mine'": 0.4, "the fakes": 0.3}


def test_by_less_than_was_waited_it_proves_nothing(locked: Any) -> None:
    result, verdicts = judge(day(locked, over_s=1.1, waits=WAITS))
    assert result is Result.INCONCLUSIVE
    assert "late by up to 1.1 s more than its limit" in verdicts[0].summary


@pytest.mark.parametrize(("over_s", "result"), [(45.0, Result.INCONCLUSIVE), (47.0, Result.FAILED)])
def test_by_more_it_has_failed(locked: Any, over_s: float, result: Result) -> None:
    # It waited for 0.7 of the 66 s that it had.
    assert judge(day(locked, over_s=over_s, waits=WAITS))[0] is result


def test_on_a_machine_that_holds_nothing_up_it_has_failed(locked: Any) -> None:
    waits = {"stack 'mine'": 0.2, "the fakes": 0.2}
    assert judge(day(locked, over_s=1.1, waits=waits))[0] is Result.FAILED


@pytest.mark.parametrize("waits", [{}, {"the fakes": 0.001}])
def test_on_a_machine_that_waits_for_nothing_a_second_is_late(locked: Any, waits: dict[str, float]) -> None:
    assert judge(day(locked, over_s=1.1, waits=waits))[0] is Result.FAILED


def test_what_was_waited_when_it_was_there_already_excuses_nothing(locked: Any) -> None:
    assert judge(day(locked, over_s=1.1, waits=WAITS, after=True))[0] is Result.FAILED


def test_the_harness_is_not_on_its_way(locked: Any) -> None:
    assert judge(day(locked, over_s=1.1, waits={"harness": 0.45}))[0] is Result.FAILED


def test_what_processes_waited_before_the_run_began_excuses_nothing(new_story: Any) -> None:
    story = new_story().deal("D0", 1).order("D0", 2).inject(60, 300)
    case = day(story, over_s=1.1, waits={"the fakes": 0.0})
    assert judge(case)[0] is Result.FAILED


def test_another_deal_that_is_lost_is_not_excused_with_it(locked: Any) -> None:
    locked.deal("D3", 72)
    assert judge(day(locked, over_s=1.1, waits=WAITS))[0] is Result.FAILED


def test_an_order_without_a_deal_is_not_excused_with_it(locked: Any) -> None:
    once = Expectation("exactly once", {"within_s": 300, "after": "fix"}, "every deal is there exactly once")
    assert judge(day(locked, once, over_s=1.1, waits=WAITS))[0] is Result.INCONCLUSIVE
    locked.order("D9", 90)
    assert judge(locked.case())[0] is Result.FAILED


def control(new_story: Any, *, waits: dict[str, float]) -> Any:
    """A control in which a deal came 1.1 s after its limit, of a run in which it was in time."""
    story = new_story().deal("D1", 70).order("D1", 70 + LIMIT_S + 1.1)
    for second in range(4):
        story.op("load", 60 * second + 0.5, {"real_s": float(second > 0), "waited_s": waits}, by="harness")
    return story.case()


@pytest.mark.parametrize(("waits", "word"), [(WAITS, "passed"), ({}, "failed")])
def test_a_control_in_which_a_deal_was_kept_waiting_does_not_fail_the_stack(
    locked: Any, new_story: Any, waits: dict[str, float], word: str
) -> None:
    other = control(new_story, waits=waits)
    locked.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    case = locked.deal("D1", 70).hit("D1", 72).order("D1", 80).case()
    case = msgspec.structs.replace(case, control=other.history, control_ledgers=ControlLedgers(other.crm, other.erp))
    assert judge(case)[0].word == word


@pytest.mark.parametrize(("waits", "closed_s", "doubted"), [(WAITS, 1, True), ({}, 1, False), (WAITS, 21, False)])
def test_that_no_deal_came_before_the_first_fault_may_be_due_to_the_machine(
    new_story: Any, waits: dict[str, float], closed_s: float, doubted: bool
) -> None:
    story = new_story().inject(20, 50).deal("D1", closed_s).order("D1", 30).deal("D2", 40).hit("D2", 41).order("D2", 42)
    story.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    for second in range(4):
        value = {"real_s": float(second > 0), "waited_s": waits if second < 2 else {}}
        story.op("load", 60 * second + 0.5, value, by="harness")
    result, (steady, *_) = judge(story.case())
    assert result is Result.INCONCLUSIVE and steady.summary.startswith("no deal arrived before the first fault")
    assert (HOST_LOAD in steady.evidence) is doubted, steady
    assert steady.summary.endswith("waited for a processor for 13.3 s of the run") is doubted
