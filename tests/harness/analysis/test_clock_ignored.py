"""A stack with a process that ignores the clock has no result at that pace, whatever came out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.analysis.clock_ignored import clock_ignored
from gameday.model.checker import Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import FOLLOWS_PACE, judge

IGNORED = {"program": "/opt/sync", "pid": 7, "why": "it is a Go program"}


@pytest.fixture
def arrived(story: Any) -> Any:
    """Every deal arrives, under a fault that hit."""
    story.expectations = (Expectation("exactly once", {"within_s": 300, "after": "fix"}, "all arrive"),)
    return story.deal("D0").order("D0").deal("D1", 70).inject(60, 100).order("D1")


def test_a_stack_whose_processes_follow_says_nothing(arrived: Any) -> None:
    assert clock_ignored(arrived.case()) == ""


def test_the_clause_names_the_program_the_pace_and_the_reason(arrived: Any) -> None:
    case = msgspec.structs.replace(arrived.op("clock", 61, IGNORED, "info").case(), pace=60.0)
    assert clock_ignored(case) == "/opt/sync does not follow the pace of 60: it is a Go program"


def test_further_programs_are_counted(arrived: Any) -> None:
    arrived.op("clock", 61, IGNORED, "info").op("clock", 62, {**IGNORED, "program": "/opt/other"}, "info")
    assert "/opt/sync (and 1 more)" in clock_ignored(arrived.case())


def test_one_in_the_control_counts_too(arrived: Any) -> None:
    case = arrived.case()
    control = arrived.op("clock", 61, IGNORED, "info").case().history
    assert "/opt/sync" in clock_ignored(msgspec.structs.replace(case, control=control))


@pytest.mark.parametrize("lost", [False, True])
def test_the_run_is_inconclusive_whether_deals_arrived_or_were_lost(arrived: Any, lost: bool) -> None:
    if lost:
        arrived.deal("D2", 80)
    result, verdicts = judge(arrived.op("clock", 61, IGNORED, "info").case())
    assert result is Result.INCONCLUSIVE
    [verdict] = [each for each in verdicts if each.name == FOLLOWS_PACE]
    assert verdict.result is Result.INCONCLUSIVE
    assert verdict.summary.endswith("give its table clock = 'real'")
