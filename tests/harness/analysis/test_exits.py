"""The stack's process ended by itself: found with its exit code and last words, and first in every report."""

from __future__ import annotations

from typing import Any

import pytest

from gameday.analysis.exits import exits
from gameday.scoring.score import score


@pytest.mark.parametrize(
    ("code", "how"), [(1, "exit code 1"), (0, "exit code 0"), (-9, "signal SIGKILL"), (-99, "signal 99")]
)
def test_an_exit_says_how_the_process_ended(locked: Any, code: int, how: str) -> None:
    (found,) = exits(locked.op("exit", 400, {"pid": 7, "code": code}, "info", "harness").case())
    assert (found.time_s, found.how, found.during) == (400, how, ())


def test_an_exit_names_the_faults_that_were_active(locked: Any) -> None:
    (found,) = exits(locked.op("exit", 100, {"pid": 7, "code": 1, "words": "a\nb"}, "info", "harness").case())
    assert found.during == ("record lock",)
    assert found.sentence.endswith("with exit code 1 while 'record lock' was active; no fault ended it")
    assert found.last_line == "b"


def test_what_a_fault_killed_is_no_exit(story: Any) -> None:
    story.inject(60, 90, "killed worker", "stack", effect=False).op(
        "stack", 60, {"act": "kill", "pid": 7}, by="harness"
    )
    assert exits(story.case()) == ()


def test_the_scorecard_has_the_exits(locked: Any) -> None:
    locked.op("exit", 400, {"pid": 7, "code": 3}, "info", "harness")
    assert [each.code for each in score(locked.case()).exits] == [3]
