"""A sync from HubSpot by its own client: the index that lags loses deals for the one that looks back too little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STACK = Path(__file__).with_name("hubspot_poll")


@pytest.mark.slow
def test_the_judge_tells_the_right_sync_from_the_one_with_the_bug(tmp_path: Path) -> None:
    stacks = [part for name in ("hubspot_poll", "hubspot_poll_short") for part in ("--stack", name)]
    program = [sys.executable, "-m", "gameday.cli", "run", "features/index_lag.feature"]
    command = [*program, *stacks, "--as-expected", "-j", "1", "--runs", str(tmp_path)]
    done = subprocess.run(command, cwd=STACK, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
