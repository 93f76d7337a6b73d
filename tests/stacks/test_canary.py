"""A rollout to some deals, simulated: one that stops at the first harm leaves none, one that goes on is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from support.simulated import Simulation

pytestmark = pytest.mark.slow
EXPECTED = "a rollout harms at most 20% of the deals and stops within 2 minutes of the first harm"


@pytest.mark.parametrize(
    ("stack", "word"), [("durable", "passed"), ("durable+canary-stops", "passed"), ("durable+canary-goes-on", "failed")]
)
def test_a_rollout_stops_at_the_first_harm_or_is_found(
    stack: str, word: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(tmp_path), control=False)
    found = simulation.run(library() / "modes" / "canary_rollout.feature", settings)
    assert {verdict.name: verdict.result.word for verdict in found.verdicts}[EXPECTED] == word
