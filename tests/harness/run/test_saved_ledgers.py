"""A run that is killed or interrupted keeps its last ledgers, sealed; one that ends is sealed as a whole."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import Run, list_runs
from gameday.scoring.seal import SEAL_FILE, until_of, verify
from gameday.scoring.until import CAME_TO_ITS_END
from support.commands import Gameday, gameday

pytestmark = pytest.mark.slow

FEATURE = """\
Feature: A feature
  Scenario: Records are locked
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 120 per minute
    When after 1 second the ERP suffers "record lock" for 20 seconds
    Then every deal is in the ERP exactly once within {limit} of the fix
"""
LIMIT_S = 240.0


def start(folder: Path, *, pace: int, limit: str = "2 minutes") -> Gameday:
    (folder / "a.feature").write_text(FEATURE.format(limit=limit))
    options = ("--stack", "durable", "--no-control", "--pace", str(pace), "-j", "1", "--runs", "runs")
    return Gameday("run", "a.feature", *options, cwd=folder)


def saved(folder: Path, process: Gameday) -> Run:
    """The run once its ledgers hold a deal. Fails if none does in time."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        for run in list_runs(folder / "runs"):
            until = until_of(run.dir) if (run.dir / SEAL_FILE).exists() else None
            if until is not None and until.crm.entries:
                return run
        time.sleep(0.05)
    raise AssertionError(process.said())


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_keeps_its_last_ledgers(tmp_path: Path, sign: signal.Signals) -> None:
    process = start(tmp_path, pace=1)
    run = saved(tmp_path, process)
    os.kill(process.pid, sign)
    process.wait(LIMIT_S)
    # A killed command takes its worker with it, which heals first.
    gameday("heal", "--runs", "runs", cwd=tmp_path, timeout=LIMIT_S)
    assert verify(run.dir).word == "unfinished"
    checked = judge_run(run)
    assert checked.result is Result.INCONCLUSIVE
    assert checked.verdicts[0].name == CAME_TO_ITS_END


def test_a_run_that_ends_is_sealed_as_a_whole(tmp_path: Path) -> None:
    process = start(tmp_path, pace=60)
    process.wait(LIMIT_S)
    # The last one, where the machine was too busy and the scenario was run again.
    run = list_runs(tmp_path / "runs")[-1]
    assert verify(run.dir).word == "intact", process.said()
    assert until_of(run.dir) is None
    assert all(each.name != CAME_TO_ITS_END for each in judge_run(run).verdicts)
