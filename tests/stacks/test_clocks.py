"""A stack that knows nothing of the pace gets its result on an accelerated clock; one that ignores it gets none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gameday.model.checker import Result
from gameday.scoring.judge import FOLLOWS_PACE
from gameday.scoring.run_folder import Run, list_runs
from support.commands import gameday

pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler")]

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 60 deals are closed won at 12 per minute

  Scenario: The worker is killed
    When after 3 minutes the stack suffers "killed worker" for 20 seconds
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""
NODE = Path(__file__).with_name("node")
TABLE = """
[stack.mine]
command = [{command}]
directory = "{directory}"
clock = "{clock}"
date = "2026-06-30T23:55:00Z"

[stack.mine.env]
GAMEDAY_CRM = "{{crm}}"
GAMEDAY_ERP = "{{erp}}"
GAMEDAY_CRM_URL = "{{crm_url}}"
GAMEDAY_ERP_URL = "{{erp_url}}"
GAMEDAY_PAGER_URL = "{{pager_url}}"
GAMEDAY_TICKETS_URL = "{{tickets_url}}"
GAMEDAY_LISTEN = "{{listen}}"
GAMEDAY_STATE_DIR = "{{state_dir}}"
GAMEDAY_FLOW = "{{flow}}"
GAMEDAY_CREDENTIALS = "{{credentials}}"
"""
DURABLE = ("{python}", "-m", "gameday_fakes.stacks.durable")


def game_day(folder: Path, *command: str, clock: str = "auto", directory: Path = Path()) -> Run:
    """One run of the feature with a stack that gets no pace."""
    (folder / "some.feature").write_text(FEATURE)
    parts = ", ".join(f'"{part}"' for part in command)
    table = TABLE.format(command=parts, directory=directory.resolve(), clock=clock)
    (folder / "gameday.toml").write_text(table)
    done = gameday("run", "some.feature", "--stack", "mine", "--no-control", cwd=folder)
    [run] = list_runs(folder / "runs")[-1:]
    assert (run.dir / "verdicts.json").exists(), done.stdout + done.stderr
    return run


@pytest.mark.parametrize(
    ("command", "directory"),
    [
        pytest.param(DURABLE, Path(), id="python"),
        pytest.param(("node", "server.mjs"), NODE, id="node", marks=pytest.mark.needs("node")),
    ],
)
def test_a_stack_that_gets_no_pace_passes_under_an_accelerated_clock_and_a_months_end(
    tmp_path: Path, command: tuple[str, ...], directory: Path
) -> None:
    run = game_day(tmp_path, *command, directory=directory)
    # 20 on a machine that was too busy for 60.
    assert run.info().pace in (60, 20)
    assert run.info().clock == "accelerated"
    assert run.info().clock_note.startswith(f"accelerated {run.info().pace:g} times from 2026-06-30 23:55 UTC on")
    assert run.verdicts()[0] is Result.PASSED, run.verdicts()
    assert f"accelerated {run.info().pace:g} times" in (run.dir / "postmortem.md").read_text()


def test_a_stack_whose_process_ignores_the_clock_has_no_result_and_the_program_is_named(tmp_path: Path) -> None:
    run = game_day(tmp_path, "env", "-u", "LD_PRELOAD", *DURABLE, clock="accelerated")
    result, verdicts = run.verdicts()
    assert result is Result.INCONCLUSIVE
    [verdict] = [each for each in verdicts if each.name == FOLLOWS_PACE]
    assert str(Path(sys.executable).resolve()) in verdict.summary
