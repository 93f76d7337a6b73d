"""The scenarios of several workers, through the harness: their stack brings its PostgreSQL, which ends with the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.process import processes_with
from gameday.config.features import library
from support.commands import gameday

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres")]

FEATURES = sorted((Path(__file__).parents[2] / "docs" / "scale").glob("*.feature"))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda path: path.stem)
def test_nothing_is_lost_and_no_process_is_left(feature: Path, tmp_path: Path) -> None:
    options = ("--stack", "durable-postgres", "--no-control", "-j", "1", "--pace", "20", "--runs", "runs")
    done = gameday("run", str(feature), *options, cwd=tmp_path)
    # On a machine that is too busy the times prove nothing (exit code 3); the ledgers do.
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "unreported 0, not booked 0" in done.stdout
    assert "over-invoiced 0" in done.stdout
    left = [value for _, value in processes_with("GAMEDAY_RUN_DIR") if value.startswith(str(tmp_path))]
    assert left == []


def test_workers_hear_of_what_is_cancelled_in_the_erp(tmp_path: Path) -> None:
    feature = library() / "delivery" / "lapsed_subscription.feature"
    options = ("--stack", "durable-postgres", "--crm", "hubspot", "--erp", "business-central", "--no-control")
    done = gameday("run", str(feature), *options, "-j", "1", "--pace", "20", "--runs", "runs", cwd=tmp_path)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "unreported 0, not booked 0" in done.stdout
