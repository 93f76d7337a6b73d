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


def batch(story: Any, time_s: float, code: int, **value: Any) -> Any:
    """A run of the batch ends."""
    return story.op("batch", time_s, {"pid": 7, "code": code, **value}, "info", "harness")


def test_a_run_of_a_batch_that_ends_with_0_is_no_exit(locked: Any) -> None:
    assert exits(batch(batch(locked, 400, 0), 430, 0).case()) == ()


def test_runs_of_a_batch_that_fail_alike_are_said_once(locked: Any) -> None:
    for time_s, code in ((400, 1), (430, 1), (460, 2), (490, 2), (520, 0), (550, 2), (580, 0), (600, 3)):
        batch(locked, time_s, code, words="refused")
    assert [(each.time_s, each.sentence.partition(" of the stack")[0]) for each in exits(locked.case())] == [
        (400, "2 runs in a row"),
        (460, "3 of 4 runs"),
        (600, "a run"),
    ]


def test_batches_are_distinguished_by_name(locked: Any) -> None:
    for time_s, process in ((400, "nightly"), (410, "hourly"), (420, "nightly")):
        batch(locked, time_s, 1, process=process)
    assert [(each.process, each.runs) for each in exits(locked.case())] == [("nightly", 2), ("hourly", 1)]


def test_an_exit_names_the_process_of_several(locked: Any) -> None:
    locked.op("exit", 400, {"pid": 7, "code": 1, "process": "api"}, "info", "harness")
    assert exits(locked.case())[0].sentence.startswith("the stack's process 'api' ended by itself with exit code 1")
