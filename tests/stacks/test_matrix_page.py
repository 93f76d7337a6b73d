"""docs/matrix.md has a part of each measured pair: every bug that the pair can show, and nothing that is not met.

The parts are written by ``python tests/bench/matrix.py``; that of the second pair is simulated.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
PAGE = (Path(__file__).parents[2] / "docs" / "matrix.md").read_text()


def part_of(title: str) -> str:
    """The part of the page under a heading of the second level."""
    [part] = [each for each in re.split(r"(?m)^## ", PAGE) if each.startswith(f"{title}\n")]
    return part


@pytest.mark.slow
def test_the_second_pair_has_every_bug_that_it_can_show_and_each_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    from matrix import shown_bugs

    from gameday.contracts.pair import Pair

    part = part_of("HubSpot to S/4HANA")
    rows = dict(re.findall(r"(?m)^\| \+ (\S+) (\|.*)$", part))
    assert set(rows) == set(shown_bugs(Pair("hubspot", "s4hana")))
    assert [bug for bug, marks in rows.items() if "✗" not in marks] == []
    assert "Requirements that are not met" not in part
    assert re.search(r"(?m)^\| durable \|[ ·n|]+$", part), "durable has to pass what is applicable"
