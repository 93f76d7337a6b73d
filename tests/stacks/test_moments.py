"""Bugs that show only when things meet: the scenario made for each fails under it, and passes without it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.session import run_session
from gameday_fakes.stacks.durable.bugs.moments import COMPOSITIONS

pytestmark = pytest.mark.slow

#: A bug and a feature, for each bug.
CAUGHT = [(bug, str(vars(composition)["caught_by"])) for bug, composition in COMPOSITIONS.items()]


def result(feature: str, stack: str, folder: Path) -> str:
    """How the feature ends without its control."""
    gc.freeze()
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(folder), control=False)
    [outcome] = run_session([library() / feature], settings, again=True)
    return str(outcome.result)


@pytest.mark.parametrize(("bug", "feature"), CAUGHT)
def test_the_scenario_fails_under_the_bug(
    bug: str, feature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert result(feature, f"durable+{bug}", tmp_path) == "failed"


@pytest.mark.parametrize("feature", sorted({feature for _, feature in CAUGHT}))
def test_the_scenario_does_not_fail_without_the_bug(
    feature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # Without a control "nobody was alerted without cause" is inconclusive.
    assert result(feature, "durable", tmp_path) != "failed"
