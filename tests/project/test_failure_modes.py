"""docs/failure-modes.md lists what the dashboard counts and what the library exercises."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios
from gameday_reports.dashboard.failure_modes import FAILURE_MODES, modes_of

PAGE = Path(__file__).parents[2] / "docs" / "failure-modes.md"


@pytest.mark.slow
def test_every_mode_has_a_row_with_its_layer_rank_faults_and_features() -> None:
    features: defaultdict[int, list[str]] = defaultdict(list)
    for outcome in plan_scenarios([library()], Settings(targets=(Target("durable", 1),))):
        assert outcome.planned is not None
        for number in modes_of(outcome.planned):
            features[number].append(outcome.planned.feature.removesuffix(".feature"))
    rows = {}
    for line in PAGE.read_text().splitlines():
        if re.match(r"\| \d+ \|", line):
            number, layer, _, rank, _, _, faults, covered = (cell.strip() for cell in line.strip("|").split("|"))
            rows[int(number)] = layer, int(rank), faults, covered.replace("`", "")
    assert rows == {
        mode.number: (mode.layer, mode.rank, ", ".join(mode.faults), ", ".join(sorted(features[mode.number])))
        for mode in FAILURE_MODES
    }
