"""The scenarios of several workers, through the harness: their stack brings its PostgreSQL, which ends with the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.process import processes_with
from support.commands import gameday

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres")]

FEATURES = sorted((Path(__file__).parents[2] / "docs" / "scale").glob("*.feature"))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_nothing_is_lost_and_no_process_is_left(feature: Path, tmp_path: Path) -> None:
    options = ("--stack", "durable-postgres", "--no-control", "-j", "1", "--runs", "runs")
    done = gameday("run", str(feature), *options, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    left = [value for _, value in processes_with("GAMEDAY_RUN_DIR") if value.startswith(str(tmp_path))]
    assert left == []
