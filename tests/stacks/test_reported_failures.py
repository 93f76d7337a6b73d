"""Failures that were reported, retold as features: what has to come out on each stack."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import Run
from gameday.steps.session import run_session

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("stack", ["durable", "brittle"])
def test_a_fault_that_meets_nobody_is_inconclusive(stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    gc.freeze()
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(tmp_path), control=False)
    outcomes = run_session([CASES / "fault_that_meets_nobody.feature"], settings)
    assert [(outcome.result, outcome.exit_code) for outcome in outcomes] == [("inconclusive", 3)] * 2
    late, cut = (outcome.why for outcome in outcomes)
    assert "'rate limit' at the erp did not take effect" in late
    assert "'truncated reply' at the erp did not take effect" in cut
    for outcome in outcomes:
        card = Run(Path(outcome.run_dir)).scorecard()
        assert (card.grade, card.no_impact, len(card.ineffective)) == (None, False, 1)
