"""Every planted bug names a scenario of the library that fails under it; the matrix (docs/matrix.md) runs them all.

Here a few of them run, others each day, so that a change of the library that lets one through is found soon: in
simulation, and live what only real processes and sockets show.
GAMEDAY_BUGS names others: ``GAMEDAY_BUGS=all`` or ``GAMEDAY_BUGS=day-before,drops-cents``.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.config.stack_table import planted_bugs
from gameday.model.settings import Settings, Target
from gameday_fakes.manifests import of_role
from gameday_fakes.stacks.durable.bugs import BUGS, CAUGHT_BY, ONLY
from support.commands import gameday
from support.simulated import Simulation, can_be_simulated, planned

EACH_DAY = 3


def chosen(wanted: str, day: int) -> list[str]:
    """The bugs to run: those wanted, else some of them in turn."""
    names = sorted(CAUGHT_BY)
    if wanted:
        return names if wanted == "all" else wanted.split(",")
    start = day * EACH_DAY % len(names)
    return [*names[start:], *names[:start]][:EACH_DAY]


TODAY = chosen(os.environ.get("GAMEDAY_BUGS", ""), datetime.datetime.now(datetime.UTC).date().toordinal())


def test_there_are_at_least_sixty_planted_bugs() -> None:
    assert len(BUGS) >= 60


def test_the_harness_reads_every_bug_from_the_source() -> None:
    assert planted_bugs() == BUGS


@pytest.mark.parametrize("bug", sorted(CAUGHT_BY))
def test_a_bug_names_a_feature_of_the_library(bug: str) -> None:
    assert (library() / CAUGHT_BY[bug]).is_file()


def test_every_bug_has_its_day() -> None:
    days = range(len(CAUGHT_BY))
    assert {bug for day in days for bug in chosen("", day)} == set(CAUGHT_BY)


@pytest.mark.slow
@pytest.mark.parametrize("bug", TODAY)
def test_the_scenario_fails_under_the_bug(
    bug: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    only = {role: ONLY[bug] for role in ("crm", "erp") if ONLY.get(bug) in of_role(role)}
    settings = Settings(targets=(Target(f"durable+{bug}", 1),), runs_dir=str(tmp_path), **only)
    for scenario in planned(library() / CAUGHT_BY[bug], settings):
        if can_be_simulated(scenario) and simulation.judged(scenario, settings).result.word == "failed":
            return
    pair = [part for role, vendor in only.items() for part in (f"--{role}", vendor)]
    command = ("run", CAUGHT_BY[bug], *pair, "--stack", f"durable+{bug}", "-j", "1", "--runs", "runs")
    done = gameday(*command, cwd=tmp_path)
    assert done.returncode == 1, f"{' '.join(done.args)}\n{done.stdout}{done.stderr}"
