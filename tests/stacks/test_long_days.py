"""Three days of silence live, in a minute: the run skips to what is due next, and finds out a wrong word on it."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.model.events import Skipped
from gameday.model.history import History
from gameday.scoring.judge import DUE_AS_SAID
from gameday.scoring.run_folder import HISTORY_FILE, Run, list_runs
from support.commands import gameday

pytestmark = pytest.mark.slow

CASE = Path(__file__).parent / "cases" / "three_days"
HOUR_S = 3600.0


def game_day(folder: Path, stack: str) -> Run:
    """One run of the feature."""
    shutil.copytree(CASE, folder, dirs_exist_ok=True)
    done = gameday("run", "silence.feature", "--stack", stack, "--no-control", cwd=folder)
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
