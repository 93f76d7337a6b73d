"""docs/safety.md names a test for each promise, and each of these tests exists."""

from __future__ import annotations

import re
from pathlib import Path

from support.rows import rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| Promise")]


@rows("row", ROWS)
def test_the_test_that_holds_a_promise_exists(row: str) -> None:
    named = re.search(r"`(test_\w+)` in `(tests/[\w/]+\.py)`", row)
    assert named is not None, row
    source = (ROOT / named[2]).read_text(encoding="utf-8")
    assert re.search(rf"^def {named[1]}\(", source, re.MULTILINE), f"{named[2]} has no {named[1]}"
