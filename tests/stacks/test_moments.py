"""Bugs that show only when things meet: the scenario made for each fails under it, and passes without it.

In simulation, but for one: `make matrix` runs them all live.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday_fakes.stacks.durable.bugs.moments import COMPOSITIONS
from support.commands import gameday
from support.simulated import Simulation

pytestmark = pytest.mark.slow

#: A bug and a feature, for each bug.
CAUGHT = [(bug, str(vars(composition)["caught_by"])) for bug, composition in COMPOSITIONS.items()]


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def without_control(stack: str, folder: Path) -> Settings:
    """Settings for one stack."""
    return Settings(targets=(Target(stack, 1),), runs_dir=str(folder), control=False)


@pytest.mark.parametrize(("bug", "feature"), CAUGHT)
def test_the_scenario_fails_under_the_bug(bug: str, feature: str, tmp_path: Path, simulation: Simulation) -> None:
    found = simulation.run(library() / feature, without_control(f"durable+{bug}", tmp_path))
    assert found.result.word == "failed"


@pytest.mark.parametrize("feature", sorted({feature for _, feature in CAUGHT}))
def test_the_scenario_does_not_fail_without_the_bug(feature: str, tmp_path: Path, simulation: Simulation) -> None:
    # Without a control "nobody was alerted without cause" is inconclusive.
    found = simulation.run(library() / feature, without_control("durable", tmp_path))
    assert found.result.word != "failed", found.verdicts


def test_a_scenario_fails_live_under_its_bug_too(tmp_path: Path) -> None:
    bug, feature = next(pair for pair in CAUGHT if pair[0] == "no-lock-for-a-deal")
    options = ("--stack", f"durable+{bug}", "--no-control", "--runs", "runs")
    assert gameday("run", feature, *options, cwd=tmp_path).returncode == 1
