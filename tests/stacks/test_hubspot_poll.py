"""A sync from HubSpot by its own client: the index that lags loses deals for the one that looks back too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import gameday

STACK = Path(__file__).with_name("hubspot_poll")


@pytest.mark.slow
def test_the_judge_tells_the_right_sync_from_the_one_with_the_bug(tmp_path: Path) -> None:
    stacks = [part for name in ("hubspot_poll", "hubspot_poll_short") for part in ("--stack", name)]
    options = ("--as-expected", "--no-control", "-j", "2", "--runs", str(tmp_path))
    done = gameday("run", "features/index_lag.feature", *stacks, *options, cwd=STACK)
    assert done.returncode == 0, done.stdout + done.stderr
