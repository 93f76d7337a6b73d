"""A sync to S/4HANA by pyodata: the judge tells it from three with a mistake that many make."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import gameday

STACK = Path(__file__).with_name("s4hana_orders")
#: The features, and the stack that fails each.
BUGS = {"csrf_expiry": "forbidden", "document_lock": "impatient", "credit_block": "trusting"}


@pytest.mark.slow
@pytest.mark.parametrize("feature", BUGS)
def test_the_judge_tells_the_right_sync_from_the_one_with_the_bug(tmp_path: Path, feature: str) -> None:
    stacks = [part for name in ("", f"_{BUGS[feature]}") for part in ("--stack", f"s4hana_orders{name}")]
    options = ("--as-expected", "-j", "2", "--runs", str(tmp_path))
    done = gameday("run", f"features/{feature}.feature", *stacks, *options, cwd=STACK)
    assert done.returncode == 0, done.stdout + done.stderr
