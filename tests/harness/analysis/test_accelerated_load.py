"""On an accelerated clock a stack's time-outs are short, so less load may have caused a failure."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.model.checker import Case, ControlLedgers, Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge


@pytest.fixture
def doubled(locked: Any) -> Any:
    """D1 has two orders."""
    locked.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    return locked.deal("D1", 70).order("D1", 80).order("D1", 90)


@pytest.fixture
def lost(locked: Any) -> Any:
    """D1 has no order."""
    locked.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    return locked.deal("D1", 70)


def loaded(story: Any, *, waited_s: float = 0.1, stalled_s: float = 0.0, accelerated: bool) -> Case:
    """The day on a machine where the stack waited, or that stalled, so long in each second."""
    for second in range(8):
        value = {"real_s": 1.0, "waited_s": {"stack": waited_s}, "stalled_s": stalled_s}
        story.op("load", 60 * (second + 1), value, by="harness")
    found: Case = msgspec.structs.replace(story.case(), accelerated=accelerated)
    return found


@pytest.mark.parametrize("day", ["doubled", "lost"])
def test_a_failure_on_a_machine_that_kept_up_stays_a_failure(day: str, request: pytest.FixtureRequest) -> None:
    assert judge(loaded(request.getfixturevalue(day), accelerated=True))[0] is Result.FAILED


@pytest.mark.parametrize("day", ["doubled", "lost"])
@pytest.mark.parametrize("load", [{"waited_s": 0.55}, {"stalled_s": 0.1}])
def test_what_a_busy_machine_may_have_caused_is_inconclusive_where_the_stack_is_accelerated(
    day: str, load: dict[str, float], request: pytest.FixtureRequest
) -> None:
    story = request.getfixturevalue(day)
    assert judge(loaded(story, **load, accelerated=True))[0] is Result.INCONCLUSIVE


def test_a_stack_that_keeps_its_time_outs_has_failed_under_the_same_load(doubled: Any) -> None:
    assert judge(loaded(doubled, waited_s=0.55, accelerated=False))[0] is Result.FAILED


def test_no_load_changes_a_value_in_a_finished_order(locked: Any) -> None:
    locked.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    story = locked.deal("D1", 70).order("D1", 80, currency="JPY")
    assert judge(loaded(story, waited_s=0.9, accelerated=True))[0] is Result.FAILED


def alarmed_control(story: Any, new: Any, *, waited_s: float) -> Case:
    """D0 is right; in the control there was an alert though every deal was right, on a machine as busy as given."""
    control = new().deal("D0", 10).order("D0", 12).alert("D0", at_s=40)
    for second in range(8):
        value = {"real_s": 1.0, "waited_s": {"stack": waited_s}}
        control.op("load", 60 * (second + 1), value, by="harness")
    other = control.case()
    story.expectations = (Expectation("no false alarm", {}, "nobody was alerted without cause"),)
    found: Case = msgspec.structs.replace(
        story.case(), control=other.history, control_ledgers=ControlLedgers(other.crm, other.erp)
    )
    return found


@pytest.mark.parametrize(("waited_s", "word"), [(0.1, "failed"), (0.95, "inconclusive")])
def test_an_alarm_in_the_control_counts_unless_the_machine_was_too_busy_for_it(
    locked: Any, new_story: Any, waited_s: float, word: str
) -> None:
    _, verdicts = judge(alarmed_control(locked, new_story, waited_s=waited_s))
    assert [each.result.word for each in verdicts if each.name == "nobody was alerted without cause"] == [word]
