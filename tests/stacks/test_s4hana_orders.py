"""A sync to S/4HANA by pyodata: the judge tells it from three with a mistake that many make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STACK = Path(__file__).with_name("s4hana_orders")
#: The features, and the stack that fails each.
BUGS = {"csrf_expiry": "forbidden", "document_lock": "impatient", "credit_block": "trusting"}


@pytest.mark.slow
@pytest.mark.parametrize("feature", BUGS)
def test_the_judge_tells_the_right_sync_from_the_one_with_the_bug(tmp_path: Path, feature: str) -> None:
    stacks = [part for name in ("", f"_{BUGS[feature]}") for part in ("--stack", f"s4hana_orders{name}")]
    program = [sys.executable, "-m", "gameday.cli", "run", f"features/{feature}.feature"]
    command = [*program, *stacks, "--as-expected", "-j", "1", "--runs", str(tmp_path)]
    done = subprocess.run(command, cwd=STACK, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
