"""No pace shortens the work of a batch: where it may have made deals late, lateness proves nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.analysis.batch_work import delayed_s
from gameday.model.checker import Case, Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge


def batched(story: Any, worked_s: float, pace: float = 10.0) -> Case:
    """The day of a batch whose longest run had a processor for so long."""
    story.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "exactly once"),)
    for at_s, each_s in ((60, worked_s / 2), (120, worked_s), (180, 0.0)):
        story.op("batch", at_s, {"pid": 1, "code": 0, "worked_s": each_s}, "info", "harness")
    found: Case = msgspec.structs.replace(story.case(), pace=pace)
    return found


def test_the_delay_is_the_work_of_the_longest_run_beyond_its_time_at_pace_1(locked: Any) -> None:
    assert delayed_s(batched(locked.deal("D1", 70), 4.0)) == 36
    assert delayed_s(batched(locked.deal("D1", 70), 4.0, pace=1.0)) == 0


def test_what_a_run_waited_for_a_processor_counts_as_its_work(locked: Any) -> None:
    value = {"pid": 1, "code": 0, "worked_s": 1.0, "began_s": 100.0, "ended_s": 160.0}
    story = locked.deal("D1", 70).op("batch", 160, value, "info", "harness")
    for time_s in range(90, 190, 10):
        waits = {"harness": 0.9, "the stack": 0.3, "the fakes": 0.1}
        story.op("load", time_s, {"real_s": 1.0, "waited_s": waits}, "info", "harness")
    # Six readings of a second overlap the run, which worked for a second of them.
    assert delayed_s(batched(story, 0.0)) == pytest.approx((1.0 + 6 * 0.4) * 9)


def test_a_run_cannot_have_waited_longer_than_it_was_there(locked: Any) -> None:
    value = {"pid": 1, "code": 0, "worked_s": 1.0, "began_s": 100.0, "ended_s": 120.0}
    story = locked.deal("D1", 70).op("batch", 120, value, "info", "harness")
    for time_s in (105, 115):
        story.op("load", time_s, {"real_s": 1.0, "waited_s": {"the stack": 0.9}}, "info", "harness")
    assert delayed_s(batched(story, 0.0)) == pytest.approx(2.0 * 9)


def test_lateness_is_inconclusive_where_the_work_is_longer_than_the_margin(locked: Any) -> None:
    result, verdicts = judge(batched(locked.deal("D1", 70), 40.0))
    assert result is Result.INCONCLUSIVE
    assert verdicts[0].summary.startswith(
        "no pace shortens the work of a batch: at a pace of 10 one run of it ends up to 6 min later than in real time"
    )


@pytest.mark.parametrize(("worked_s", "pace"), [(0.4, 10.0), (40.0, 1.0)])
def test_lateness_fails_where_the_work_is_within_the_margin(locked: Any, worked_s: float, pace: float) -> None:
    assert judge(batched(locked.deal("D1", 70), worked_s, pace))[0] is Result.FAILED


def worked(story: Any, began_s: float, ended_s: float, *, pace: float = 10.0, worked_s: float = 0.4) -> Case:
    """The day of a batch that was at work from then until then, and had a processor for so long."""
    value = {"pid": 1, "code": 0, "worked_s": worked_s, "began_s": began_s, "ended_s": ended_s}
    return batched(story.op("batch", ended_s, value, "info", "harness"), 0.0, pace)


def test_lateness_is_inconclusive_where_a_fault_began_while_a_run_worked(locked: Any) -> None:
    [injection] = locked.case().scenario.injections
    result, verdicts = judge(worked(locked.deal("D1", 70), injection.at_s - 1, injection.at_s + 3))
    assert result is Result.INCONCLUSIVE
    assert f"'{injection.fault}' began while a run was at work" in verdicts[0].summary


@pytest.mark.parametrize(
    "other",
    [
        {"began_s": 0.0, "ended_s": -1.0},
        {"began_s": 1.0, "ended_s": 3.0},
        {"began_s": -1.0, "ended_s": 3.0, "pace": 1.0},
        {"began_s": -1.0, "ended_s": 3.0, "worked_s": 0.01},
    ],
    ids=["over before", "begun after", "in real time", "hardly any work"],
)
def test_lateness_fails_where_no_fault_could_meet_less_of_a_run(locked: Any, other: dict[str, float]) -> None:
    [injection] = locked.case().scenario.injections
    times = {name: injection.at_s + other.pop(name) for name in ("began_s", "ended_s")}
    assert judge(worked(locked.deal("D1", 70), **times, **other))[0] is Result.FAILED


def test_lateness_is_inconclusive_where_a_fault_cut_a_run_off(locked: Any) -> None:
    story = locked.deal("D1", 70).op("stack", 61, {"act": "cut off", "pid": 1}, "info", "harness")
    assert judge(batched(story, 0.4))[0] is Result.INCONCLUSIVE
    assert judge(batched(story, 0.4, pace=1.0))[0] is Result.FAILED


def runs(story: Any, *times: tuple[float, float], every_s: float = 100.0, pace: float = 10.0) -> Case:
    """The day of a batch that had a processor for half a second in each of these runs, from then until then."""
    for began_s, ended_s in times:
        value = {"pid": 1, "code": 0, "worked_s": 0.5, "began_s": began_s, "ended_s": ended_s, "every_s": every_s}
        story.op("batch", ended_s, value, "info", "harness")
    return batched(story, 0.0, pace)


@pytest.mark.parametrize(
    ("ended_s", "pace", "result"),
    [(302.0, 10.0, Result.INCONCLUSIVE), (325.0, 10.0, Result.FAILED), (302.0, 1.0, Result.FAILED)],
    ids=["over before the start was due, in real time", "not over then", "in real time"],
)
def test_lateness_is_inconclusive_where_only_the_work_kept_a_run_from_starting(
    locked: Any, ended_s: float, pace: float, result: Result
) -> None:
    found, verdicts = judge(runs(locked.deal("D1", 70), (200.0, ended_s), pace=pace))
    assert found is result, verdicts


def test_what_runs_did_twice_is_inconclusive_where_only_the_work_let_them_overlap(locked: Any) -> None:
    story = locked.deal("D1", 70).order("D1", 80).order("D1", 90)
    result, verdicts = judge(runs(story, (200.0, 302.0), (300.0, 301.0)))
    assert result is Result.INCONCLUSIVE
    assert "a run of it was still at work when the next one began" in verdicts[0].summary


@pytest.mark.parametrize("times", [[(200.0, 325.0), (300.0, 301.0)], [(200.0, 299.0), (300.0, 303.0)]])
def test_what_runs_did_twice_fails_where_they_overlap_in_real_time_too_or_not_at_all(locked: Any, times: Any) -> None:
    story = locked.deal("D1", 70).order("D1", 80).order("D1", 90)
    assert judge(runs(story, *times))[0] is Result.FAILED


def test_no_work_makes_two_orders_of_one(locked: Any) -> None:
    story = locked.deal("D1", 70).order("D1", 80).order("D1", 90)
    assert judge(batched(story, 40.0))[0] is Result.FAILED
