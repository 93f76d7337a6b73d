"""docs/failure-modes.md lists what the dashboard counts and what the library exercises."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from gameday_fakes.stacks.durable.bugs import CAUGHT_BY
from gameday_reports.dashboard.failure_modes import FAILURE_MODES

sys.path.insert(0, str(Path(__file__).parent))
from failure_modes import HEADING, PAGE, features_by_mode, render


def test_every_mode_has_a_row_with_its_layer_and_rank() -> None:
    rows = {}
    for line in PAGE.read_text().partition(HEADING)[0].splitlines():
        if re.match(r"\| \d+ \|", line):
            number, layer, _, rank, _, _ = (cell.strip() for cell in line.strip("|").split("|"))
            rows[int(number)] = layer, int(rank)
    assert rows == {mode.number: (mode.layer, mode.rank) for mode in FAILURE_MODES}


def test_every_mode_has_a_bug_or_a_reason_why_it_has_none() -> None:
    assert [mode.number for mode in FAILURE_MODES if bool(mode.bug) == bool(mode.why)] == []


@pytest.mark.slow
def test_the_table_is_that_of_the_library_and_the_bug_of_a_mode_is_caught_by_one_of_its_features() -> None:
    features = features_by_mode()
    assert PAGE.read_text().endswith(render(features)), "run `make docs`"
    caught = {mode.number: CAUGHT_BY[mode.bug].removesuffix(".feature") for mode in FAILURE_MODES if mode.bug}
    assert [number for number, feature in caught.items() if feature not in features.get(number, [])] == []
