"""Long days live, in a minute: the run skips to what is due next, and finds out a wrong word on it."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.model.events import RequestsCounted, Skipped
from gameday.model.history import History
from gameday.scoring.judge import DUE_AS_SAID
from gameday.scoring.run_folder import HISTORY_FILE, Run, list_runs
from support.commands import gameday

pytestmark = pytest.mark.slow

CASE = Path(__file__).parent / "cases" / "three_days"
WEEKEND = CASE.with_name("long_weekend")
#: When its stack takes the run to begin (Unix time), and for how long (real seconds) a machine may be busy.
BEGINS_S = 1_793_383_200.0
BUSY_REAL_S = 1.0
HOUR_S = 3600.0


def game_day(folder: Path, stack: str, *, case: Path = CASE) -> Run:
    """One run of the feature of a case."""
    shutil.copytree(case, folder, dirs_exist_ok=True)
    [feature] = case.glob("*.feature")
    done = gameday("run", feature.name, "--stack", stack, "--no-control", cwd=folder)
    [run] = list_runs(folder / "runs")[-1:]
    assert (run.dir / "verdicts.json").exists(), done.stdout + done.stderr
    return run


def test_three_days_of_silence_are_played_live_and_no_hour_is_left_out(tmp_path: Path) -> None:
    run = game_day(tmp_path, "patient")
    assert run.verdicts()[0] is Result.PASSED
    history = History.read(run.dir / HISTORY_FILE)
    skips = [op.event for op in history.of(Skipped)]
    assert {op.outcome for op in history.of(Skipped)} == {"ok"}
    # The reconciler has its pass every hour: no skip goes further than to the next.
    assert max(after.until_s - before.due_s for before, after in pairwise(skips)) < HOUR_S + 60
    assert sum(after.until_s - before.due_s > HOUR_S / 2 for before, after in pairwise(skips)) > 60


def test_a_stack_that_is_due_before_it_said_so_has_no_result(tmp_path: Path) -> None:
    run = game_day(tmp_path, "liar")
    result, verdicts = run.verdicts()
    [verdict] = [each for each in verdicts if each.name == DUE_AS_SAID]
    assert verdict.result is result is Result.INCONCLUSIVE
    assert "the stack said that it was due at" in verdict.summary


@pytest.mark.needs("compiler")
def test_an_accelerated_stack_that_is_skipped_over_has_each_hour_and_night_in_its_time(tmp_path: Path) -> None:
    run = game_day(tmp_path, "weekend", case=WEEKEND)
    assert run.verdicts()[0] is Result.PASSED
    history = History.read(run.dir / HISTORY_FILE)
    assert {op.outcome for op in history.of(Skipped)} == {"ok"}
    late_s = BUSY_REAL_S * run.info().pace
    lines = [line.split() for line in (run.dir / "stack-sync.log").read_text().splitlines() if line.startswith("hour")]
    hours = [(int(hour), float(passed_s)) for _, hour, passed_s, _ in lines]
    # It is killed after 23 hours, and counts anew two hours later.
    assert [hour for hour, _ in hours[:24]] == [*range(1, 24), 1] and len(hours) > 72
    assert all(0 <= passed_s - hour * HOUR_S < late_s for hour, passed_s in hours)
    nights = [float(line) - BEGINS_S for line in (run.dir / "state" / "nights.txt").read_text().split()]
    # The one at 24 hours is missed. The scenario begins once the stack is ready, shortly after its clock.
    assert len(nights) == 3
    assert all(0 <= night_s - number * 24 * HOUR_S < HOUR_S for number, night_s in zip((0, 2, 3), nights, strict=True))
    # Between two deals nobody uses the session at the CRM, which lasts two hours; after the kill there is none.
    [crm] = [op.event for op in history.of(RequestsCounted) if op.event.system == "salesforce"]
    assert crm.refusals == {"query": {"401": 8}} and crm.operations["login"] == 10
    assert not (run.dir / "stack-timers.page").exists()
